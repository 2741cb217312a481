//! The commands; one file each.

mod admin_create;
mod config_check;
mod config_files;
mod courier_watch;
mod keys_generate;
mod migrate;
mod output;
mod serve;
mod version;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Identity server with the Ory Kratos HTTP contract.
#[derive(Parser)]
#[command(name = "nexus-identity", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the public and the admin API
    Serve(serve::Args),
    /// Brings the database's schema up to date, or back
    Migrate(migrate::Args),
    /// Checks or shows what the configuration comes to
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Sends mails and text messages
    #[command(subcommand)]
    Courier(CourierCommand),
    /// Makes secrets
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Manages administrators
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Prints the version
    Version,
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Loads the configuration as `serve` would and reports everything that is wrong
    Check(config_check::Args),
}

#[derive(Subcommand)]
enum CourierCommand {
    /// Sends what is queued, beside or instead of the servers; any number may run on one database
    Watch(courier_watch::Args),
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Prints a block of new secrets for a file of its own
    Generate,
}

#[derive(Subcommand)]
enum AdminCommand {
    /// Makes an administrator's identity and a link that signs in once
    Create(admin_create::Args),
}

/// Runs the command that the arguments name.
///
/// The exit code is 0 when it did what it should, 1 when it did not, 2 when the arguments are wrong.
pub(crate) fn run() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Serve(args) => block_on(serve::run(args)),
        Command::Migrate(args) => block_on(migrate::run(args)),
        Command::Config(ConfigCommand::Check(args)) => config_check::run(&args),
        Command::Courier(CourierCommand::Watch(args)) => block_on(courier_watch::run(args)),
        Command::Keys(KeysCommand::Generate) => keys_generate::run(),
        Command::Admin(AdminCommand::Create(args)) => block_on(admin_create::run(args)),
        Command::Version => version::run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&format!("nexus-identity: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Runs `future` on a runtime of its own.
fn block_on(future: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(future)
}
