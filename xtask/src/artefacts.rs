//! Building what runs: the two servers, the gateway's filter, and the web app.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

use crate::compress;
use crate::console::Stage;
use crate::runner;
use crate::tools::{BuildTools, remove};
use crate::workspace::Workspace;

/// What the self-service app may weigh as brotli before it can be used: its code and its styles, in bytes.
const SELF_SERVICE_BUDGET: u64 = 200 * 1024;

/// The same for the administration, which fewer people open.
const ADMIN_BUDGET: u64 = 450 * 1024;

/// How the native programs are compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// As they are shipped.
    Release,
    /// As `cargo test` compiles them, so that tests need no second build.
    Dev,
}

impl Profile {
    fn folder(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Dev => "debug",
        }
    }
}

/// What was built.
#[derive(Clone, Debug)]
pub struct Artefacts {
    /// `nexus-identity`.
    pub identity: PathBuf,
    /// `nexus-gateway`.
    pub gateway: PathBuf,
    /// The filter, a WebAssembly module.
    pub filter: PathBuf,
    /// The folder of the bundled web app.
    pub ui: PathBuf,
}

impl Artefacts {
    /// Where the artefacts are, built or not.
    pub fn of(workspace: &Workspace, profile: Profile) -> Self {
        let native = workspace.target.join(profile.folder());
        Self {
            identity: native.join("nexus-identity"),
            gateway: native.join("nexus-gateway"),
            filter: workspace.target.join("wasm32-wasip1/filter/envoy_filter.wasm"),
            ui: workspace.root.join("ui-yew/dist"),
        }
    }
}

/// Builds everything that has changed.
///
/// # Errors
/// When a part does not compile; the compiler's words are shown.
pub fn build(workspace: &Workspace, profile: Profile, tools: &BuildTools) -> Result<Artefacts> {
    native(workspace, profile)?;
    filter(workspace)?;
    web_app(workspace, tools)?;
    Ok(Artefacts::of(workspace, profile))
}

/// Builds the two servers.
///
/// # Errors
/// When they do not compile.
pub fn native(workspace: &Workspace, profile: Profile) -> Result<()> {
    let stage = Stage::start("building the servers");
    let mut cargo = cargo(workspace);
    cargo.args(["build", "--package", "nexus-identity", "--package", "nexus-gateway"]);
    if profile == Profile::Release {
        cargo.arg("--release");
    }
    runner::run(&mut cargo, &stage, &log(workspace, "servers"))?;
    stage.done("");
    Ok(())
}

/// Builds the filter.
///
/// # Errors
/// When it does not compile.
pub fn filter(workspace: &Workspace) -> Result<()> {
    let stage = Stage::start("building the Envoy filter");
    let mut cargo = cargo(workspace);
    cargo.args(["build", "--package", "envoy-filter", "--profile", "filter", "--target", "wasm32-wasip1"]);
    runner::run(&mut cargo, &stage, &log(workspace, "filter"))?;
    let size = fs::metadata(Artefacts::of(workspace, Profile::Dev).filter).map(|meta| meta.len() / 1024);
    stage.done(&size.map(|size| format!("{size} KiB")).unwrap_or_default());
    Ok(())
}

/// Bundles the web app unless nothing that goes into it has changed.
///
/// # Errors
/// When it does not compile or the bundle cannot be written.
pub fn web_app(workspace: &Workspace, tools: &BuildTools) -> Result<()> {
    let dist = workspace.root.join("ui-yew/dist");
    let stamp = workspace.target.join("web-app.stamp");
    let inputs = ["ui-yew", "crates/identity-api", "Cargo.lock", "Cargo.toml"].map(|path| workspace.root.join(path));
    let stage = Stage::start("building the web app");
    if dist.join("index.html").is_file() && is_newer(&stamp, &inputs) {
        stage.done("nothing has changed");
        return Ok(());
    }
    let (own, admin) = (workspace.target.join("bundles/self-service"), workspace.target.join("bundles/admin"));
    let self_service = bundle(workspace, tools, &stage, "index.html", &own)?;
    let administration = bundle(workspace, tools, &stage, "admin.html", &admin)?;
    check_budget("self-service", self_service.code, SELF_SERVICE_BUDGET)?;
    check_budget("administration", administration.code, ADMIN_BUDGET)?;
    remove(&dist)?;
    merge(&own, &dist)?;
    merge(&admin, &dist)?;
    fs::write(&stamp, "").with_context(|| format!("cannot write {}", stamp.display()))?;
    let share = |code: u64, budget: u64| format!("{} of {} KiB", code.div_ceil(1024), budget / 1024);
    stage.done(&format!(
        "as brotli: self-service {}, administration {}",
        share(self_service.code, SELF_SERVICE_BUDGET),
        share(administration.code, ADMIN_BUDGET)
    ));
    Ok(())
}

