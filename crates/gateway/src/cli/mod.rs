//! The command line.

pub(crate) mod check;
pub(crate) mod explain;
mod reload;
pub(crate) mod render;
pub(crate) mod run;
pub(crate) mod serve;
mod service;

use crate::{
    config::{Config, Source},
    repositories::Repository,
};
use access_rules::{
    document::Problems,
    rules::{Loaded, RuleFile},
};
use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Ory Oathkeeper's rules in front of your services: Envoy with the rules inside, and a decision API.
#[derive(Parser)]
#[command(name = "nexus-gateway", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run Envoy with the filter on serve.proxy and the decision API on serve.api.
    Run(run::Run),
    /// Serve decisions for other proxies on serve.api, without Envoy.
    Serve(serve::Serve),
    /// Write the complete configuration of Envoy, for an Envoy that is run by itself.
    Render(render::Render),
    /// Check configuration and rules.
    Lint(check::Lint),
    /// Tell what would be done with a request, and why.
    Explain(explain::Explain),
    /// Start a program and stop it when standard input ends.
    #[command(hide = true)]
    Guard {
        program: PathBuf,
        #[arg(last = true)]
        arguments: Vec<String>,
    },
}

/// Where the configuration is.
#[derive(Args, Clone)]
pub(crate) struct ConfigArgs {
    /// Configuration file (YAML or JSON, Oathkeeper's keys); later files are laid over earlier ones.
    #[arg(short, long = "config", value_name = "FILE", required = true)]
    pub(crate) config: Vec<PathBuf>,
}

/// Configuration and rules, read and checked.
pub(crate) struct Setup {
    pub(crate) config: Config,
    pub(crate) repositories: Vec<Repository>,
    pub(crate) files: Vec<RuleFile>,
    pub(crate) loaded: Loaded,
}

impl ConfigArgs {
    /// Reads the configuration.
    pub(crate) async fn read(&self) -> anyhow::Result<Config> {
        let mut sources: Vec<Source> = Vec::new();
        for file in &self.config {
            let text =
                tokio::fs::read_to_string(file).await.with_context(|| format!("cannot read {}", file.display()))?;
            sources.push((file.display().to_string(), text));
        }
        Config::read(&sources, std::env::vars()).map_err(|problems| refused("configuration", &problems))
    }

    /// Reads configuration and rules.
    pub(crate) async fn load(&self) -> anyhow::Result<Setup> {
        let config = self.read().await?;
        let repositories = repositories(&config)?;
        let mut files = Vec::new();
        for repository in &repositories {
            files.push(repository.read().await?);
        }
        let loaded =
            crate::serve::rules::compile(&config, &files).map_err(|problems| refused("access rules", &problems))?;
        Ok(Setup { config, repositories, files, loaded })
    }
}

/// The repositories of a configuration.
pub(crate) fn repositories(config: &Config) -> anyhow::Result<Vec<Repository>> {
    let all: Result<Vec<_>, _> = config.repositories.iter().map(|(url, place)| Repository::parse(url, place)).collect();
    all.map_err(|problem| refused("configuration", &Problems(vec![problem])))
}

/// An error that lists everything that is wrong.
pub(crate) fn refused(what: &str, problems: &Problems) -> anyhow::Error {
    anyhow::anyhow!("the {what} cannot be used:\n{problems}")
}
