//! Debian packages: installed when we are root, otherwise named in one line for the user to install.

use std::fs;
use std::process::Command;

use anyhow::{Result, bail};

use super::{Found, Need, Report, version_in};
use crate::console::Stage;
use crate::runner;
use crate::workspace::Workspace;

/// How to get Debian packages by hand.
pub fn remedy(packages: &[&str]) -> String {
    format!("apt-get install {} (or your system's packages)", packages.join(" "))
}

/// Installs Debian packages.
///
/// # Errors
/// When we are not root, this is not a Debian-like system, or apt fails; the text says what to type.
pub fn install(workspace: &Workspace, what: &str, packages: &[&str]) -> Result<()> {
    if runner::which("apt-get").is_none() {
        bail!("{what} is missing; install it with your system's package manager ({})", packages.join(", "));
    }
    if !rustix::process::geteuid().is_root() {
        bail!("{what} is missing; run: sudo apt-get install {}", packages.join(" "));
    }
    let _lock = super::CacheLock::take(workspace, "apt")?;
    let stage = Stage::start(format!("installing {what} (Debian: {})", packages.join(", ")));
    let log = workspace.cache.join(format!("logs/apt-{}.log", packages.join("-")));
    if apt(&["install"], packages, &stage, &log).is_err() {
        // Package lists that are missing or old are the usual reason.
        apt(&["update"], &[], &stage, &log)?;
        apt(&["install"], packages, &stage, &log)?;
    }
    stage.done("");
    Ok(())
}

fn apt(verb: &[&str], packages: &[&str], stage: &Stage, log: &std::path::Path) -> Result<()> {
    let mut command = Command::new("apt-get");
    command
        .args(["--yes", "--quiet", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Options::=--force-confold"])
        .args(verb)
        .args(if packages.is_empty() { &[][..] } else { &["--no-install-recommends"] })
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive")
        // Services that a package brings (a database cluster) are not to be started: we start our own.
        .env("RUNLEVEL", "1");
    runner::run(&mut command, stage, log)
}

/// Whether this is the kind of system [`install`] can work on.
pub fn can_install() -> bool {
    rustix::process::geteuid().is_root() && fs::exists("/etc/debian_version").unwrap_or(false)
}

fn find_wrk() -> Found {
    let Some(path) = runner::which("wrk") else {
        return Found::Missing;
    };
    // wrk prints its version with its usage and exits with 1.
    let output = Command::new(&path).arg("--version").output();
    let text = output.map(|out| String::from_utf8_lossy(&out.stdout).into_owned()).unwrap_or_default();
    Found::Suitable { version: version_in(&text).unwrap_or_default(), path }
}

/// The load generator's line of the doctor's report.
pub fn wrk_report() -> Report {
    Report {
        tool: "wrk".into(),
        wanted: "any".into(),
        need: Need::Optional("`cargo xtask bench` cannot run"),
        found: find_wrk(),
        remedy: remedy(&["wrk"]),
    }
}

/// Finds or installs the load generator.
///
/// # Errors
/// When it is missing and cannot be installed.
pub fn ensure_wrk(workspace: &Workspace) -> Result<std::path::PathBuf> {
    if find_wrk() == Found::Missing {
        install(workspace, "the load generator wrk", &["wrk"])?;
    }
    find_wrk().path().map(Into::into).ok_or_else(|| anyhow::anyhow!("wrk is needed: {}", remedy(&["wrk"])))
}
