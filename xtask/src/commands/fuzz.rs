//! `cargo xtask fuzz`: inputs that nobody thought of, for everything that the gateway reads.

use anyhow::{Result, ensure};

use crate::artefacts;
use crate::console::{self, Stage};
use crate::runner;
use crate::workspace::Workspace;

/// Arguments of `fuzz`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Run only targets whose name contains this
    target: Option<String>,
    /// Seconds for each target
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

/// Runs the targets, one after another.
///
/// # Errors
/// When an input breaks an invariant; the output names it.
pub fn run(args: &Args) -> Result<()> {
    let workspace = Workspace::discover()?;
    let stage = Stage::start("fuzzing the rule engine");
    let mut command = artefacts::cargo(&workspace);
    command.args(["test", "--release", "--package", "access-rules", "--test", "fuzz", "--"]);
    command.args(["--nocapture", "--test-threads=2"]).args(&args.target);
    command.env("NEXUS_FUZZ_SECONDS", args.seconds.to_string());
    let finished = runner::watch(&mut command, &stage, console::line)?;
    ensure!(finished.status.success(), "an input breaks an invariant; see above");
    stage.done("");
    Ok(())
}
