//! `nexus-gateway run`

use super::{ConfigArgs, Setup, refused, repositories};
use crate::{
    config::Config,
    envoy, render,
    repositories::Repository,
    serve::{
        self,
        api::Api,
        calls::Caller,
        rules::{Current, RuleSet},
    },
    watch::Watch,
};
use access_rules::{
    State,
    document::Problem,
    rules::{Loaded, RuleFile},
};
use anyhow::Context;
use std::{path::PathBuf, sync::Arc, time::Duration};

/// Arguments of `run`.
#[derive(clap::Args)]
pub(crate) struct Run {
    #[command(flatten)]
    config: ConfigArgs,
    /// Envoy's binary (default: from PATH or the tool folder).
    #[arg(long, env = "NEXUS_ENVOY", value_name = "FILE")]
    envoy: Option<PathBuf>,
    /// The filter (default: beside this program).
    #[arg(long, env = "NEXUS_FILTER", value_name = "FILE")]
    filter: Option<PathBuf>,
    /// The folder for Envoy's files (default: a new temporary one, removed at the end).
    #[arg(long, value_name = "DIR")]
    work: Option<PathBuf>,
}

/// How long Envoy has to take over new clusters and routes before the filter names them, and to finish with old ones.
const SETTLE: Duration = Duration::from_millis(500);

impl Run {
    pub(crate) async fn run(&self) -> anyhow::Result<()> {
        let mut setup = self.config.load().await?;
        crate::logging::start(&setup.config);
        warn(&setup.config.warnings);
        warn(&setup.loaded.warnings);
        let envoy_path = envoy::find(self.envoy.as_deref())?;
        let filter = envoy::find_filter(self.filter.as_deref())?;
        envoy::check_version(&envoy_path).await?;
        let folder = WorkFolder::new(self.work.as_deref())?;
        let places = render::Places { folder: folder.path.clone(), filter: Some(filter) };
        let dynamic = render::dynamic(&setup.config, &mut setup.loaded.plan, &setup.loaded.engine, &places, None)?;
        let bootstrap = render::write_all(&setup.config, &dynamic, &places)?;

        // A port that is taken is told here, in one line, before anything runs.
        drop(serve::bind(&setup.config.proxy.host, setup.config.proxy.port, "serve.proxy.port").await?);
        let api = serve::bind(&setup.config.api.host, setup.config.api.port, "serve.api.port").await?;
        let files = match &setup.config.files {
            Some(files) => Some((serve::bind(&files.host, files.port, "nexus.static.port").await?, files.clone())),
            None => None,
        };
        let current = Current::new(RuleSet::from(&setup.loaded));
        let state = Arc::new(State::new(serve::calls::random()));
        let memory = setup.config.memory;
        state.facts.configure(memory.max_entries, memory.max_bytes, Duration::from_millis(memory.staleness_ms));
        let caller = Arc::new(Caller::new(setup.config.connect_timeout, setup.config.max_calls)?);
        let mut running = envoy::Running::start(&envoy_path, &bootstrap, &setup.config.envoy)?;
        let feed = setup.config.feed.clone().map(|feed| tokio::spawn(serve::feed::follow(feed, Arc::clone(&state))));
        let router = Api::new(current.clone(), state, caller, &setup.config).router();
        let api = tokio::spawn(serve::serve(api, router));
        let files = files.map(|(listener, files)| tokio::spawn(serve::serve(listener, serve::files::router(files))));
        tracing::info!(
            proxy = setup.config.proxy.port,
            api = setup.config.api.port,
            rules = setup.loaded.plan.rules.len(),
            "the gateway runs"
        );
        let reloads = Reloads { args: self.config.clone(), places, current, setup, dynamic };
        let reloads = tokio::spawn(reloads.run());
        let result = tokio::select! {
            error = running.ended() => Err(error),
            () = stop_signal() => Ok(()),
        };
        running.stop().await;
        reloads.abort();
        api.abort();
        for task in [feed.map(|task| task.abort_handle()), files.map(|task| task.abort_handle())].into_iter().flatten()
        {
            task.abort();
        }
        result
    }
}

/// Waits for the end that somebody wants.
async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
        (Ok(mut terminate), Ok(mut interrupt)) => {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        }
        _ => std::future::pending().await,
    }
}

fn warn(warnings: &[Problem]) {
    for warning in warnings {
        tracing::warn!("{warning}");
    }
}

/// The folder for Envoy's files.
struct WorkFolder {
    path: PathBuf,
    temporary: bool,
}

impl WorkFolder {
    fn new(named: Option<&std::path::Path>) -> anyhow::Result<Self> {
        let (path, temporary) = match named {
            Some(path) => (path.to_owned(), false),
            None => {
                let name: String = serve::calls::random().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
                (std::env::temp_dir().join(format!("nexus-gateway-{name}")), true)
            }
        };
        std::fs::create_dir_all(&path).with_context(|| format!("cannot make the folder {}", path.display()))?;
        // The filter's configuration may hold secrets of handlers.
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
        Ok(Self { path: path.canonicalize()?, temporary })
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        if self.temporary {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

/// Follows changes of configuration and rule files.
struct Reloads {
    args: ConfigArgs,
    places: render::Places,
    current: Current,
    setup: Setup,
    dynamic: render::Dynamic,
}

impl Reloads {
    async fn run(mut self) {
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
            if let Err(error) = self.reload().await {
                tracing::error!("the old rules stay: {error:#}");
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
        let next = render::dynamic(config, &mut loaded.plan, &loaded.engine, &self.places, Some(&self.dynamic))?;
        let only_filter = next.routes == self.dynamic.routes && next.clusters == self.dynamic.clusters;
        render::begin_change(&self.dynamic, &next, &self.places)?;
        if !only_filter {
            tokio::time::sleep(SETTLE).await;
        }
        render::change_filter(&self.dynamic, &next, &self.places)?;
        self.current.set(RuleSet::from(&*loaded));
        if !only_filter {
            tokio::time::sleep(SETTLE).await;
            render::finish_change(&next, &self.places)?;
        }
        self.dynamic = next;
        Ok(())
    }
}

/// Whether two configurations mean the same for rules.
fn same(a: &Config, b: &Config) -> bool {
    format!("{:?}", a.rules) == format!("{:?}", b.rules)
}
