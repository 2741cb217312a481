//! The Rust toolchain and its two WebAssembly targets.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use super::{Found, Need, Report, at_least, version_in};
use crate::console::Stage;
use crate::runner;
use crate::workspace::Workspace;

/// The targets of the web app and of the gateway's filter.
pub const TARGETS: [&str; 2] = ["wasm32-unknown-unknown", "wasm32-wasip1"];

/// The oldest compiler that the workspace compiles with (`rust-version` of the workspace).
const OLDEST: &str = "1.95";

fn sysroot() -> Option<PathBuf> {
    runner::answer(Command::new("rustc").args(["--print", "sysroot"])).map(PathBuf::from)
}

fn target(name: &str) -> Found {
    let Some(path) = sysroot().map(|root| root.join("lib/rustlib").join(name).join("lib")) else {
        return Found::Missing;
    };
    if path.is_dir() { Found::Suitable { version: String::new(), path } } else { Found::Missing }
}

fn compiler() -> Found {
    let Some(path) = runner::which("rustc") else {
        return Found::Missing;
    };
    let version = runner::answer(Command::new(&path).arg("--version")).as_deref().and_then(version_in);
    match version {
        Some(version) if at_least(&version, OLDEST) => Found::Suitable { version, path },
        Some(version) => Found::Unsuitable(format!("{version} at {}", path.display())),
        None => Found::Unsuitable(format!("{} does not tell its version", path.display())),
    }
}

/// The toolchain's lines of the doctor's report.
pub fn reports() -> Vec<Report> {
    let mut reports = vec![Report {
        tool: "rustc".into(),
        wanted: format!("{OLDEST} or newer"),
        need: Need::Up,
        found: compiler(),
        remedy: "rustup update stable".into(),
    }];
    reports.extend(TARGETS.map(|name| Report {
        tool: format!("target {name}"),
        wanted: "of the same toolchain".into(),
        need: Need::Up,
        found: target(name),
        remedy: format!("rustup target add {name}"),
    }));
    reports
}

/// Adds the WebAssembly targets that are missing.
///
/// # Errors
/// When a target is missing and `rustup` is not there or fails.
pub fn ensure_targets(workspace: &Workspace) -> Result<()> {
    let missing: Vec<_> = TARGETS.into_iter().filter(|name| target(name) == Found::Missing).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if runner::which("rustup").is_none() {
        bail!(
            "the Rust target {} is missing and there is no `rustup` to add it; install rustup or your \
             distribution's package of that target",
            missing.join(" and ")
        );
    }
    let stage = Stage::start(format!("adding the Rust targets {}", missing.join(", ")));
    let mut command = Command::new("rustup");
    command.args(["target", "add"]).args(missing).current_dir(&workspace.root);
    runner::run(&mut command, &stage, &workspace.cache.join("logs/rustup.log"))?;
    stage.done("");
    Ok(())
}
