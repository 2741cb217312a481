//! `cargo xtask up`: build everything, start everything, stop everything.

use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::artefacts::{self, Artefacts, Profile};
use crate::console::{self, Colour, Stage, paint};
use crate::ports::Ports;
use crate::process::{LogSink, Service};
use crate::stack::admin::{self, Administrator};
use crate::stack::{Stack, StackSpec};
use crate::tools::python::Environment;
use crate::tools::{self, cargo_tools, envoy};
use crate::workspace::Workspace;

/// Arguments of `up`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Use this PostgreSQL database instead of a SQLite file
    #[arg(long, value_name = "URL", env = "NEXUS_POSTGRES")]
    postgres: Option<String>,
    /// Where databases, secrets and mails are kept [default: data in the checkout]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Start what was built before, without looking for changes
    #[arg(long)]
    skip_build: bool,
    /// Do not start the example API
    #[arg(long)]
    skip_example: bool,
    /// The first administrator's address
    #[arg(long, value_name = "EMAIL", default_value = admin::DEFAULT_EMAIL)]
    admin_email: String,
}

/// Runs the stack until Ctrl-C, SIGTERM, or the end of one of its parts.
///
/// # Errors
/// When a port is taken, a tool is missing and cannot be had, a part does not build, start or stay up.
pub fn run(args: &Args) -> Result<()> {
    let workspace = Workspace::discover()?;
    let (stop, stopped) = mpsc::channel();
    ctrlc::set_handler(move || {
        let _ = stop.send(());
    })
    .context("cannot listen for Ctrl-C")?;

    // Before the long build: a taken port is said at once.
    Ports::STANDARD.check_free()?;
    let spec = prepare(args, &workspace)?;
    if stopped.try_recv().is_ok() {
        bail!("stopped before anything was started");
    }
    let stage = Stage::start("starting the stack");
    let log = printer();
    let stack = Stack::start(spec, &log)?;
    stage.done("");
    let first_admin = stack.first_administrator(&args.admin_email);
    announce(&stack, first_admin);

    loop {
        match stopped.recv_timeout(Duration::from_millis(250)) {
            Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => stack.services().try_for_each(Service::check_alive)?,
        }
    }
    let stage = Stage::start("stopping the stack");
    // A second Ctrl-C while stopping: whoever presses it twice does not want to wait.
    thread::spawn(move || {
        if stopped.recv().is_ok() {
            std::process::exit(130);
        }
    });
    drop(stack);
    stage.done("nothing is left running");
    Ok(())
}

/// Finds or installs the tools, builds, and says what to start.
fn prepare(args: &Args, workspace: &Workspace) -> Result<StackSpec> {
    let artefacts = if args.skip_build {
        Artefacts::of(workspace, Profile::Release)
    } else {
        let build_tools = tools::ensure_build_tools(workspace)?;
        cargo_tools::remove_build_folder(workspace)?;
        artefacts::build(workspace, Profile::Release, &build_tools)?
    };
    let data = args.data.clone().unwrap_or_else(|| workspace.root.join("data"));
    Ok(StackSpec {
        artefacts,
        envoy: envoy::ensure(workspace)?,
        python: if args.skip_example { None } else { Some(example_api(workspace)?) },
        ports: Ports::STANDARD,
        data: std::path::absolute(&data).with_context(|| format!("{} is not a folder", data.display()))?,
        postgres: args.postgres.clone(),
        overlays: Vec::new(),
        workspace: workspace.clone(),
    })
}

/// The example API's Python environment; its name changes with the pinned requirements.
///
/// # Errors
/// When it cannot be installed.
pub fn example_api(workspace: &Workspace) -> Result<Environment> {
    let requirements = workspace.existing("examples/django-api/requirements.txt")?;
    let text = std::fs::read(&requirements).with_context(|| format!("cannot read {}", requirements.display()))?;
    let name = format!("django-api-{:016x}", fingerprint(&text));
    let environment = Environment::named(workspace, &name);
    environment.ensure(workspace, "the example API (Django)", &["-r", &requirements.display().to_string()])?;
    Ok(environment)
}

/// FNV-1a: it only has to change when the text does, on every machine alike.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

fn announce(stack: &Stack, first_admin: Result<Administrator>) {
    let ports = &stack.spec().ports;
    let url = |port: u16, path: &str| paint(Colour::Cyan, &format!("http://127.0.0.1:{port}{path}"));
    console::line("");
    let places = [
        ("sign up", url(ports.proxy, "/registration")),
        ("sign in", url(ports.proxy, "/login")),
        ("protected API", url(ports.proxy, "/graphql/")),
        ("decision API", url(ports.decisions, "/decisions")),
        ("admin API", url(ports.admin, "/admin/identities")),
        ("mails", url(ports.admin, "/admin/courier/messages")),
        ("data", stack.spec().data.display().to_string()),
    ];
    for (what, place) in places {
        console::line(&format!("  {what:<16} {place}"));
    }
    match first_admin {
        Ok(Administrator::New(lines)) => lines.iter().for_each(|line| console::line(&format!("  {line}"))),
        Ok(Administrator::Settled) => {}
        Err(error) => console::warn(&format!("{error:#}")),
    }
    console::line("");
    console::line("  Ctrl-C stops everything.");
    console::line("");
}

/// Prints each line with the coloured name of the process that wrote it.
fn printer() -> LogSink {
    let order = Arc::new(Mutex::new(()));
    Arc::new(move |name, line| {
        let colour = match name {
            "identity" => Colour::Green,
            "gateway" => Colour::Blue,
            "api" => Colour::Magenta,
            _ => Colour::Grey,
        };
        let _guard = order.lock().unwrap_or_else(PoisonError::into_inner);
        console::line(&format!("{} {line}", paint(colour, &format!("{name:>8} │"))));
    })
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    #[test]
    fn the_fingerprint_changes_with_the_text_and_is_the_same_everywhere() {
        assert_eq!(fingerprint(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_ne!(fingerprint(b"Django==5.2.19\n"), fingerprint(b"Django==5.2.20\n"));
    }
}
