//! `nexus-gateway render`

use super::ConfigArgs;
use crate::{envoy, render};
use anyhow::Context;
use std::path::PathBuf;

/// Arguments of `render`.
#[derive(clap::Args)]
pub(crate) struct Render {
    #[command(flatten)]
    config: ConfigArgs,
    /// The folder to write to.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// The filter (default: beside this program).
    #[arg(long, value_name = "FILE")]
    filter: Option<PathBuf>,
    /// Leave the filter out: everything goes to the upstream of most rules, unprotected. For measurements only.
    #[arg(long, conflicts_with = "filter")]
    without_filter: bool,
}

impl Render {
    #[expect(clippy::print_stdout, reason = "says where the result is")]
    pub(crate) async fn run(&self) -> anyhow::Result<()> {
        let mut setup = self.config.load().await?;
        let filter = if self.without_filter { None } else { Some(envoy::find_filter(self.filter.as_deref())?) };
        std::fs::create_dir_all(&self.output).with_context(|| format!("cannot make {}", self.output.display()))?;
        let places = render::Places { folder: self.output.canonicalize()?, filter };
        let dynamic = render::dynamic(&setup.config, &mut setup.loaded.plan, &setup.loaded.engine, &places, None)?;
        let bootstrap = render::write_all(&setup.config, &dynamic, &places)?;
        println!("start Envoy with: envoy -c {}", bootstrap.display());
        Ok(())
    }
}
