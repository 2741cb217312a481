//! The tools that building, running and testing need: found where they are, or installed into the user's cache.
//!
//! Every tool knows how to `find` itself (quick, changes nothing, used by `doctor`) and most know how to
//! `ensure` themselves. The cache is keyed by version, so a second checkout finds what the first installed.

pub mod cargo_tools;
pub mod chromium;
pub mod debian;
pub mod envoy;
pub mod node;
pub mod postgres;
pub mod python;
pub mod rust;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::workspace::Workspace;

/// What a look for a tool found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It is there and will do.
    Suitable {
        /// Its version, as far as it tells.
        version: String,
        /// Where it is.
        path: PathBuf,
    },
    /// It is there but will not do; the text says why.
    Unsuitable(String),
    /// It is not there.
    Missing,
}

impl Found {
    /// The path of a suitable tool.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Suitable { path, .. } => Some(path),
            Self::Unsuitable(_) | Self::Missing => None,
        }
    }
}

/// Which commands a tool is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// `cargo xtask up` (and everything else) needs it.
    Up,
    /// `cargo xtask test` needs it.
    Test,
    /// Nothing fails without it; the text says what is missed.
    Optional(&'static str),
}

/// One line of the doctor's report.
#[derive(Debug)]
pub struct Report {
    /// The tool's name.
    pub tool: String,
    /// The version that is wanted, as a person would say it.
    pub wanted: String,
    /// What it is needed for.
    pub need: Need,
    /// What is there.
    pub found: Found,
    /// How to get it.
    pub remedy: String,
}

/// Looks for every tool. Changes nothing.
///
/// # Errors
/// When the workspace cannot be read.
pub fn survey(workspace: &Workspace) -> Result<Vec<Report>> {
    let mut reports = rust::reports();
    reports.extend(cargo_tools::reports(workspace)?);
    reports.push(envoy::report(workspace));
    reports.push(python::report());
    reports.extend(node::reports(workspace));
    reports.extend(chromium::reports());
    reports.push(postgres::report());
    reports.push(debian::wrk_report());
    Ok(reports)
}

/// The programs that building and running the stack need.
#[derive(Clone, Debug)]
pub struct BuildTools {
    /// Bundles the web app.
    pub trunk: PathBuf,
    /// Makes the JavaScript glue of the web app.
    pub wasm_bindgen: PathBuf,
    /// Shrinks the bundles; optional.
    pub wasm_opt: Option<PathBuf>,
}

/// Finds or installs what building the artefacts needs.
///
/// # Errors
/// When a tool cannot be installed; the text says what was tried and how to get it by hand.
pub fn ensure_build_tools(workspace: &Workspace) -> Result<BuildTools> {
    rust::ensure_targets(workspace)?;
    let tools = BuildTools {
        trunk: cargo_tools::trunk().ensure(workspace)?,
        wasm_bindgen: cargo_tools::wasm_bindgen(workspace)?.ensure(workspace)?,
        wasm_opt: node::ensure_wasm_opt(workspace),
    };
    Ok(tools)
}

/// Holds the cache's lock for as long as it lives, so that two commands do not install one tool twice.
#[derive(Debug)]
pub struct CacheLock(#[expect(dead_code, reason = "held open: closing the file releases the lock")] File);

impl CacheLock {
    /// Waits for the lock of one tool.
    ///
    /// # Errors
    /// When the cache folder cannot be written.
    pub fn take(workspace: &Workspace, tool: &str) -> Result<Self> {
        let folder = workspace.cache.join("locks");
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let path = folder.join(tool);
        let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
        Ok(Self(file))
    }
}

/// Installs into a temporary sibling and renames it when complete: an interrupted install leaves nothing that
/// could be mistaken for a tool.
///
/// # Errors
/// When `install` fails or the folder cannot be moved into place.
pub fn install_into(folder: &Path, install: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let partial = folder.with_extension("partial");
    remove(&partial)?;
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
    }
    install(&partial)?;
    remove(folder)?;
    fs::rename(&partial, folder).with_context(|| format!("cannot move {} to {}", partial.display(), folder.display()))
}

/// Removes a folder if it is there.
///
/// # Errors
/// When it is there and cannot be removed.
pub fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// The first thing in a text that looks like a version: digits and dots, at least two numbers.
pub fn version_in(text: &str) -> Option<String> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.'))
        .map(|part| part.trim_matches('.'))
        .find(|part| part.contains('.') && part.starts_with(|c: char| c.is_ascii_digit()))
        .map(str::to_owned)
}

/// Compares versions by their numbers; what is missing counts as 0.
pub fn at_least(version: &str, minimum: &str) -> bool {
    let numbers = |text: &str| -> Vec<u64> { text.split('.').map(|part| part.parse().unwrap_or(0)).collect() };
    let (version, minimum) = (numbers(version), numbers(minimum));
    let length = version.len().max(minimum.len());
    let padded = |mut numbers: Vec<u64>| {
        numbers.resize(length, 0);
        numbers
    };
    padded(version) >= padded(minimum)
}

#[cfg(test)]
mod tests {
    use super::{at_least, install_into, version_in};

    #[test]
    fn versions_are_read_from_what_tools_print() {
        assert_eq!(version_in("trunk 0.21.14").as_deref(), Some("0.21.14"));
        assert_eq!(version_in("envoy  version: 5a3c/1.40.0/Clean/RELEASE/BoringSSL").as_deref(), Some("1.40.0"));
        assert_eq!(version_in("postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)").as_deref(), Some("15.13"));
        assert_eq!(version_in("v20.20.2").as_deref(), Some("20.20.2"));
        assert_eq!(version_in("no version"), None);
    }

    #[test]
    fn versions_compare_by_number_not_by_text() {
        assert!(at_least("0.21.14", "0.21.9"));
        assert!(at_least("22", "20.0"));
        assert!(!at_least("9.9", "18"));
    }

    #[test]
    fn an_interrupted_install_leaves_no_tool() {
        let base = tempfile::tempdir().expect("a folder");
        let folder = base.path().join("tools/thing-1.0");
        let interrupted = install_into(&folder, |partial| {
            std::fs::create_dir_all(partial)?;
            anyhow::bail!("the network is gone")
        });
        assert!(interrupted.is_err() && !folder.exists());
        install_into(&folder, |partial| {
            assert!(!partial.exists(), "the remains of the first try are removed");
            Ok(std::fs::create_dir_all(partial.join("bin"))?)
        })
        .expect("the second try");
        assert!(folder.join("bin").exists());
    }
}
