//! `migrate`: the database's schema, up, down and as it is.

use super::database::Database;
use super::output;
use nexus_identity::store::Store;

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
