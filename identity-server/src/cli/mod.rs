//! The commands; one file each.

mod admin_create;
mod api;
mod backup;
mod cleanup;
mod config_check;
mod config_files;
mod courier_watch;
mod database;
mod doctor;
mod hashers;
mod identities;
mod import_django;
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
    /// Looks at everything that a server needs, and changes nothing
    Doctor(doctor::Args),
    /// Sends mails and text messages
    #[command(subcommand)]
    Courier(CourierCommand),
    /// Makes secrets
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Manages administrators
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Imports, lists, shows, deletes and checks identities
    #[command(subcommand)]
    Identities(identities::Command),
    /// Imports identities, or the users of another program
    #[command(subcommand)]
    Import(ImportCommand),
    /// The same as `identities list`, as Kratos spells it
    #[command(subcommand)]
    List(ListCommand),
    /// The same as `identities get`, as Kratos spells it
    #[command(subcommand)]
    Get(GetCommand),
    /// The same as `identities delete`, as Kratos spells it
    #[command(subcommand)]
    Delete(DeleteCommand),
    /// The same as `identities validate`, as Kratos spells it
    #[command(subcommand)]
    Validate(ValidateCommand),
    /// Removes what has had its time: flows, codes, sessions
    Cleanup(cleanup::Args),
    /// Finds parameters for password hashes, and makes hashes
    #[command(subcommand)]
    Hashers(hashers::Command),
    /// Copies the SQLite database while servers run
    Backup(backup::BackupArgs),
    /// Puts such a copy in the place of the SQLite database
    Restore(backup::RestoreArgs),
    /// Prints the version
    Version,
}

#[derive(Subcommand)]
enum ImportCommand {
    /// Makes identities from files: JSON with one or many, or JSON Lines
    #[command(alias = "identity")]
    Identities(identities::ImportArgs),
    /// Takes over the users of a Django project, with their passwords
    Django(import_django::Args),
}

#[derive(Subcommand)]
enum ListCommand {
    /// Lists identities
    Identities(identities::ListArgs),
}

#[derive(Subcommand)]
enum GetCommand {
    /// Shows identities
    #[command(alias = "identities")]
    Identity(identities::GetArgs),
}

#[derive(Subcommand)]
enum DeleteCommand {
    /// Deletes identities, with their sessions and all else
    #[command(alias = "identities")]
    Identity(identities::DeleteArgs),
}

#[derive(Subcommand)]
enum ValidateCommand {
    /// Checks files as an import would, without a server
    #[command(alias = "identities")]
    Identity(identities::ValidateArgs),
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
        Command::Doctor(args) => block_on(doctor::run(args)),
        Command::Courier(CourierCommand::Watch(args)) => block_on(courier_watch::run(args)),
        Command::Keys(KeysCommand::Generate) => keys_generate::run(),
        Command::Admin(AdminCommand::Create(args)) => block_on(admin_create::run(args)),
        Command::Identities(command) => block_on(identities::run(command)),
        Command::Import(ImportCommand::Identities(args)) => block_on(identities::run(args.into())),
        Command::Import(ImportCommand::Django(args)) => block_on(import_django::run(args)),
        Command::List(ListCommand::Identities(args)) => block_on(identities::run(args.into())),
        Command::Get(GetCommand::Identity(args)) => block_on(identities::run(args.into())),
        Command::Delete(DeleteCommand::Identity(args)) => block_on(identities::run(args.into())),
        Command::Validate(ValidateCommand::Identity(args)) => block_on(identities::run(args.into())),
        Command::Cleanup(args) => block_on(cleanup::run(args)),
        Command::Hashers(command) => block_on(hashers::run(command)),
        Command::Backup(args) => block_on(backup::back_up(args)),
        Command::Restore(args) => block_on(backup::restore(args)),
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn no_command_has_two_arguments_of_one_name() {
        super::Cli::command().debug_assert();
    }
}
