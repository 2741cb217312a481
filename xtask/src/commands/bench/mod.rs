//! `cargo xtask bench`: the figures that the design promises, measured side by side in one run.
//!
//! Every loop is bounded in time and talks to loopback only. The load generator shares the machine with what it
//! measures, as it did when the reference figures were taken.

mod gateway;
mod identity;
mod load;
mod table;

use std::sync::Arc;

use anyhow::Result;
use clap::ValueEnum;

use self::table::Table;
use crate::artefacts::{self, Profile};
use crate::console::{self, Stage};
use crate::process::LogSink;
use crate::tools::{debian, envoy};
use crate::workspace::Workspace;

/// Arguments of `bench`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Measure only this part
    #[arg(value_name = "PART")]
    part: Option<Part>,
    /// How long each figure is measured
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// How many connections ask at the same time
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    connections: u16,
}

/// What can be measured alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// The identity server on SQLite and on PostgreSQL
    Identity,
    /// The gateway against a bare Envoy
    Gateway,
}

/// Measures and prints the table.
///
/// # Errors
/// When something cannot be built or started, or answers with errors under load.
pub fn run(args: &Args) -> Result<()> {
    let workspace = Workspace::discover()?;
    let load =
        load::Load { wrk: debian::ensure_wrk(&workspace)?, seconds: args.seconds, connections: args.connections };
    let envoy = envoy::ensure(&workspace)?;
    artefacts::native(&workspace, Profile::Release)?;
    artefacts::filter(&workspace)?;

    let stage = Stage::start("measuring");
    let quiet: LogSink = Arc::new(|_, _| {});
    let mut table = Table::default();
    if args.part != Some(Part::Gateway) {
        identity::measure(&workspace, &load, &quiet, &mut table)?;
    }
    if args.part != Some(Part::Identity) {
        gateway::measure(&workspace, &envoy, &load, &quiet, &mut table)?;
    }
    stage.done("");
    console::line(&table.to_string());
    Ok(())
}
