//! The Nexus gateway: Ory Oathkeeper's configuration and rules, carried out inside Envoy.

mod cli;
mod config;
mod envoy;
mod logging;
mod render;
mod repositories;
mod serve;
mod watch;

use clap::Parser;
use cli::{Cli, Command};
use std::process::ExitCode;

#[tokio::main]
#[expect(clippy::print_stderr, reason = "the last word of a command that failed")]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    // Fails only when there is a provider already, which is as good.
    drop(rustls::crypto::ring::default_provider().install_default());
    let result = match &cli.command {
        Command::Run(run) => run.run().await,
        Command::Serve(serve) => serve.run().await,
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
