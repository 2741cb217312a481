//! The gateway with a known session against a bare Envoy, and what many rules cost.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::identity::sign_up;
use super::load::{Figures, Load};
use super::table::Table;
use crate::artefacts::{Artefacts, Profile};
use crate::console::Stage;
use crate::ports::{Ports, free_port};
use crate::probe;
use crate::process::{LogSink, Service, ServiceSpec, StopSignal};
use crate::stack::{Stack, StackSpec};
use crate::workspace::Workspace;

/// What the real Oathkeeper with Kratos on SQLite answered on the reference machine.
const OATHKEEPER: f64 = 811.0;

struct Bench<'a> {
    artefacts: Artefacts,
    envoy: &'a Path,
    load: &'a Load,
    log: &'a LogSink,
    folder: tempfile::TempDir,
    /// The identity server's public port: the session store, and with its health check an upstream that is
    /// quicker than anything before it.
    identity: u16,
}

/// Measures every way to the same upstream.
pub(super) fn measure(
    workspace: &Workspace,
    envoy: &Path,
    load: &Load,
    log: &LogSink,
    table: &mut Table,
) -> Result<()> {
    let stage = Stage::start("the gateway");
    let folder = tempfile::tempdir().context("no temporary folder")?;
    let artefacts = Artefacts::of(workspace, Profile::Release);
    let ports = Ports::free()?;
    let stack = Stack::identity_only(
        StackSpec {
            workspace: workspace.clone(),
            artefacts: artefacts.clone(),
            envoy: envoy.to_path_buf(),
            python: None,
            data: folder.path().join("data"),
            postgres: None,
            overlays: Vec::new(),
            ports: ports.clone(),
        },
        log,
    )?;
    let token = sign_up(
        &probe::client(Duration::from_secs(30)),
        &format!("http://127.0.0.1:{}", ports.public),
        "bench@example.com",
    )?;
    let bench = Bench { artefacts, envoy, load, log, folder, identity: ports.public };

    let (bare, bare_cpu) = bench.bare_envoy()?;
    table.rate("bare Envoy", bare, None);
    let bearer = format!("Bearer {token}");
    let session = [("Authorization", bearer.as_str())];
    let (known, known_cpu) = bench.gateway(&rules_for_sessions(), &session)?;
    table.rate("gateway, known session", known, Some(15.0 * OATHKEEPER));
    table.at_least("the same, CPU a request: bare / with the filter", bare_cpu / known_cpu, 0.85);
    let added = known.p99.saturating_sub(bare.p99).as_secs_f64() * 1e6;
    table.at_most("added at p99", added, "µs", 100.0);

    let mut rates = Vec::new();
    for count in [10, 1_000, 10_000] {
        let (figures, cpu) = bench.gateway(&anonymous_rules(count), &[])?;
        table.rate(&format!("gateway, anonymous, {count} rules"), figures, None);
        rates.push(cpu);
    }
    if let [few, .., many] = rates.as_slice() {
        table.at_most("CPU a request with 10 000 rules over that with 10", many / few, "×", 1.2);
    }
    drop(stack);
    stage.done("");
    Ok(())
}

impl Bench<'_> {
    fn start(&self, name: &'static str, program: &Path, args: Vec<String>) -> Result<Service> {
        Service::start(
            ServiceSpec {
                name,
                program: program.to_path_buf(),
                args,
                env: vec![
                    ("NEXUS_ENVOY".to_owned(), self.envoy.display().to_string()),
                    ("NEXUS_FILTER".to_owned(), self.artefacts.filter.display().to_string()),
                ],
                folder: self.folder.path().to_path_buf(),
                grace: Duration::from_secs(10),
                stop_signal: StopSignal::Terminate,
            },
            self.log,
        )
    }

    /// An Envoy that only forwards, with the same connection manager and as many workers.
    fn bare_envoy(&self) -> Result<(Figures, f64)> {
        let port = free_port()?;
        let config = self.folder.path().join("bare.json");
        fs::write(&config, bare_config(port, self.identity).to_string())?;
        let args = ["-c", &config.display().to_string(), "--log-level", "error", "--use-dynamic-base-id"];
        let service = self.start("envoy", self.envoy, args.map(str::to_owned).into())?;
        self.measure(&service, port, &[])
    }

    /// The gateway over some rules.
    fn gateway(&self, rules: &[Value], headers: &[(&str, &str)]) -> Result<(Figures, f64)> {
        let (port, api, admin) = (free_port()?, free_port()?, free_port()?);
        let rules: Vec<Value> = rules.iter().map(|rule| placed(rule, port, self.identity)).collect();
        let rules_file = self.folder.path().join("rules.json");
        fs::write(&rules_file, Value::from(rules).to_string())?;
        let config = self.folder.path().join("gateway.json");
        let text = gateway_config(port, api, admin, self.identity, &rules_file).to_string();
        fs::write(&config, text)?;
        let args = ["run", "-c", &config.display().to_string()].map(str::to_owned);
        let service = self.start("gateway", &self.artefacts.gateway, args.into())?;
        self.measure(&service, port, headers)
    }

    /// Load, and the CPU that Envoy took for each request in microseconds.
    fn measure(&self, service: &Service, port: u16, headers: &[(&str, &str)]) -> Result<(Figures, f64)> {
        let url = format!("http://127.0.0.1:{port}/health/alive");
        let ready = format!("http://127.0.0.1:{port}/nothing-here");
        // Any answer will do: without a session the rule refuses.
        let agent = probe::client(Duration::from_secs(2));
        let answers = || agent.get(&ready).call().is_ok();
        let started = crate::console::now();
        while !answers() {
            service.check_alive()?;
            anyhow::ensure!(started.elapsed() < Duration::from_secs(60), "nothing answers on port {port}");
            std::thread::sleep(Duration::from_millis(50));
        }
        let holder = listeners::get_process_by_port(port, listeners::Protocol::TCP)
            .map_err(|error| anyhow::anyhow!("who listens on port {port}? {error}"))?;
        let before = cpu_time(holder.pid)?;
        let figures = self.load.get(&url, headers)?;
        let spent = cpu_time(holder.pid)?.saturating_sub(before);
        // The second of warming up is in the CPU time as well; its requests are about as many a second.
        #[expect(clippy::cast_precision_loss, reason = "a figure for people to read")]
        let requests = figures.requests as f64 * (self.load.seconds + 1) as f64 / self.load.seconds as f64;
        Ok((figures, spent.as_secs_f64() * 1e6 / requests))
    }
}

