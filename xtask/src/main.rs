//! `cargo xtask …`: everything a developer or a first-time user runs, behind one entry point.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::commands::{bench, doctor, fuzz, test, up};
use xtask::console;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Developer and operator commands of Nexus Auth")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build everything and run the whole stack until Ctrl-C
    Up(up::Args),
    /// Run every test on real parts: Envoy, a browser, PostgreSQL
    Test(test::Args),
    /// Measure the stack and print the figures against the budgets
    Bench(bench::Args),
    /// Feed the rule engine with inputs that nobody thought of
    Fuzz(fuzz::Args),
    /// Say which tools are present, which are missing, and how to get them
    Doctor(doctor::Args),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Up(args) => up::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Fuzz(args) => fuzz::run(&args),
        Command::Doctor(args) => doctor::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::error(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
