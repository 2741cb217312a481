//! A stack of one's own: free ports, a temporary folder, an empty database.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use xtask::artefacts::{Artefacts, Profile};
use xtask::commands::up::example_api;
use xtask::ports::Ports;
use xtask::postgres;
use xtask::process::LogSink;
use xtask::stack::{Stack, StackSpec};
use xtask::workspace::Workspace;

/// What a story's stack stores its data in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// A SQLite file in the story's folder.
    Sqlite,
    /// A database of its own in the PostgreSQL that the test command has started.
    Postgres,
}

/// The last lines that the processes of a stack printed.
#[derive(Clone, Default)]
struct Logs(Arc<Mutex<VecDeque<String>>>);

impl Logs {
    const KEPT: usize = 400;

    fn sink(&self) -> LogSink {
        let lines = Arc::clone(&self.0);
        Arc::new(move |name, line| {
            let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
            if lines.len() == Self::KEPT {
                lines.pop_front();
            }
            lines.push_back(format!("{name:>8} │ {line}"));
        })
    }

    fn text(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
    }
}

/// A running stack and its surroundings. When a story fails, what the processes said is printed.
pub struct World {
    /// The stack.
    pub stack: Stack,
    logs: Logs,
    folder: tempfile::TempDir,
}

impl World {
    /// Starts a stack of one's own and waits until it is ready.
    ///
    /// # Errors
    /// When a part is missing, does not start, or does not become ready; with what the processes said.
    pub async fn start(database: Database) -> Result<Self> {
        Self::start_with(database, &[]).await
    }

    /// The same with further configuration for the identity server: YAML texts, applied in order.
    ///
    /// # Errors
    /// See [`World::start`].
    pub async fn start_with(database: Database, overlays: &[&str]) -> Result<Self> {
        // The workspace's reqwest brings no crypto of its own. Fails only when there is a provider already.
        drop(rustls::crypto::ring::default_provider().install_default());
        let overlays: Vec<_> = overlays.iter().map(|text| (*text).to_owned()).collect();
        tokio::task::spawn_blocking(move || Self::start_blocking(database, &overlays))
            .await
            .context("starting the stack panicked")?
    }

    fn start_blocking(database: Database, overlays: &[String]) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("nexus-e2e-").tempdir().context("no temporary folder")?;
        let mut files = Vec::new();
        for (number, text) in overlays.iter().enumerate() {
            let file = folder.path().join(format!("overlay-{number}.yml"));
            std::fs::write(&file, text).context("cannot write a configuration overlay")?;
            files.push(file);
        }
        let workspace = Workspace::discover()?;
        let spec = StackSpec {
            artefacts: Artefacts::of(&workspace, Profile::Dev),
            envoy: given("NEXUS_ENVOY")?,
            python: Some(example_api(&workspace)?),
            ports: Ports::free()?,
            data: folder.path().join("data"),
            postgres: match database {
                Database::Sqlite => None,
                Database::Postgres => Some(empty_database()?),
            },
            overlays: files,
            workspace,
        };
        let logs = Logs::default();
        let stack = Stack::start(spec, &logs.sink())
            .with_context(|| format!("the stack does not start; its processes said:\n{}", logs.text()))?;
        Ok(Self { stack, logs, folder })
    }

    /// The one origin that browsers and native clients talk to: Envoy.
    pub fn gateway(&self) -> String {
        format!("http://127.0.0.1:{}", self.stack.spec().ports.proxy)
    }

    /// The identity server's public API, beside the gateway.
    pub fn public(&self) -> String {
        format!("http://127.0.0.1:{}", self.stack.spec().ports.public)
    }

    /// The identity server's admin API.
    pub fn admin(&self) -> String {
        format!("http://127.0.0.1:{}", self.stack.spec().ports.admin)
    }

    /// The decision API.
    pub fn decisions(&self) -> String {
        format!("http://127.0.0.1:{}", self.stack.spec().ports.decisions)
    }

    /// A folder that is removed with the world.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Starts the identity server again after it was killed or stopped.
    ///
    /// # Errors
    /// When it does not become ready.
    pub fn restart_identity(&mut self) -> Result<()> {
        let sink = self.logs.sink();
        tokio::task::block_in_place(|| self.stack.start_identity(&sink))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            xtask::console::error(&format!("the story failed; its processes said:\n{}", self.logs.text()));
        }
    }
}

/// A path that the test command has put into the environment.
///
/// # Errors
/// Says how to run the tests when the variable is not set.
pub fn given(variable: &str) -> Result<PathBuf> {
    std::env::var_os(variable)
        .map(PathBuf::from)
        .with_context(|| format!("{variable} is not set; run the end-to-end tests with `cargo xtask test --only e2e`"))
}

/// Makes an empty database in the PostgreSQL of the test run.
fn empty_database() -> Result<String> {
    let server = given("NEXUS_TEST_POSTGRES")?;
    let name = format!("e2e_{}", crate::person::random_text(12));
    postgres::create_database(&server.to_string_lossy(), &name)
}