/// Bundles one page of the web app with its program, and compresses the files.
fn bundle(workspace: &Workspace, tools: &BuildTools, stage: &Stage, page: &str, to: &Path) -> Result<compress::Weight> {
    remove(to)?;
    fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    let mut trunk = Command::new(&tools.trunk);
    trunk
        .args(["build", "--release", "--offline", "true", "--html-output", page, "--dist"])
        .arg(to)
        .arg(page)
        .current_dir(workspace.root.join("ui-yew"))
        .env("PATH", path_with(&[Some(&tools.wasm_bindgen), tools.wasm_opt.as_ref(), Some(&tools.trunk)])?)
        .env("CARGO_TARGET_DIR", &workspace.target)
        .env("TRUNK_SKIP_VERSION_CHECK", "true")
        // Trunk reads this variable as a boolean and stops at `1`.
        .env_remove("NO_COLOR");
    runner::run(&mut trunk, stage, &log(workspace, "web-app"))?;
    compress::folder(to)
}

/// Copies a folder into another; files that both have are the same, for their names tell their content.
fn merge(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let path = entry?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            merge(&path, &target)?;
        } else {
            fs::copy(&path, &target).with_context(|| format!("cannot write {}", target.display()))?;
        }
    }
    Ok(())
}

/// Refuses a bundle that is larger than people on slow connections should wait for.
fn check_budget(bundle: &str, code: u64, budget: u64) -> Result<()> {
    if code > budget {
        bail!(
            "the code and styles of the {bundle} are {} KiB as brotli and may be {}: see what grew with `twiggy top` on \
             the program built with CARGO_PROFILE_WASM_STRIP=none, or raise the budget with a reason",
            code.div_ceil(1024),
            budget / 1024
        );
    }
    Ok(())
}

/// A cargo that builds this workspace.
pub fn cargo(workspace: &Workspace) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(&workspace.root).env_remove("CARGO_MANIFEST_DIR");
    command
}

fn log(workspace: &Workspace, name: &str) -> PathBuf {
    workspace.target.join(format!("xtask-logs/{name}.log"))
}

/// `PATH` with the folders of some tools before it.
///
/// # Errors
/// When a folder's name cannot be part of `PATH`.
pub fn path_with(tools: &[Option<&PathBuf>]) -> Result<std::ffi::OsString> {
    let folders = tools.iter().flatten().filter_map(|tool| tool.parent()).map(Path::to_path_buf);
    let existing = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(folders.chain(std::env::split_paths(&existing))).context("a folder's name holds a colon")
}

/// Whether a stamp was written after every file below the inputs was last changed.
fn is_newer(stamp: &Path, inputs: &[PathBuf]) -> bool {
    let Some(written) = modified(stamp) else {
        return false;
    };
    inputs.iter().all(|input| newest(input).is_some_and(|time| time < written))
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|meta| meta.modified()).ok()
}

/// The latest change below a path; `dist`, `target` and hidden folders are what builds write.
fn newest(path: &Path) -> Option<SystemTime> {
    let own = modified(path)?;
    if !path.is_dir() {
        return Some(own);
    }
    let mut latest = SystemTime::UNIX_EPOCH;
    for entry in fs::read_dir(path).ok()?.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') || name == "dist" || name == "target" {
            continue;
        }
        latest = latest.max(newest(&entry.path())?);
    }
    Some(latest)
}

#[cfg(test)]
mod tests {
    use super::{check_budget, is_newer};
    use std::fs;
    use std::time::{Duration, SystemTime};

    #[test]
    fn a_bundle_above_its_budget_is_refused_with_both_figures() {
        assert!(check_budget("app", 204_800, 204_800).is_ok());
        let refused = check_budget("app", 204_801, 204_800).expect_err("a refusal").to_string();
        assert!(refused.contains("201 KiB") && refused.contains("may be 200"), "{refused}");
    }

    #[test]
    fn a_bundle_is_stale_when_any_source_below_is_newer_but_not_for_its_own_output() {
        let base = tempfile::tempdir().expect("a folder");
        let source = base.path().join("app/src/pages/login.rs");
        let output = base.path().join("app/dist/index.html");
        let stamp = base.path().join("stamp");
        for file in [&source, &output, &stamp] {
            fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
            fs::write(file, "x").expect("a file");
        }
        let at = |file: &std::path::Path, seconds| {
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            fs::File::options().write(true).open(file).and_then(|file| file.set_modified(time)).expect("a time");
        };
        let inputs = [base.path().join("app")];
        at(&source, 100);
        at(&stamp, 200);
        at(&output, 300);
        assert!(is_newer(&stamp, &inputs));
        at(&source, 201);
        assert!(!is_newer(&stamp, &inputs));
    }
}
