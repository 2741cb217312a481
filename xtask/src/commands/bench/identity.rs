//! The identity server: whoami, starting a login, and whole logins, on SQLite and on PostgreSQL.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::load::{Load, summarise};
use super::table::{Table, milliseconds};
use crate::artefacts::{Artefacts, Profile};
use crate::console::{self, Stage};
use crate::ports::Ports;
use crate::postgres::{self, Cluster};
use crate::probe;
use crate::process::LogSink;
use crate::stack::{Stack, StackSpec};
use crate::workspace::Workspace;

const PASSWORD: &str = "Quiet-orchard-lantern-71";

/// One account signs in over and over, which the throttle is there to stop.
const NO_THROTTLE: &str = "nexus: { throttle: { enabled: false } }\n";
/// A hash so cheap that what is left of a login is everything else.
const CHEAP_HASH: &str = "hashers: { algorithm: argon2, argon2: { memory: 16KB, iterations: 1, parallelism: 1 } }\n";

/// Measures on both databases.
pub(super) fn measure(workspace: &Workspace, load: &Load, log: &LogSink, table: &mut Table) -> Result<()> {
    on(workspace, load, log, table, "SQLite", None, 10_000.0)?;
    let cluster = Cluster::start(workspace, true, log)?;
    let database = postgres::create_database(cluster.url(), "bench")?;
    on(workspace, load, log, table, "PostgreSQL", Some(database), 4_000.0)
}

fn on(
    workspace: &Workspace,
    load: &Load,
    log: &LogSink,
    table: &mut Table,
    database: &str,
    postgres: Option<String>,
    whoami_budget: f64,
) -> Result<()> {
    let stage = Stage::start(format!("the identity server on {database}"));
    let folder = tempfile::tempdir().context("no temporary folder")?;
    let overlay = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        anyhow::Ok(path)
    };
    let mut spec = StackSpec {
        workspace: workspace.clone(),
        artefacts: Artefacts::of(workspace, Profile::Release),
        envoy: "envoy".into(),
        python: None,
        ports: Ports::free()?,
        data: folder.path().join("data"),
        postgres,
        overlays: vec![overlay("no-throttle.yml", NO_THROTTLE)?],
    };
    let base = format!("http://127.0.0.1:{}", spec.ports.public);
    let mut stack = Stack::identity_only(spec.clone(), log)?;
    // A first start migrates; what counts is the start after it.
    stack.stop_identity();
    let started = console::now();
    stack.start_identity(log)?;
    let start = started.elapsed();
    table.at_most(&format!("start to ready, {database}"), start.as_secs_f64() * 1000.0, "ms", 300.0);
    table.at_most(&format!("idle memory, {database}"), resident_megabytes(&stack)?, "MB", 30.0);

    let agent = probe::client(Duration::from_secs(30));
    let token = sign_up(&agent, &base, "bench@example.com")?;
    let figures = load.get(&format!("{base}/sessions/whoami"), &[("X-Session-Token", &token)])?;
    table.rate(&format!("whoami, {database}"), figures, Some(whoami_budget));
    let figures = load.get(&format!("{base}/self-service/login/api"), &[])?;
    table.rate(&format!("starting a login flow, {database}"), figures, Some(4_000.0));
    let figures = load.repeat(|agent| sign_in(agent, &base, "bench@example.com"))?;
    table.rate(&format!("password login, default hash, no throttle, {database}"), figures, None);
    table.note(&format!("memory after the load, {database}"), format!("{:.1} MB", resident_megabytes(&stack)?));
    drop(stack);

    // The same server with a hash that costs nothing: what a login costs beyond its hash.
    spec.overlays.push(overlay("cheap-hash.yml", CHEAP_HASH)?);
    let stack = Stack::identity_only(spec, log)?;
    sign_up(&agent, &base, "cheap@example.com")?;
    let started = console::now();
    let times = (0..200).map(|_| sign_in(&agent, &base, "cheap@example.com")).collect::<Result<Vec<_>>>()?;
    let figures = summarise(times, started.elapsed());
    let beyond = figures.p50.as_secs_f64() * 1000.0;
    table.at_most(&format!("a login beyond its hash, p50, {database}"), beyond, "ms", 2.0);
    drop(stack);
    stage.done(&format!("start {}", milliseconds(start)));
    Ok(())
}

fn resident_megabytes(stack: &Stack) -> Result<f64> {
    let process = stack.services().find(|service| service.name() == "identity").context("no identity server")?;
    let path = format!("/proc/{}/status", process.id());
    let status = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse().context("VmRSS is no number")?;
    Ok(kilobytes / 1000.0)
}

/// Registers somebody and returns the session token.
pub(super) fn sign_up(agent: &ureq::Agent, base: &str, email: &str) -> Result<String> {
    let flow = get(agent, &format!("{base}/self-service/registration/api"))?;
    let body = json!({"method": "password", "password": PASSWORD, "traits": {"email": email}});
    let answer = submit(agent, base, &flow, &body)?;
    let token = answer.get("session_token").and_then(Value::as_str).context("no session token")?;
    Ok(token.to_owned())
}

/// Signs in and returns how long the submission took (the flow is started before the clock).
fn sign_in(agent: &ureq::Agent, base: &str, email: &str) -> Result<Duration> {
    let flow = get(agent, &format!("{base}/self-service/login/api"))?;
    let started = console::now();
    submit(agent, base, &flow, &json!({"method": "password", "identifier": email, "password": PASSWORD}))?;
    Ok(started.elapsed())
}

fn get(agent: &ureq::Agent, url: &str) -> Result<Value> {
    let mut answer = agent.get(url).call().with_context(|| format!("GET {url}"))?;
    answer.body_mut().read_json().with_context(|| format!("GET {url}"))
}

fn submit(agent: &ureq::Agent, base: &str, flow: &Value, body: &Value) -> Result<Value> {
    let action = flow.pointer("/ui/action").and_then(Value::as_str).context("the flow has no ui.action")?;
    // The action names the gateway, which does not run here; the path is the same.
    let path = action.find("/self-service").and_then(|at| action.get(at..)).context("ui.action is no submit URL")?;
    let url = format!("{base}{path}");
    let mut answer = agent.post(&url).send_json(body).with_context(|| format!("POST {url}"))?;
    let status = answer.status().as_u16();
    let body: Value = answer.body_mut().read_json().with_context(|| format!("POST {url}"))?;
    if status != 200 {
        bail!("POST {url}: HTTP {status}: {body}");
    }
    Ok(body)
}
