//! PostgreSQL's server programs, for a cluster of our own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::{Found, Need, Report, at_least, debian, version_in};
use crate::runner;
use crate::workspace::Workspace;

const OLDEST: &str = "14";

/// Debian keeps the server programs off `PATH`, one folder a version.
fn folders() -> Vec<PathBuf> {
    let mut versions: Vec<_> = fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    versions
        .sort_by_key(|path| path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse::<u32>().ok()));
    let on_path = runner::which("initdb").and_then(|path| fs::canonicalize(path).ok());
    let on_path = on_path.and_then(|path| path.parent().map(Path::to_path_buf));
    let newest_first = versions.into_iter().rev().map(|path| path.join("bin"));
    on_path.into_iter().chain(newest_first).collect()
}

/// Looks for a folder that has `postgres`, `initdb` and `pg_ctl`.
pub fn find() -> Found {
    let complete = |folder: &PathBuf| {
        ["postgres", "initdb", "pg_ctl"].iter().all(|name| runner::is_executable(&folder.join(name)))
    };
    let Some(path) = folders().into_iter().find(complete) else {
        return Found::Missing;
    };
    let version = runner::answer(Command::new(path.join("postgres")).arg("--version"));
    match version.as_deref().and_then(version_in) {
        Some(version) if at_least(&version, OLDEST) => Found::Suitable { version, path },
        other => Found::Unsuitable(format!("{} at {}", other.unwrap_or_default(), path.display())),
    }
}

/// PostgreSQL's line of the doctor's report.
pub fn report() -> Report {
    Report {
        tool: "postgresql server".into(),
        wanted: format!("{OLDEST} or newer"),
        need: Need::Test,
        found: find(),
        remedy: debian::remedy(&["postgresql"]),
    }
}

/// Finds or installs the server programs and returns their folder.
///
/// # Errors
/// When they are missing and cannot be installed.
pub fn ensure(workspace: &Workspace) -> Result<PathBuf> {
    if find().path().is_none() {
        debian::install(workspace, "PostgreSQL", &["postgresql"])?;
    }
    find()
        .path()
        .map(PathBuf::from)
        .with_context(|| format!("PostgreSQL {OLDEST} or newer is needed: {}", debian::remedy(&["postgresql"])))
}
