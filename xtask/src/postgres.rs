//! A PostgreSQL server of our own, in a temporary folder, for tests and benches.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::console::{self, Stage};
use crate::ports;
use crate::process::{LogSink, Service, ServiceSpec, StopSignal};
use crate::runner;
use crate::tools;
use crate::workspace::Workspace;

/// A running cluster. Dropping it stops the server and removes the folder.
#[derive(Debug)]
pub struct Cluster {
    // Before the folder: the server stops first.
    _server: Service,
    _folder: tempfile::TempDir,
    url: String,
}

impl Cluster {
    /// Makes and starts a cluster on a free port of loopback.
    ///
    /// `durable` decides whether commits reach the disk: tests are quicker without, benches must have it.
    ///
    /// # Errors
    /// When PostgreSQL is missing, cannot be installed, or does not start.
    pub fn start(workspace: &Workspace, durable: bool, log: &LogSink) -> Result<Self> {
        let programs = tools::postgres::ensure(workspace)?;
        let stage = Stage::start("starting a PostgreSQL of our own");
        let folder = tempfile::Builder::new().prefix("nexus-postgres-").tempdir().context("no temporary folder")?;
        let data = folder.path().join("data");
        fs::create_dir(&data).with_context(|| format!("cannot create {}", data.display()))?;
        let user = unprivileged_user()?;
        if let Some(user) = &user {
            hand_over(&[folder.path(), &data], user)?;
        }
        let mut initdb = as_user(user.as_deref(), &programs.join("initdb"));
        initdb
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"])
            .args(["--no-instructions", "--pgdata"])
            .arg(&data)
            .current_dir(folder.path());
        runner::run(&mut initdb, &stage, &workspace.target.join("xtask-logs/initdb.log"))?;

        let port = ports::free_port()?;
        let mut settings = vec![
            "listen_addresses=127.0.0.1".to_owned(),
            format!("port={port}"),
            format!("unix_socket_directories={}", folder.path().display()),
            "max_connections=300".to_owned(),
            "log_min_messages=fatal".to_owned(),
        ];
        if !durable {
            settings.extend(["fsync", "synchronous_commit", "full_page_writes"].map(|name| format!("{name}=off")));
        }
        let postgres = as_user(user.as_deref(), &programs.join("postgres"));
        let words = |command: &Command| -> Vec<String> {
            command.get_args().map(|word| word.to_string_lossy().into_owned()).collect()
        };
        let mut args = words(&postgres);
        args.extend(["-D".to_owned(), data.display().to_string()]);
        args.extend(settings.iter().flat_map(|setting| ["-c".to_owned(), setting.clone()]));
        let server = Service::start(
            ServiceSpec {
                name: "postgres",
                program: PathBuf::from(postgres.get_program()),
                args,
                env: Vec::new(),
                folder: folder.path().to_path_buf(),
                grace: Duration::from_secs(20),
                // The "fast" shutdown: SIGTERM would wait for every client to leave.
                stop_signal: StopSignal::Interrupt,
            },
            log,
        )?;
        wait_for(&server, &programs, port)?;
        let url = format!("postgres://postgres@127.0.0.1:{port}/postgres?sslmode=disable");
        stage.done(&format!("port {port}"));
        Ok(Self { _server: server, _folder: folder, url })
    }

    /// The superuser's URL of the database `postgres`; tests make databases of their own beside it.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// Makes an empty database on a server and returns its URL.
///
/// # Errors
/// When `psql` is missing or the server refuses.
pub fn create_database(server: &str, name: &str) -> Result<String> {
    let psql = runner::which("psql").context("psql is needed to make a database; it comes with PostgreSQL")?;
    let statement = format!("CREATE DATABASE \"{name}\"");
    let output = Command::new(psql)
        .args(["--no-psqlrc", "--quiet", "--command", &statement, server])
        .output()
        .context("cannot run psql")?;
    if !output.status.success() {
        bail!("{statement}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let (before, parameters) = server.split_once('?').unwrap_or((server, ""));
    let base = before.rsplit_once('/').map_or(before, |(base, _)| base);
    Ok(format!("{base}/{name}?{parameters}"))
}

/// Asks with `pg_isready` when it is there, otherwise by a connection.
fn wait_for(server: &Service, programs: &Path, port: u16) -> Result<()> {
    let started = console::now();
    let pg_isready = programs.join("pg_isready");
    loop {
        server.check_alive()?;
        let ready = if runner::is_executable(&pg_isready) {
            let mut command = Command::new(&pg_isready);
            command.args(["--quiet", "--host=127.0.0.1", &format!("--port={port}")]);
            command.status().is_ok_and(|status| status.success())
        } else {
            std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
        };
        if ready {
            return Ok(());
        }
        if started.elapsed() > Duration::from_secs(60) {
            bail!("PostgreSQL does not accept connections on port {port} after a minute");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// PostgreSQL refuses to run as root; its own user is there when the package is, `nobody` always.
fn unprivileged_user() -> Result<Option<String>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let exists = |name: &&str| runner::answer(Command::new("id").args(["-u", name])).is_some();
    let user = ["postgres", "nobody"].into_iter().find(exists);
    user.map(|name| Some(name.to_owned())).context("PostgreSQL cannot run as root, and there is no user to run it as")
}

/// A command that runs as another user when one is given. The parent-death signal is asked for again because
/// changing the user clears it.
fn as_user(user: Option<&str>, program: &Path) -> Command {
    let Some(user) = user else {
        return Command::new(program);
    };
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid", user, "--regid", &group_of(user), "--clear-groups", "--pdeathsig", "INT", "--"])
        .arg(program);
    command
}

fn group_of(user: &str) -> String {
    runner::answer(Command::new("id").args(["-g", user])).unwrap_or_else(|| user.to_owned())
}

fn hand_over(folders: &[&Path], user: &str) -> Result<()> {
    let id = |flag: &str| -> Result<u32> {
        let text = runner::answer(Command::new("id").args([flag, user]));
        text.and_then(|text| text.parse().ok()).with_context(|| format!("cannot look up the user {user}"))
    };
    let (uid, gid) = (id("-u")?, id("-g")?);
    for folder in folders {
        std::os::unix::fs::chown(folder, Some(uid), Some(gid))
            .with_context(|| format!("cannot give {} to {user}", folder.display()))?;
    }
    Ok(())
}
