//! `identities get`.

use super::{Format, head, row};
use crate::cli::api::Endpoint;
use serde_json::Value;
use uuid::Uuid;

/// The arguments.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    endpoint: Endpoint,
    /// The identities' ids
    #[arg(required = true)]
    ids: Vec<Uuid>,
    /// Credentials to show in full, e.g. `oidc`
    #[arg(long, short = 'i', value_delimiter = ',')]
    include_credentials: Vec<String>,
    /// How to print them
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Prints them; one that is not there is an error.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let api = args.endpoint.connect()?;
    let query: Vec<(&str, &str)> =
        args.include_credentials.iter().map(|kind| ("include_credential", kind.as_str())).collect();
    let mut found = Vec::with_capacity(args.ids.len());
    for id in &args.ids {
        found.push(api.get(&format!("admin/identities/{id}"), &query).await?.success(&id.to_string())?);
    }
    let value = if found.len() == 1 { found[0].clone() } else { Value::Array(found.clone()) };
    args.format.print(&value, || std::iter::once(head()).chain(found.iter().map(row)).collect());
    Ok(())
}
