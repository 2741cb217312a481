//! Chromium and its driver, for tests in a real browser.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::{Found, Need, Report, debian, version_in};
use crate::runner;
use crate::workspace::Workspace;

/// A browser and the driver that fits it.
#[derive(Clone, Debug)]
pub struct Browser {
    /// Chromium or Chrome.
    pub chromium: PathBuf,
    /// ChromeDriver.
    pub driver: PathBuf,
}

fn look(names: &[&str]) -> Found {
    let Some(path) = names.iter().find_map(|name| runner::which(name)) else {
        return Found::Missing;
    };
    match runner::answer(Command::new(&path).arg("--version")).as_deref().and_then(version_in) {
        Some(version) => Found::Suitable { version, path },
        None => Found::Unsuitable(format!("{} does not tell its version", path.display())),
    }
}

fn find() -> (Found, Found) {
    (look(&["chromium", "chromium-browser", "google-chrome"]), look(&["chromedriver"]))
}

/// Their lines of the doctor's report.
pub fn reports() -> [Report; 2] {
    let (chromium, driver) = find();
    [("chromium", chromium, "chromium"), ("chromedriver", driver, "chromium-driver")].map(|(tool, found, package)| {
        Report {
            tool: tool.into(),
            wanted: "any; both of one major version".into(),
            need: Need::Test,
            found,
            remedy: debian::remedy(&[package]),
        }
    })
}

/// Finds or installs the browser and its driver.
///
/// # Errors
/// When one is missing and cannot be installed.
pub fn ensure(workspace: &Workspace) -> Result<Browser> {
    let (chromium, driver) = find();
    if chromium.path().is_none() || driver.path().is_none() {
        debian::install(workspace, "Chromium and ChromeDriver", &["chromium", "chromium-driver"])?;
    }
    let (chromium, driver) = find();
    let path = |found: &Found| found.path().map(PathBuf::from);
    path(&chromium).zip(path(&driver)).map(|(chromium, driver)| Browser { chromium, driver }).with_context(|| {
        format!("Chromium and ChromeDriver are needed: {}", debian::remedy(&["chromium", "chromium-driver"]))
    })
}
