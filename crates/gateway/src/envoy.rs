//! Finding Envoy, starting it, and making sure that it never outlives this process.
//!
//! Envoy is started by a guard: this same program once more, which waits for the end of its standard input. That end
//! comes when the gateway stops, however it stops (also when it is killed), and then the guard stops Envoy.

use anyhow::{Context, ensure};
use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::process::{Child, ChildStdin, Command};

/// The first Envoy that has everything that the configuration uses.
const LEAST: (u32, u32) = (1, 35);

/// Envoy's binary: named, from the environment, on PATH, or in the tool folder of the user.
pub(crate) fn find(named: Option<&Path>) -> anyhow::Result<PathBuf> {
    if let Some(path) = named {
        ensure!(path.is_file(), "there is no Envoy at {}", path.display());
        return Ok(path.to_owned());
    }
    let on_path = std::env::var_os("PATH")
        .into_iter()
        .flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>())
        .map(|dir| dir.join("envoy"));
    let home = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
    let mut cached = Vec::new();
    if let Some(folder) = home.map(|home| home.join("nexus-auth")) {
        collect(&folder, 6, &mut cached);
        cached.sort();
        cached.reverse();
    }
    on_path.chain(cached).find(|path| path.is_file()).context(
        "Envoy was not found; install it with `cargo xtask doctor --install`, put `envoy` on PATH, or name it with --envoy",
    )
}

/// Files named `envoy` in a folder, not too deep.
fn collect(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth > 0 => collect(&path, depth - 1, found),
            Ok(kind)
                if kind.is_file()
                    && entry.file_name() == "envoy"
                    && entry.metadata().is_ok_and(|m| m.len() > 1 << 20) =>
            {
                found.push(path)
            }
            _ => {}
        }
    }
}

/// The filter: named, beside this program, or where cargo puts it.
pub(crate) fn find_filter(named: Option<&Path>) -> anyhow::Result<PathBuf> {
    if let Some(path) = named {
        ensure!(path.is_file(), "there is no filter at {}", path.display());
        return path.canonicalize().context("the filter's path");
    }
    let program = std::env::current_exe().ok();
    let beside = program.as_deref().and_then(Path::parent).map(|folder| folder.join("envoy_filter.wasm"));
    let built = Path::new("wasm32-wasip1/filter/envoy_filter.wasm");
    let target = program.as_deref().and_then(Path::parent).and_then(Path::parent).map(|folder| folder.join(built));
    [beside, target, Some(Path::new("target").join(built))]
        .into_iter()
        .flatten()
        .find(|path| path.is_file())
        .context("the filter was not found; build it with `cargo build --profile filter --target wasm32-wasip1 -p envoy-filter`, or name it with --filter")?
        .canonicalize()
        .context("the filter's path")
}

