//! `cleanup`: removes what has had its time.

use super::database::Database;
use super::output;
use anyhow::Context as _;
use nexus_identity::http::app::{Clock as _, SystemClock};
use nexus_identity::store::{Cleanup, Store};
use std::time::Duration;

/// `cleanup`, and `cleanup sql` as Kratos spells it.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    options: Options,
}

#[derive(clap::Subcommand)]
enum Command {
    /// The same as Kratos spells it
    Sql(Options),
}

#[derive(clap::Args)]
struct Options {
    #[command(flatten)]
    database: Database,
    /// How many rows are removed at a time
    #[arg(short, long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    batch_size: u32,
    /// Keeps what has ended within this time, e.g. 24h
    #[arg(long, default_value = "0s", value_parser = duration)]
    keep_last: Duration,
    /// Waits between two batches, so that a busy database stays quick
    #[arg(long, default_value = "0s", value_parser = duration)]
    sleep_tables: Duration,
}

/// A duration as the configuration spells it; a bare number, as Kratos takes it, is seconds.
fn duration(text: &str) -> Result<Duration, String> {
    if let Ok(seconds) = text.parse() {
        return Ok(Duration::from_secs(seconds));
    }
    nexus_identity::config::parse_duration(text)
}

/// Removes it, batch by batch, and says how much.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let options = match args.command {
        Some(Command::Sql(options)) => options,
        None => args.options,
    };
    let (dsn, sealer) = (options.database.dsn()?, nexus_identity::crypto::Sealer::new(&[]));
    let store = Store::open(&dsn, sealer).await.context("opening the database")?;
    store.ready().await.context("the database is not migrated; run `nexus-identity migrate` first")?;
    let before = SystemClock.now() - options.keep_last;
    for what in Cleanup::ALL {
        let mut removed = 0;
        loop {
            let count = store.clean_up(what, before, options.batch_size).await?;
            removed += count;
            if count < u64::from(options.batch_size) {
                break;
            }
            tokio::time::sleep(options.sleep_tables).await;
        }
        output::print(&format!("{}: {removed} removed", what.name()));
    }
    Ok(())
}
