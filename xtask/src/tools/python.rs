//! Python 3 and virtual environments in the cache, keyed by what is installed into them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::{CacheLock, Found, Need, Report, at_least, debian, version_in};
use crate::console::Stage;
use crate::runner;
use crate::workspace::Workspace;

/// The oldest version that Django 5.2 runs on.
const OLDEST: &str = "3.10";

/// Looks for a Python that can make virtual environments.
pub fn find() -> Found {
    let Some(path) = runner::which("python3") else {
        return Found::Missing;
    };
    let version = runner::answer(Command::new(&path).arg("--version")).as_deref().and_then(version_in);
    let version = match version {
        Some(version) if at_least(&version, OLDEST) => version,
        other => {
            return Found::Unsuitable(format!("{} at {}", other.unwrap_or_default(), path.display()));
        }
    };
    // Debian splits `ensurepip` from Python; without it `venv` cannot put pip into an environment.
    match runner::answer(Command::new(&path).args(["-c", "import venv, ensurepip; print('ok')"])) {
        Some(_) => Found::Suitable { version, path },
        None => Found::Unsuitable(format!("{version} at {} has no venv module", path.display())),
    }
}

/// Python's line of the doctor's report.
pub fn report() -> Report {
    Report {
        tool: "python3 with venv".into(),
        wanted: format!("{OLDEST} or newer"),
        need: Need::Up,
        found: find(),
        remedy: debian::remedy(&["python3", "python3-venv"]),
    }
}

/// Finds Python, or installs it where that is possible.
///
/// # Errors
/// When it is missing and cannot be installed.
pub fn ensure(workspace: &Workspace) -> Result<PathBuf> {
    if find().path().is_none() {
        debian::install(workspace, "Python 3", &["python3", "python3-venv"])?;
    }
    let found = find();
    found.path().map(Path::to_path_buf).with_context(|| {
        format!("Python {OLDEST} or newer with its venv module is needed: {}", debian::remedy(&["python3-venv"]))
    })
}

/// A virtual environment in the cache.
#[derive(Clone, Debug)]
pub struct Environment {
    folder: PathBuf,
}

impl Environment {
    /// The environment of a name, made or not. The name must change with what is installed into it.
    pub fn named(workspace: &Workspace, name: &str) -> Self {
        Self { folder: workspace.cache.join("python").join(name) }
    }

    /// Whether it was made completely and its interpreter still runs (the system's Python may have gone).
    pub fn is_complete(&self) -> bool {
        self.marker().is_file() && runner::answer(Command::new(self.program("python")).arg("--version")).is_some()
    }

    /// A program of the environment.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }

    /// A file of an installed package.
    pub fn package_file(&self, relative: &str) -> Option<PathBuf> {
        let libraries = fs::read_dir(self.folder.join("lib")).ok()?;
        libraries.flatten().map(|entry| entry.path().join("site-packages").join(relative)).find(|path| path.is_file())
    }

    fn marker(&self) -> PathBuf {
        self.folder.join("complete")
    }

    /// Makes the environment unless it is there.
    ///
    /// # Errors
    /// When Python is missing or pip cannot install what is asked for.
    pub fn ensure(&self, workspace: &Workspace, what: &str, pip_arguments: &[&str]) -> Result<()> {
        if self.is_complete() {
            return Ok(());
        }
        let name = self.folder.file_name().context("an environment without a name")?.to_string_lossy();
        let _lock = CacheLock::take(workspace, &name)?;
        if self.is_complete() {
            return Ok(());
        }
        let python = ensure(workspace)?;
        let stage = Stage::start(format!("installing {what} (once per machine)"));
        let log = workspace.cache.join(format!("logs/{name}.log"));
        // Scripts of a virtual environment carry its absolute path, so it is made where it stays; the marker
        // is written last, so that an interrupted install is never taken for a complete one.
        super::remove(&self.folder)?;
        let mut venv = Command::new(&python);
        venv.args(["-m", "venv"]).arg(&self.folder);
        let mut pip = Command::new(self.program("python"));
        pip.args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]);
        pip.args(pip_arguments);
        runner::run(&mut venv, &stage, &log)
            .and_then(|()| runner::run(&mut pip, &stage, &log))
            .with_context(|| format!("{what} could not be installed"))?;
        fs::write(self.marker(), "").with_context(|| format!("cannot write {}", self.marker().display()))?;
        stage.done("");
        Ok(())
    }
}
