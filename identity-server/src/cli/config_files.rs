//! The arguments that name the configuration, and loading it.

use super::output;
use nexus_identity::config::{Loaded, Sources};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::path::PathBuf;

/// Which configuration.
#[derive(clap::Args, Clone)]
pub(crate) struct ConfigFiles {
    /// A configuration file (YAML, JSON or TOML); may be repeated, later ones win. The environment wins over files
    #[arg(short = 'c', long = "config", value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl ConfigFiles {
    /// Whether no file was named.
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The files and the environment of this process.
    pub(crate) fn sources(&self, dev: bool) -> Sources {
        Sources::with_environment(self.files.clone(), dev)
    }

    /// Loads and checks it; warnings go to standard error.
    pub(crate) fn load(&self, dev: bool) -> anyhow::Result<Loaded> {
        let loaded = self.sources(dev).load(&mut StdRng::from_os_rng())?;
        for warning in &loaded.warnings {
            output::error(&format!("warning: {warning}"));
        }
        Ok(loaded)
    }

    /// The database alone; without files the environment variable DSN is enough.
    pub(crate) fn dsn(&self) -> anyhow::Result<String> {
        match std::env::var("DSN") {
            Ok(dsn) if self.files.is_empty() => Ok(dsn),
            _ => Ok(self.load(false)?.config.dsn),
        }
    }
}
