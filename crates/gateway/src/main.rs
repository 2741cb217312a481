//! The Nexus gateway: Ory Oathkeeper's configuration and rules, carried out inside Envoy.

mod cli;
mod config;
mod envoy;
mod render;
mod repositories;
mod serve;
mod watch;

use clap::Parser;
use cli::{Cli, Command};
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

#[tokio::main]
#[expect(clippy::print_stderr, reason = "the last word of a command that failed")]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_env("NEXUS_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_target(false).with_writer(std::io::stderr).init();
    // Fails only when there is a provider already, which is as good.
    drop(rustls::crypto::ring::default_provider().install_default());
    let result = match &cli.command {
        Command::Run(run) => run.run().await,
        Command::Render(render) => render.run().await,
        Command::Lint(lint) => lint.run().await,
        Command::Explain(explain) => explain.run().await,
        Command::Guard { program, arguments } => envoy::guard(program, arguments).await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("nexus-gateway: {error:#}");
            ExitCode::FAILURE
        }
    }
}
