//! `identities …`, over the admin API of a running server; `list identities`, `import identities`, … as Kratos spells
//! them.

mod delete;
pub(crate) mod feed;
mod get;
mod import;
mod list;
mod validate;

use super::output;
use serde_json::Value;

pub(crate) use delete::Args as DeleteArgs;
pub(crate) use get::Args as GetArgs;
pub(crate) use import::{Args as ImportArgs, Batches, send};
pub(crate) use list::Args as ListArgs;
pub(crate) use validate::Args as ValidateArgs;

/// The commands.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Makes identities from files: JSON with one or many, or JSON Lines
    Import(import::Args),
    /// Lists identities
    List(list::Args),
    /// Shows identities
    Get(get::Args),
    /// Deletes identities, with their sessions and all else
    Delete(delete::Args),
    /// Checks files as `import` would, without a server
    Validate(validate::Args),
}

macro_rules! from_arguments {
    ($($variant:ident $arguments:ty),*) => {$(
        impl From<$arguments> for Command {
            fn from(arguments: $arguments) -> Self {
                Self::$variant(arguments)
            }
        }
    )*};
}
from_arguments!(Import ImportArgs, List ListArgs, Get GetArgs, Delete DeleteArgs, Validate ValidateArgs);

/// Runs one.
pub(crate) async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Import(args) => import::run(args).await,
        Command::List(args) => list::run(args).await,
        Command::Get(args) => get::run(args).await,
        Command::Delete(args) => delete::run(args).await,
        Command::Validate(args) => validate::run(args).await,
    }
}

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Columns for people
    #[default]
    Table,
    /// JSON on one line
    Json,
    /// JSON with line breaks
    JsonPretty,
}

impl Format {
    /// Prints `value`, which `rows` shows to people.
    pub(crate) fn print(self, value: &Value, rows: impl FnOnce() -> Vec<Vec<String>>) {
        match self {
            Self::Json => output::print(&value.to_string()),
            Self::JsonPretty => output::print(&serde_json::to_string_pretty(value).unwrap_or_default()),
            Self::Table => table(&rows()),
        }
    }
}

/// Columns as wide as their widest entry.
fn table(rows: &[Vec<String>]) {
    let count = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|text| text.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(text, width)| format!("{text:width$}"));
        output::print(cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

/// An identity as a row of a table.
fn row(identity: &Value) -> Vec<String> {
    let text = |key: &str| identity[key].as_str().unwrap_or_default().to_owned();
    let verified = identity["verifiable_addresses"].as_array().into_iter().flatten();
    let verified: Vec<&str> = verified
        .filter(|address| address["verified"] == true)
        .filter_map(|address| address["value"].as_str())
        .collect();
    vec![text("id"), text("state"), text("schema_id"), verified.join(","), identity["traits"].to_string()]
}

/// The head of such a table.
fn head() -> Vec<String> {
    ["ID", "STATE", "SCHEMA", "VERIFIED", "TRAITS"].map(str::to_owned).to_vec()
}
