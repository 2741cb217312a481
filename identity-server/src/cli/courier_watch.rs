//! `courier watch`.

use super::config_files::ConfigFiles;
use crate::telemetry;
use nexus_identity::config::ConfigHandle;
use nexus_identity::http::watch_courier;

/// The arguments.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    files: ConfigFiles,
    /// As for a server in development mode
    #[arg(long)]
    dev: bool,
}

/// Sends queued messages until SIGTERM or Ctrl-C.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let config = args.files.load(args.dev)?.config;
    telemetry::start(&config.log)?;
    watch_courier(ConfigHandle::new(config)).await
}