/// Refuses an Envoy that is too old.
pub(crate) async fn check_version(envoy: &Path) -> anyhow::Result<()> {
    let output = Command::new(envoy)
        .arg("--version")
        .output()
        .await
        .with_context(|| format!("cannot run {}", envoy.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let version = text.split('/').find_map(|part| {
        let mut numbers = part.split('.').map(str::parse::<u32>);
        match (numbers.next(), numbers.next(), numbers.next()) {
            (Some(Ok(major)), Some(Ok(minor)), Some(_)) => Some((major, minor)),
            _ => None,
        }
    });
    match version {
        Some(version) if version >= LEAST => Ok(()),
        Some((major, minor)) => {
            anyhow::bail!("{} is Envoy {major}.{minor}; {}.{} is needed at least", envoy.display(), LEAST.0, LEAST.1)
        }
        None => anyhow::bail!("{} does not say its version: {}", envoy.display(), text.trim()),
    }
}

/// Envoy's own interface: a port where one is configured, else a socket in the folder of its files, which only this
/// user can reach.
#[derive(Clone, Debug)]
pub(crate) enum Admin {
    Port(String, u16),
    Socket(PathBuf),
}

impl Admin {
    /// Where it is.
    pub(crate) fn of(config: &crate::config::EnvoyConfig, folder: &Path) -> Self {
        match config.admin_port {
            0 => Self::Socket(folder.join("admin.sock")),
            port => Self::Port(config.admin_host.clone(), port),
        }
    }

    /// The body of the answer at a path.
    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<String> {
        let work = async {
            match self {
                Self::Port(host, port) => {
                    exchange(tokio::net::TcpStream::connect((host.as_str(), *port)).await?, path).await
                }
                Self::Socket(socket) => exchange(tokio::net::UnixStream::connect(socket).await?, path).await,
            }
        };
        tokio::time::timeout(Duration::from_secs(5), work).await.context("Envoy does not answer")?
    }
}

/// One question and its answer, with the little of HTTP/1.1 that Envoy uses here.
async fn exchange(
    mut line: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    path: &str,
) -> anyhow::Result<String> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let question = format!("GET {path} HTTP/1.1\r\nHost: envoy\r\nConnection: close\r\n\r\n");
    line.write_all(question.as_bytes()).await?;
    let mut all = Vec::new();
    line.read_to_end(&mut all).await?;
    let text = String::from_utf8_lossy(&all);
    let (head, body) = text.split_once("\r\n\r\n").context("no answer")?;
    ensure!(head.starts_with("HTTP/1.1 200"), "{}", head.lines().next().unwrap_or_default());
    if !head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
        return Ok(body.to_owned());
    }
    let (mut out, mut rest) = (String::new(), body);
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).context("a chunk without a size")?;
        if size == 0 {
            break;
        }
        out.push_str(after.get(..size).context("a chunk is cut off")?);
        rest = after.get(size + 2..).unwrap_or_default();
    }
    Ok(out)
}

/// A running Envoy, with its guard.
pub(crate) struct Running {
    guard: Child,
    /// Held open: its end is what the guard waits for.
    _line: Option<ChildStdin>,
}

impl Running {
    /// Starts Envoy.
    pub(crate) fn start(envoy: &Path, bootstrap: &Path, config: &crate::config::EnvoyConfig) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe().context("where is this program?")?);
        command.arg("guard").arg(envoy).arg("--");
        command.arg("-c").arg(bootstrap);
        command.args(["--log-level", &config.log_level, "--disable-hot-restart", "--log-format", "[envoy %l] %n: %v"]);
        command.args(["--component-log-level", "wasm:info"]);
        command.args(["--drain-time-s", "5", "--parent-shutdown-time-s", "10"]);
        if let Some(count) = config.concurrency {
            command.args(["--concurrency", &count.to_string()]);
        }
        command.stdin(Stdio::piped()).kill_on_drop(true);
        let mut guard = command.spawn().context("cannot start the guard of Envoy")?;
        let line = guard.stdin.take();
        Ok(Self { guard, _line: line })
    }

    /// Waits for Envoy to end by itself, which it should not.
    pub(crate) async fn ended(&mut self) -> anyhow::Error {
        match self.guard.wait().await {
            Ok(status) => anyhow::anyhow!("Envoy has ended ({status}); its messages are above"),
            Err(error) => anyhow::anyhow!("Envoy cannot be watched: {error}"),
        }
    }

    /// Stops Envoy and waits until it has gone.
    pub(crate) async fn stop(mut self) {
        drop(self._line.take());
        if tokio::time::timeout(Duration::from_secs(8), self.guard.wait()).await.is_err() {
            let _ = self.guard.kill().await;
        }
    }
}

/// The guard: starts a program and stops it when standard input ends.
pub(crate) async fn guard(program: &Path, arguments: &[String]) -> anyhow::Result<()> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let (ended, mut end) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        let _ = ended.send(());
    });
    // Signals that reach the whole group leave the end to the gateway: it closes standard input when it is ready.
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let mut interrupt = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status?,
            _ = &mut end => {
                stop(&mut child).await;
                return Ok(());
            }
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    std::process::exit(status.code().unwrap_or(1));
}

async fn stop(child: &mut Child) {
    if let Some(id) = child.id() {
        // A polite end first; there is no safe way to send a signal but this command.
        let _ = Command::new("kill").args(["-TERM", &id.to_string()]).stderr(Stdio::null()).status().await;
    }
    if tokio::time::timeout(Duration::from_secs(5), child.wait()).await.is_err() {
        let _ = child.kill().await;
    }
}
