//! Tools that cargo installs: Trunk, wasm-pack and wasm-bindgen.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::{CacheLock, Found, Need, Report, install_into, version_in};
use crate::console::Stage;
use crate::runner;
use crate::workspace::Workspace;

/// A tool from crates.io, pinned.
#[derive(Clone, Debug)]
pub struct CargoTool {
    package: &'static str,
    binary: &'static str,
    version: String,
    features: &'static [&'static str],
    need: Need,
}

/// Trunk bundles the web app. Its default features only add TLS and an update check, for downloads that never
/// happen here because every tool it would download is given to it.
pub fn trunk() -> CargoTool {
    CargoTool {
        package: "trunk",
        binary: "trunk",
        // 0.22 needs a newer compiler than the workspace promises to build with.
        version: "0.21.14".into(),
        features: &["--no-default-features"],
        need: Need::Up,
    }
}

/// wasm-pack runs the web app's own tests in a browser.
pub fn wasm_pack() -> CargoTool {
    CargoTool { package: "wasm-pack", binary: "wasm-pack", version: "0.15.1".into(), features: &[], need: Need::Test }
}

/// wasm-bindgen's command must be of exactly the version of the crate in `Cargo.lock`.
///
/// # Errors
/// When the lock file does not say which version that is.
pub fn wasm_bindgen(workspace: &Workspace) -> Result<CargoTool> {
    Ok(CargoTool {
        package: "wasm-bindgen-cli",
        binary: "wasm-bindgen",
        version: workspace.locked_version("wasm-bindgen")?,
        features: &[],
        need: Need::Up,
    })
}

/// Their lines of the doctor's report.
///
/// # Errors
/// When the lock file cannot be read.
pub fn reports(workspace: &Workspace) -> Result<Vec<Report>> {
    let tools = [trunk(), wasm_bindgen(workspace)?, wasm_pack()];
    Ok(tools.map(|tool| tool.report(workspace)).into())
}

/// Removes what building the tools left behind, once all that a command needs are there.
///
/// # Errors
/// When the folder cannot be removed.
pub fn remove_build_folder(workspace: &Workspace) -> Result<()> {
    super::remove(&workspace.cache.join("build"))
}

impl CargoTool {
    fn folder(&self, workspace: &Workspace) -> PathBuf {
        workspace.cache.join("tools").join(format!("{}-{}", self.package, self.version))
    }

    /// Looks in the cache, then on `PATH`, for exactly the pinned version.
    pub fn find(&self, workspace: &Workspace) -> Found {
        let cached = self.folder(workspace).join("bin").join(self.binary);
        if runner::is_executable(&cached) {
            return Found::Suitable { version: self.version.clone(), path: cached };
        }
        let Some(path) = runner::which(self.binary) else {
            return Found::Missing;
        };
        let version = runner::answer(Command::new(&path).arg("--version")).as_deref().and_then(version_in);
        match version {
            Some(version) if version == self.version => Found::Suitable { version, path },
            other => Found::Unsuitable(format!("{} at {}", other.unwrap_or_default(), path.display())),
        }
    }

    fn report(&self, workspace: &Workspace) -> Report {
        let features = self.features.iter().map(|flag| format!(" {flag}")).collect::<String>();
        Report {
            tool: self.binary.into(),
            wanted: format!("exactly {}", self.version),
            need: self.need,
            found: self.find(workspace),
            remedy: format!("cargo install {}@{}{features}", self.package, self.version),
        }
    }

    /// Finds the tool or builds it into the cache.
    ///
    /// # Errors
    /// When it cannot be built; the log is named.
    pub fn ensure(&self, workspace: &Workspace) -> Result<PathBuf> {
        if let Some(path) = self.find(workspace).path() {
            return Ok(path.to_path_buf());
        }
        let _lock = CacheLock::take(workspace, self.package)?;
        if let Some(path) = self.find(workspace).path() {
            return Ok(path.to_path_buf());
        }
        let stage = Stage::start(format!("building {} {} (once per machine)", self.package, self.version));
        let folder = self.folder(workspace);
        let log = workspace.cache.join(format!("logs/{}.log", self.package));
        install_into(&folder, |partial| {
            // The lock file that the package was published with is tried first. It can name a crate that a
            // registry mirror does not have yet; then cargo chooses.
            let mut locked = self.install(workspace, partial, &["--locked"]);
            if runner::attempt(&mut locked, &stage, &log)?.status.success() {
                return Ok(());
            }
            stage.still("its own lock file does not fit; building without");
            runner::run(&mut self.install(workspace, partial, &[]), &stage, &log)
        })
        .with_context(|| format!("{} {} could not be installed", self.package, self.version))?;
        stage.done("");
        Ok(folder.join("bin").join(self.binary))
    }

    fn install(&self, workspace: &Workspace, root: &Path, flags: &[&str]) -> Command {
        let mut command = Command::new("cargo");
        command
            .arg("install")
            .arg(format!("{}@{}", self.package, self.version))
            .args(self.features)
            .args(flags)
            .arg("--root")
            .arg(root)
            // One build folder for all three: they share most of their dependencies.
            .env("CARGO_TARGET_DIR", workspace.cache.join("build"))
            // Tools that run for seconds: a quick build is worth more than a quick tool.
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_STRIP", "symbols")
            // Flags meant for the workspace must not leak into the tools.
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("CARGO_BUILD_TARGET")
            .current_dir(&workspace.root);
        command
    }
}
