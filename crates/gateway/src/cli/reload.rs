//! Rules and configuration change while the gateway runs.

use super::{ConfigArgs, Setup, refused, repositories, run::warn};
use crate::{
    config::Config,
    render,
    repositories::Repository,
    serve::{
        metrics::Health,
        rules::{Current, RuleSet},
    },
    watch::Watch,
};
use access_rules::rules::{Loaded, RuleFile};
use std::{path::PathBuf, sync::Arc, time::Duration};

/// How long Envoy has to take over new clusters and routes before the filter names them, and to finish with old ones.
const SETTLE: Duration = Duration::from_millis(500);

/// Follows changes of configuration and rule files.
pub(super) struct Reloads {
    pub(super) args: ConfigArgs,
    /// The files that Envoy watches; without an Envoy there are none.
    pub(super) files: Option<EnvoyFiles>,
    pub(super) current: Current,
    pub(super) setup: Setup,
    pub(super) health: Arc<Health>,
}

/// The files that Envoy watches.
pub(super) struct EnvoyFiles {
    pub(super) places: render::Places,
    pub(super) dynamic: render::Dynamic,
}

impl Reloads {
    /// Follows them for ever.
    pub(super) async fn run(mut self) {
        loop {
            let mut files = self.args.config.clone();
            files.extend(self.setup.repositories.iter().filter_map(|repository| match repository {
                Repository::File(path) => Some(path.clone()),
                _ => None,
            }));
            files.extend(
                self.setup.loaded.plan.key_sets.keys().filter_map(|url| url.strip_prefix("file://")).map(PathBuf::from),
            );
            let mut watch = Watch::new(files);
            // What was written between the last look and the first of this watch must not be missed.
            match self.reload().await {
                Ok(()) => self.health.reloaded(),
                Err(error) => {
                    tracing::error!("the old rules stay: {error:#}");
                    self.health.refused();
                }
            }
            watch.changed().await;
        }
    }

    /// Reads everything again; a set that cannot be used changes nothing.
    async fn reload(&mut self) -> anyhow::Result<()> {
        let config = self.args.read().await?;
        let repositories = repositories(&config)?;
        let mut files: Vec<RuleFile> = Vec::new();
        for repository in &repositories {
            let known = self
                .setup
                .repositories
                .iter()
                .position(|old| old == repository)
                .and_then(|at| self.setup.files.get(at));
            match (repository, known) {
                // What is not on this machine is read once, as Oathkeeper does.
                (Repository::Http(_) | Repository::Inline(_), Some(known)) => files.push(known.clone()),
                (_, known) => match (repository.read().await, known) {
                    (Ok(file), _) => files.push(file),
                    // A file that is gone leaves its rules.
                    (Err(error), Some(known)) => {
                        tracing::warn!("{error:#}; its rules stay");
                        files.push(known.clone());
                    }
                    (Err(error), None) => return Err(error),
                },
            }
        }
        let mut loaded =
            crate::serve::rules::compile(&config, &files).map_err(|problems| refused("access rules", &problems))?;
        if files == self.setup.files
            && same(&config, &self.setup.config)
            && loaded.plan.key_sets == self.setup.loaded.plan.key_sets
        {
            return Ok(());
        }
        warn(&loaded.warnings);
        self.apply(&config, &mut loaded).await?;
        tracing::info!(rules = loaded.plan.rules.len(), "the rules were changed");
        self.setup = Setup { config, repositories, files, loaded };
        Ok(())
    }

    async fn apply(&mut self, config: &Config, loaded: &mut Loaded) -> anyhow::Result<()> {
        let Some(EnvoyFiles { places, dynamic }) = &mut self.files else {
            self.current.set(RuleSet::from(&*loaded));
            return Ok(());
        };
        let next = render::dynamic(config, &mut loaded.plan, &loaded.engine, places, Some(dynamic))?;
        let only_filter = next.routes == dynamic.routes && next.clusters == dynamic.clusters;
        render::begin_change(dynamic, &next, places)?;
        if !only_filter {
            tokio::time::sleep(SETTLE).await;
        }
        render::change_filter(dynamic, &next, places)?;
        self.current.set(RuleSet::from(&*loaded));
        if !only_filter {
            tokio::time::sleep(SETTLE).await;
            render::finish_change(&next, places)?;
        }
        *dynamic = next;
        Ok(())
    }
}

/// Whether two configurations mean the same for rules.
fn same(a: &Config, b: &Config) -> bool {
    format!("{:?}", a.rules) == format!("{:?}", b.rules)
}
