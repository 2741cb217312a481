//! Node, and the two packages that come from npm: binaryen's `wasm-opt` and the Ory SDK for the tests.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::{CacheLock, Found, Need, Report, at_least, debian, install_into};
use crate::console::{self, Stage};
use crate::runner;
use crate::workspace::Workspace;

const OLDEST: &str = "18";
const BINARYEN: &str = "132.0.0";
const ORY_CLIENT: &str = "1.22.66";

/// Looks for Node; npm must be beside it.
pub fn find() -> Found {
    let (Some(path), Some(_)) = (runner::which("node"), runner::which("npm")) else {
        return Found::Missing;
    };
    let version = runner::answer(Command::new(&path).arg("--version"));
    match version.map(|text| text.trim_start_matches('v').to_owned()) {
        Some(version) if at_least(&version, OLDEST) => Found::Suitable { version, path },
        other => Found::Unsuitable(format!("{} at {}", other.unwrap_or_default(), path.display())),
    }
}

fn folder(workspace: &Workspace, package: &str, version: &str) -> PathBuf {
    let name = package.trim_start_matches('@').replace('/', "-");
    workspace.cache.join("npm").join(format!("{name}-{version}"))
}

fn find_wasm_opt(workspace: &Workspace) -> Found {
    let on_path = runner::which("wasm-opt").map(|path| {
        let version = runner::answer(Command::new(&path).arg("--version")).unwrap_or_default();
        let number = version.split_whitespace().find_map(|word| word.parse::<u32>().ok());
        match number {
            // Older ones do not know the instructions that the compiler emits today.
            Some(number) if number >= 118 => Found::Suitable { version: number.to_string(), path },
            _ => Found::Unsuitable(format!("{version} at {}", path.display())),
        }
    });
    if let Some(found @ Found::Suitable { .. }) = on_path {
        return found;
    }
    let cached = folder(workspace, "binaryen", BINARYEN).join("node_modules/.bin/wasm-opt");
    if cached.exists() {
        return Found::Suitable { version: BINARYEN.into(), path: cached };
    }
    on_path.unwrap_or(Found::Missing)
}

/// Their lines of the doctor's report.
pub fn reports(workspace: &Workspace) -> [Report; 2] {
    let node = Report {
        tool: "node with npm".into(),
        wanted: format!("{OLDEST} or newer"),
        need: Need::Optional("bundles are not shrunk by wasm-opt, and the JavaScript SDK is not tested"),
        found: find(),
        remedy: debian::remedy(&["nodejs", "npm"]),
    };
    let wasm_opt = Report {
        tool: "wasm-opt".into(),
        wanted: "118 or newer".into(),
        need: Need::Optional("the web app's bundle is about a fifth larger"),
        found: find_wasm_opt(workspace),
        remedy: format!("npm install binaryen@{BINARYEN}"),
    };
    [node, wasm_opt]
}

/// Finds or installs `wasm-opt`; without it the bundles are larger and nothing else changes, so a failure is
/// a warning.
pub fn ensure_wasm_opt(workspace: &Workspace) -> Option<PathBuf> {
    if let Some(path) = find_wasm_opt(workspace).path() {
        return Some(path.to_path_buf());
    }
    let installed = package(workspace, "binaryen", BINARYEN, "wasm-opt");
    match installed {
        Ok(folder) => Some(folder.join("node_modules/.bin/wasm-opt")),
        Err(error) => {
            console::warn(&format!("no wasm-opt, so the web app's bundle is about a fifth larger: {error:#}"));
            None
        }
    }
}

/// Installs the official JavaScript SDK and returns the folder that holds its `node_modules`.
///
/// # Errors
/// When Node is missing or npm fails.
pub fn ensure_ory_client(workspace: &Workspace) -> Result<PathBuf> {
    package(workspace, "@ory/client", ORY_CLIENT, "the JavaScript SDK @ory/client")
}

fn package(workspace: &Workspace, package: &str, version: &str, what: &str) -> Result<PathBuf> {
    let folder = folder(workspace, package, version);
    if folder.join("node_modules").is_dir() {
        return Ok(folder);
    }
    let found = find();
    found.path().with_context(|| {
        format!("Node {OLDEST} or newer with npm is needed for {what}: {}", debian::remedy(&["nodejs", "npm"]))
    })?;
    let lock_name = package.trim_start_matches('@').replace('/', "-");
    let _lock = CacheLock::take(workspace, &lock_name)?;
    if folder.join("node_modules").is_dir() {
        return Ok(folder);
    }
    let stage = Stage::start(format!("installing {what} {version} (once per machine)"));
    install_into(&folder, |partial| {
        fs::create_dir_all(partial)?;
        fs::write(partial.join("package.json"), "{\"private\":true}")?;
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"])
            .arg(format!("{package}@{version}"))
            .current_dir(partial);
        runner::run(&mut npm, &stage, &workspace.cache.join(format!("logs/{lock_name}.log")))
    })?;
    stage.done("");
    Ok(folder)
}
