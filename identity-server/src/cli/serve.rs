//! `serve`.

use super::config_files::ConfigFiles;
use crate::telemetry;
use nexus_identity::config::ConfigHandle;
use nexus_identity::http::{ServeOptions, serve};

/// The arguments.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    files: ConfigFiles,
    /// Development mode: cookies without `Secure`, messages in full, secrets drawn when there are none
    #[arg(long)]
    dev: bool,
    /// Whether this process sends mails as well; it does unless this is `false` and `courier watch` runs elsewhere
    #[arg(long, num_args = 0..=1, default_missing_value = "true", require_equals = true, value_name = "BOOL")]
    watch_courier: Option<bool>,
    /// Taken for Kratos' sake: nothing is ever reported to anybody
    #[arg(long)]
    sqa_opt_out: bool,
}

/// Serves both APIs until SIGTERM or Ctrl-C.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let mut config = args.files.load(args.dev)?.config;
    config.watch_courier = args.watch_courier.or(config.watch_courier);
    telemetry::start(&config.log)?;
    if config.dev {
        tracing::warn!("development mode: do not use this in production");
    }
    let sources = Some(args.files.sources(args.dev));
    serve(ServeOptions { handle: ConfigHandle::new(config), sources }).await
}
