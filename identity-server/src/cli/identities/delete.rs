//! `identities delete`.

use crate::cli::api::Endpoint;
use crate::cli::output;
use anyhow::bail;
use uuid::Uuid;

/// The arguments.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    endpoint: Endpoint,
    /// The identities' ids
    #[arg(required = true)]
    ids: Vec<Uuid>,
}

/// Deletes what can be deleted and prints it; whatever could not be is an error in the end.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let api = args.endpoint.connect()?;
    let mut failed = 0;
    for id in &args.ids {
        match api.delete(&format!("admin/identities/{id}")).await?.success(&id.to_string()) {
            Ok(_) => output::print(&id.to_string()),
            Err(error) => {
                failed += 1;
                output::error(&format!("{error:#}"));
            }
        }
    }
    if failed > 0 {
        bail!("{failed} of {} identities were not deleted", args.ids.len());
    }
    Ok(())
}
