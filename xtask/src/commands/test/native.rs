//! Compiling the native tests once, and knowing which program belongs to which crate.
//!
//! One compilation for all crates: separate `cargo test -p …` calls would each unify features anew and compile
//! shared dependencies several times.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::artefacts;
use crate::console::{self, Stage};
use crate::runner;
use crate::workspace::Workspace;

/// Every crate that runs natively; the two others are compiled for WebAssembly.
pub(super) const SELECTION: [&str; 5] = ["--workspace", "--exclude", "ui-yew", "--exclude", "envoy-filter"];

/// A compiled test program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Binary {
    executable: PathBuf,
    package: PathBuf,
    target: String,
}

impl Binary {
    /// The name of the folder of its crate.
    pub(super) fn folder(&self) -> &str {
        self.package.file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }

    /// What a person calls it.
    pub(super) fn name(&self) -> String {
        format!("{}: {}", self.folder(), self.target)
    }

    /// A command that runs it as cargo would.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.executable);
        command.current_dir(&self.package).env("CARGO_MANIFEST_DIR", &self.package);
        command
    }
}

/// Compiles all native tests and the programs that they start.
pub(super) fn compile(workspace: &Workspace) -> Result<Vec<Binary>> {
    let stage = Stage::start("compiling the native tests");
    // `cargo test` builds a crate's program only when the crate has integration tests of its own; the stories would
    // run whatever was built last.
    let mut programs = artefacts::cargo(workspace);
    programs.args(["build", "--bins"]).args(SELECTION);
    if !runner::watch(&mut programs, &stage, console::line)?.status.success() {
        bail!("the programs do not compile");
    }
    let mut command = artefacts::cargo(workspace);
    command.args(["test", "--no-run", "--message-format=json-render-diagnostics"]).args(SELECTION);
    let mut binaries = Vec::new();
    let mut words = Vec::new();
    let finished = runner::watch(&mut command, &stage, |line| {
        if line.starts_with('{') {
            binaries.extend(serde_json::from_str(line).ok().and_then(|message| binary(&message)));
        } else {
            words.push(line.to_owned());
        }
    })?;
    if !finished.status.success() {
        words.iter().filter(|line| !line.trim_start().starts_with("Compiling")).for_each(|line| console::line(line));
        bail!("the tests do not compile");
    }
    if binaries.is_empty() {
        bail!("cargo named no test program");
    }
    stage.done(&format!("{} programs", binaries.len()));
    Ok(binaries)
}

/// Reads one of cargo's messages; only test programs are of interest.
fn binary(message: &Value) -> Option<Binary> {
    let is_test = message.get("profile")?.get("test")?.as_bool()?;
    let manifest = Path::new(message.get("manifest_path")?.as_str()?);
    is_test.then_some(Binary {
        executable: message.get("executable")?.as_str()?.into(),
        package: manifest.parent()?.to_path_buf(),
        target: target(message).unwrap_or_default(),
    })
}

fn target(message: &Value) -> Option<String> {
    let target = message.get("target")?;
    let kind = target.get("kind")?.get(0)?.as_str()?;
    Some(format!("{kind} {}", target.get("name")?.as_str()?))
}

/// Fails with the paths when programs that the tests start are missing.
pub(super) fn check_programs(programs: &[&Path]) -> Result<()> {
    programs.iter().try_for_each(|path| {
        runner::is_executable(path)
            .then_some(())
            .with_context(|| format!("{} was not built with the tests", path.display()))
    })
}

#[cfg(test)]
mod tests {
    use super::binary;

    #[test]
    fn only_test_programs_are_taken_from_cargos_messages() {
        let message = |test: bool| {
            serde_json::json!({
                "reason": "compiler-artifact",
                "manifest_path": "/src/crates/gateway/Cargo.toml",
                "target": {"kind": ["test"], "name": "envoy"},
                "profile": {"test": test},
                "executable": "/src/target/debug/deps/envoy-1",
            })
        };
        assert_eq!(binary(&message(false)), None);
        let found = binary(&message(true)).expect("a test program");
        assert_eq!((found.folder(), found.name().as_str()), ("gateway", "gateway: test envoy"));
    }
}
