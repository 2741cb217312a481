//! The whole stack as processes: identity server, gateway (with Envoy and the web app), example API.
//!
//! `cargo xtask up`, the benches and the end-to-end tests all start it from here; only ports, folder and
//! database differ.

pub mod admin;
pub mod config;
pub mod secrets;
mod services;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::artefacts::Artefacts;
use crate::ports::Ports;
use crate::probe;
use crate::process::{LogSink, Service, ServiceSpec, StopSignal};
use crate::tools::python::Environment;
use crate::workspace::Workspace;

/// How long one service may take until it is ready. Generous: a loaded machine is slow, and a service that
/// has died is noticed at once.
const READY: Duration = Duration::from_secs(90);

/// What to start, and where.
#[derive(Clone, Debug)]
pub struct StackSpec {
    /// The checkout whose configuration is used.
    pub workspace: Workspace,
    /// The programs.
    pub artefacts: Artefacts,
    /// Envoy.
    pub envoy: PathBuf,
    /// The example API's Python; `None` leaves the example API out.
    pub python: Option<Environment>,
    /// Where everything listens.
    pub ports: Ports,
    /// Where databases, secrets and mails are kept.
    pub data: PathBuf,
    /// A PostgreSQL URL; `None` is the SQLite file in `data`.
    pub postgres: Option<String>,
    /// Further configuration files of the identity server, applied over the others.
    pub overlays: Vec<PathBuf>,
}

impl StackSpec {
    /// The database, as the identity server's key `dsn` spells it.
    pub fn dsn(&self) -> String {
        match &self.postgres {
            Some(url) => url.clone(),
            None => format!("sqlite://{}?_fk=true", self.data.join("nexus.sqlite").display()),
        }
    }
}

/// A running stack. Dropping it stops everything, the entrance first.
#[derive(Debug)]
pub struct Stack {
    // Stopped in this order: no request is taken that could not be answered.
    gateway: Option<Service>,
    api: Option<Service>,
    identity: Option<Service>,
    config: config::Config,
    spec: StackSpec,
}

impl Stack {
    /// Starts everything and waits until each part is ready.
    ///
    /// # Errors
    /// When a port is taken, a program cannot be started, ends, or does not become ready.
    pub fn start(spec: StackSpec, log: &LogSink) -> Result<Self> {
        spec.ports.check_free()?;
        let mut stack = Self::identity_only(spec, log)?;
        stack.api = stack.spec.python.clone().map(|python| stack.start_api(&python, log)).transpose()?;
        stack.gateway = Some(stack.start_gateway(log)?);
        stack.wait_until_ready()?;
        Ok(stack)
    }

    /// Starts the identity server and nothing else, for benches.
    ///
    /// # Errors
    /// See [`Stack::start`].
    pub fn identity_only(spec: StackSpec, log: &LogSink) -> Result<Self> {
        prepare(&spec.data)?;
        let config = config::prepare(&spec)?;
        let mut stack = Self { gateway: None, api: None, identity: None, config, spec };
        stack.start_identity(log)?;
        Ok(stack)
    }

    /// Starts the identity server alone (again, after [`Stack::kill_identity`]) and waits until it is ready.
    ///
    /// # Errors
    /// When it cannot be started or does not become ready.
    pub fn start_identity(&mut self, log: &LogSink) -> Result<()> {
        let (spec, ports) = (&self.spec, &self.spec.ports);
        if let Some(url) = &spec.postgres {
            self.migrate(url, log)?;
        }
        let mut args = vec!["serve".to_owned()];
        for file in self.identity_files() {
            args.extend(["-c".to_owned(), file.display().to_string()]);
        }
        let service = Service::start(
            ServiceSpec {
                name: "identity",
                program: spec.artefacts.identity.clone(),
                args,
                env: self.identity_environment(),
                folder: spec.workspace.root.clone(),
                grace: Duration::from_secs(15),
                stop_signal: StopSignal::Terminate,
            },
            log,
        )?;
        let url = format!("http://127.0.0.1:{}/health/ready", ports.admin);
        probe::wait_until_ready("the identity server", &url, READY, || service.check_alive())?;
        self.identity = Some(service);
        Ok(())
    }

    /// The identity server's configuration files, in the order in which they apply.
    fn identity_files(&self) -> impl Iterator<Item = &PathBuf> {
        self.config.identity.iter().chain(&self.spec.overlays)
    }

    fn identity_environment(&self) -> Vec<(String, String)> {
        let mailbox = self.spec.data.join("mailbox").display().to_string();
        vec![("DSN".to_owned(), self.spec.dsn()), ("NEXUS_MAILBOX_DIR".to_owned(), mailbox)]
    }

    /// PostgreSQL is migrated by an explicit step, as in production; SQLite migrates itself at start.
    fn migrate(&self, url: &str, log: &LogSink) -> Result<()> {
        let mut command = std::process::Command::new(&self.spec.artefacts.identity);
        command.args(["migrate", "sql", "-e", "--yes"]);
        for file in self.identity_files() {
            command.arg("-c").arg(file);
        }
        let output = command
            .current_dir(&self.spec.workspace.root)
            .env("DSN", url)
            .stdin(std::process::Stdio::null())
            .output()
            .context("cannot run the migrations")?;
        for line in String::from_utf8_lossy(&output.stderr).lines() {
            log("migrate", line);
        }
        if !output.status.success() {
            bail!("the database could not be migrated ({})", output.status);
        }
        Ok(())
    }

    fn wait_until_ready(&self) -> Result<()> {
        let ports = &self.spec.ports;
        let url = |port: u16, path: &str| format!("http://127.0.0.1:{port}{path}");
        let waits = [
            (&self.api, "the example API", url(ports.api, "/health/")),
            (&self.gateway, "the web app", url(ports.ui, "/login")),
            (&self.gateway, "the decision API", url(ports.decisions, "/health/ready")),
            (&self.gateway, "Envoy", url(ports.envoy_admin, "/ready")),
            (&self.gateway, "the gateway", url(ports.proxy, "/login")),
        ];
        for (service, name, url) in waits {
            if let Some(service) = service {
                probe::wait_until_ready(name, &url, READY, || self.check_alive(Some(service)))?;
            }
        }
        Ok(())
    }

    fn check_alive(&self, first: Option<&Service>) -> Result<()> {
        first.into_iter().chain(self.services()).try_for_each(Service::check_alive)
    }

    /// Every running part.
    pub fn services(&self) -> impl Iterator<Item = &Service> {
        [&self.gateway, &self.api, &self.identity].into_iter().flatten()
    }

    /// What was asked for.
    pub fn spec(&self) -> &StackSpec {
        &self.spec
    }

    /// Ends the identity server as a crash would.
    pub fn kill_identity(&mut self) {
        if let Some(service) = self.identity.take() {
            service.kill();
        }
    }

    /// Stops the identity server in good order.
    pub fn stop_identity(&mut self) {
        self.identity = None;
    }
}

/// Makes the data folder, readable by its owner only.
fn prepare(data: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::create_dir_all(data).with_context(|| format!("cannot create {}", data.display()))?;
    fs::set_permissions(data, fs::Permissions::from_mode(0o700))
        .with_context(|| format!("cannot close {} to others", data.display()))
}