/// User and system time of a process.
fn cpu_time(pid: u32) -> Result<Duration> {
    let path = format!("/proc/{pid}/stat");
    let stat = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    // The name in parentheses may hold spaces; the fields after it do not.
    let (_, fields) = stat.rsplit_once(')').context("not a process status")?;
    let ticks: u64 = fields.split_whitespace().skip(11).take(2).filter_map(|text| text.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second()))
}

fn rules_for_sessions() -> Vec<Value> {
    vec![rule("bench", "/health/<.*>", "bearer_token", "header")]
}

/// One rule that matches and many beside it that do not.
fn anonymous_rules(count: usize) -> Vec<Value> {
    let others = (1..count).map(|number| {
        rule(&format!("other:{number}"), &format!("/service-{number}/<[a-z]+>/items/<.*>"), "anonymous", "noop")
    });
    others.chain([rule("bench", "/health/<.*>", "anonymous", "noop")]).collect()
}

fn rule(id: &str, path: &str, authenticator: &str, mutator: &str) -> Value {
    json!({
        "id": id,
        "match": {"url": format!("http://127.0.0.1:PROXY{path}"), "methods": ["GET"]},
        "upstream": {"url": "http://127.0.0.1:UPSTREAM"},
        "authenticators": [{"handler": authenticator}],
        "authorizer": {"handler": "allow"},
        "mutators": [{"handler": mutator}],
    })
}

fn placed(rule: &Value, proxy: u16, upstream: u16) -> Value {
    let text = rule.to_string().replace("PROXY", &proxy.to_string()).replace("UPSTREAM", &upstream.to_string());
    serde_json::from_str(&text).unwrap_or_default()
}

fn gateway_config(proxy: u16, api: u16, envoy_admin: u16, identity: u16, rules: &Path) -> Value {
    json!({
        "serve": {
            "proxy": {"host": "127.0.0.1", "port": proxy},
            "api": {"host": "127.0.0.1", "port": api},
        },
        "nexus": {
            "envoy": {"admin_port": envoy_admin},
            "session_cache": {"stores": [{
                "url": format!("http://127.0.0.1:{identity}/sessions/whoami"), "ttl": "5m",
            }]},
        },
        "log": {"level": "error"},
        "access_rules": {"repositories": [format!("file://{}", rules.display())]},
        "authenticators": {
            "anonymous": {"enabled": true},
            "bearer_token": {"enabled": true, "config": {
                "check_session_url": format!("http://127.0.0.1:{identity}/sessions/whoami"),
                "preserve_path": true, "extra_from": "@this", "subject_from": "identity.id",
            }},
        },
        "authorizers": {"allow": {"enabled": true}},
        "mutators": {
            "noop": {"enabled": true},
            "header": {"enabled": true, "config": {"headers": {"X-User-Id": "{{ print .Subject }}"}}},
        },
    })
}

fn bare_config(port: u16, upstream: u16) -> Value {
    let address = |port: u16| json!({"socket_address": {"address": "127.0.0.1", "port_value": port}});
    let typed = |name: &str| format!("type.googleapis.com/envoy.extensions.filters.{name}");
    json!({"static_resources": {
        "listeners": [{"address": address(port), "filter_chains": [{"filters": [{
            "name": "envoy.filters.network.http_connection_manager",
            "typed_config": {
                "@type": typed("network.http_connection_manager.v3.HttpConnectionManager"),
                "stat_prefix": "bare",
                "use_remote_address": true,
                "normalize_path": true,
                "merge_slashes": true,
                "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [
                    {"match": {"prefix": "/"}, "route": {"cluster": "upstream"}},
                ]}]},
                "http_filters": [{"name": "envoy.filters.http.router",
                                  "typed_config": {"@type": typed("http.router.v3.Router")}}],
            },
        }]}]}],
        "clusters": [{"name": "upstream", "type": "STATIC", "load_assignment": {"cluster_name": "upstream",
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(upstream)}}]}]}}],
    }})
}
