//! `identities validate`: what an import would refuse, told without a server.

use super::feed;
use crate::cli::config_files::ConfigFiles;
use crate::cli::output;
use anyhow::bail;
use nexus_identity::http::admin::check_identity;
use nexus_identity::schema::{SchemaEntry, SchemaRegistry};
use std::path::PathBuf;

/// The arguments.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    files: ConfigFiles,
    /// Files with identities; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    identities: Vec<PathBuf>,
}

/// Checks the files against the schemas of the configuration.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let config = args.files.load(false)?.config;
    let sources: Vec<SchemaEntry<'_>> = config
        .identity
        .schemas
        .iter()
        .map(|schema| SchemaEntry { id: &schema.id, url: &schema.url, selectable: schema.selfservice_selectable })
        .collect();
    let schemas = SchemaRegistry::load(&config.identity.default_schema_id, &sources).await?;
    let (mut total, mut wrong) = (0, 0);
    for file in &args.identities {
        for entry in feed::read(file)? {
            total += 1;
            if let Err(reason) = check_identity(&schemas, entry.body) {
                wrong += 1;
                output::error(&format!("{}: {reason}", entry.place));
            }
        }
    }
    if wrong > 0 {
        bail!("{wrong} of {total} identities are not valid");
    }
    output::print(&format!("{total} identities are valid"));
    Ok(())
}
