//! `nexus-gateway lint`

use super::ConfigArgs;
use access_rules::document::{Problem, Severity};

/// Arguments of `lint`.
#[derive(clap::Args)]
pub(crate) struct Lint {
    #[command(flatten)]
    config: ConfigArgs,
    /// Warnings fail, too.
    #[arg(long)]
    strict: bool,
}

impl Lint {
    #[expect(clippy::print_stdout, reason = "what it finds is what it is asked for")]
    pub(crate) async fn run(&self) -> anyhow::Result<()> {
        let setup = self.config.load().await?;
        let warnings: Vec<&Problem> = setup.config.warnings.iter().chain(&setup.loaded.warnings).collect();
        for warning in &warnings {
            println!("{warning}");
        }
        let count = setup.loaded.plan.rules.len();
        println!("{count} access rules in {} files, {} warnings", setup.files.len(), warnings.len());
        anyhow::ensure!(
            !self.strict || !warnings.iter().any(|w| w.severity == Severity::Warning),
            "there are warnings"
        );
        Ok(())
    }
}
