//! The arguments that name the database.

use super::config_files::ConfigFiles;
use super::output;
use anyhow::{Context as _, bail};
use nexus_identity::store::Dsn;
use std::io::IsTerminal as _;

/// Which database, and whether to ask.
#[derive(clap::Args)]
pub(crate) struct Database {
    /// The database; without it the configuration or the environment variable DSN tells
    dsn: Option<String>,
    /// Takes the database from the environment variable DSN
    #[arg(short = 'e', long)]
    read_from_env: bool,
    #[command(flatten)]
    confirmation: Confirmation,
    #[command(flatten)]
    files: ConfigFiles,
}

/// Whether to ask.
#[derive(clap::Args)]
pub(crate) struct Confirmation {
    /// Does not ask
    #[arg(short, long)]
    yes: bool,
}

impl Database {
    /// Its name.
    pub(crate) fn dsn(&self) -> anyhow::Result<Dsn> {
        let text = match &self.dsn {
            Some(dsn) => dsn.clone(),
            None if self.read_from_env => {
                std::env::var("DSN").context("-e is given, but the environment variable DSN is not set")?
            }
            None => self.files.dsn()?,
        };
        Dsn::parse(&text).map_err(|reason| anyhow::anyhow!("dsn: {reason}"))
    }

    /// See [`Confirmation::confirm`].
    pub(crate) fn confirm(&self, question: &str) -> anyhow::Result<()> {
        self.confirmation.confirm(question)
    }
}

impl Confirmation {
    /// Asks unless it need not. Without a terminal nobody can answer, so nothing is done.
    pub(crate) fn confirm(&self, question: &str) -> anyhow::Result<()> {
        if self.yes {
            return Ok(());
        }
        if !std::io::stdin().is_terminal() {
            bail!("{question} There is no terminal to answer at; add --yes.");
        }
        output::error(&format!("{question} [y/N]"));
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer)?;
        if !matches!(answer.trim(), "y" | "Y" | "yes") {
            bail!("nothing was changed");
        }
        Ok(())
    }
}
