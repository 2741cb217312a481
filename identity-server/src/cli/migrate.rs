//! `migrate`: the database's schema, up, down and as it is.

use super::config_files::ConfigFiles;
use super::output;
use anyhow::{Context as _, bail};
use nexus_identity::store::{Dsn, Store};
use std::io::IsTerminal as _;

/// `migrate [up|down|status]`, and `migrate sql …` as Kratos spells it.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    database: Database,
}

#[derive(clap::Subcommand)]
enum Command {
    /// The same commands as Kratos spells them
    Sql(SqlArgs),
    /// Applies what is missing (the default)
    Up(Database),
    /// Takes back migrations, and the data in them
    Down(Down),
    /// Shows which migrations are applied
    Status(Database),
}

/// `migrate sql`.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
struct SqlArgs {
    #[command(subcommand)]
    command: Option<SqlCommand>,
    #[command(flatten)]
    database: Database,
}

#[derive(clap::Subcommand)]
enum SqlCommand {
    /// Applies what is missing (the default)
    Up(Database),
    /// Takes back migrations, and the data in them
    Down(Down),
    /// Shows which migrations are applied
    Status(Database),
}

#[derive(clap::Args)]
struct Down {
    /// The last version that stays; 0 takes back all
    #[arg(long, default_value_t = 0)]
    to: i64,
    #[command(flatten)]
    database: Database,
}

/// Which database, and whether to ask.
#[derive(clap::Args)]
struct Database {
    /// The database; without it the configuration or the environment variable DSN tells
    dsn: Option<String>,
    /// Takes the database from the environment variable DSN
    #[arg(short = 'e', long)]
    read_from_env: bool,
    /// Does not ask
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    files: ConfigFiles,
}

/// Runs the command.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    match args.command {
        None => up(&args.database).await,
        Some(Command::Up(database)) => up(&database).await,
        Some(Command::Down(down)) => take_back(&down).await,
        Some(Command::Status(database)) => status(&database).await,
        Some(Command::Sql(sql)) => match sql.command {
            None => up(&sql.database).await,
            Some(SqlCommand::Up(database)) => up(&database).await,
            Some(SqlCommand::Down(down)) => take_back(&down).await,
            Some(SqlCommand::Status(database)) => status(&database).await,
        },
    }
}

impl Database {
    fn dsn(&self) -> anyhow::Result<Dsn> {
        let text = match &self.dsn {
            Some(dsn) => dsn.clone(),
            None if self.read_from_env => {
                std::env::var("DSN").context("-e is given, but the environment variable DSN is not set")?
            }
            None => self.files.dsn()?,
        };
        Dsn::parse(&text).map_err(|reason| anyhow::anyhow!("dsn: {reason}"))
    }

    /// Asks unless it need not. Without a terminal nobody can answer, so nothing is done.
    fn confirm(&self, question: &str) -> anyhow::Result<()> {
        if self.yes {
            return Ok(());
        }
        if !std::io::stdin().is_terminal() {
            bail!("{question} There is no terminal to answer at; add --yes.");
        }
        output::error(&format!("{question} [y/N]"));
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer)?;
        if !matches!(answer.trim(), "y" | "Y" | "yes") {
            bail!("nothing was changed");
        }
        Ok(())
    }
}

async fn up(database: &Database) -> anyhow::Result<()> {
    let dsn = database.dsn()?;
    let missing = Store::migration_status(&dsn).await?.iter().filter(|migration| !migration.applied).count();
    if missing == 0 {
        output::print("the database is up to date");
        return Ok(());
    }
    database.confirm(&format!("{missing} migration(s) will be applied. Is there a backup?"))?;
    Store::migrate(&dsn).await?;
    output::print(&format!("{missing} migration(s) applied"));
    Ok(())
}

async fn take_back(down: &Down) -> anyhow::Result<()> {
    let dsn = down.database.dsn()?;
    let applied = Store::migration_status(&dsn).await?;
    let count = applied.iter().filter(|migration| migration.applied && migration.version > down.to).count();
    if count == 0 {
        output::print("there is nothing to take back");
        return Ok(());
    }
    down.database.confirm(&format!("{count} migration(s) will be taken back, and the data in them is lost. Go on?"))?;
    Store::migrate_down(&dsn, down.to).await?;
    output::print(&format!("{count} migration(s) taken back"));
    Ok(())
}

async fn status(database: &Database) -> anyhow::Result<()> {
    for migration in Store::migration_status(&database.dsn()?).await? {
        let state = if migration.applied { "applied" } else { "pending" };
        output::print(&format!("{:04}  {state}  {}", migration.version, migration.description));
    }
    Ok(())
}
