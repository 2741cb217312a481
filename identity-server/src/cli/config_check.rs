//! `config check`.

use super::config_files::ConfigFiles;
use super::output;

/// The arguments.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    files: ConfigFiles,
    /// As for a server in development mode
    #[arg(long)]
    dev: bool,
}

/// Says whether a server would start on it.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let loaded = args.files.load(args.dev)?;
    let config = &loaded.config;
    let summary = format!(
        "the configuration is valid: public API {}, admin API {}, {} identity schema(s)",
        config.public_url(),
        config.admin_url(),
        config.identity.schemas.len(),
    );
    output::print(&summary);
    Ok(())
}
