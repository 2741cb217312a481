//! `nexus-identity`: the identity server and its commands.

mod cli;
mod telemetry;

fn main() -> std::process::ExitCode {
    cli::run()
}
