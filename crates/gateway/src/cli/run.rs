//! `nexus-gateway run`

use super::{
    ConfigArgs,
    reload::{EnvoyFiles, Reloads},
    service::Service,
};
use crate::{
    envoy, render,
    serve::{self, metrics::Health},
};
use access_rules::document::Problem;
use anyhow::Context;
use std::{path::PathBuf, sync::Arc};

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
        let metrics = match &setup.config.prometheus {
            Some(at) => Some(serve::bind(&at.host, at.port, "serve.prometheus.port").await?),
            None => None,
        };
        let health = Arc::new(Health::new(Some(envoy::Admin::of(&setup.config.envoy, &places.folder))));
        let mut running = envoy::Running::start(&envoy_path, &bootstrap, &setup.config.envoy)?;
        let mut service = Service::start(&setup, api, metrics, Arc::clone(&health))?;
        if let Some((listener, files)) = files {
            service.add(serve::serve(listener, serve::files::router(files)));
        }
        tracing::info!(
            proxy = setup.config.proxy.port,
            api = setup.config.api.port,
            rules = setup.loaded.plan.rules.len(),
            "the gateway runs"
        );
        let files = Some(EnvoyFiles { places, dynamic });
        let current = service.current.clone();
        service.add(Reloads { args: self.config.clone(), files, current, setup, health }.run());
        let result = tokio::select! {
            error = running.ended() => Err(error),
            () = stop_signal() => Ok(()),
        };
        running.stop().await;
        result
    }
}

/// Waits for the end that somebody wants.
pub(super) async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
        (Ok(mut terminate), Ok(mut interrupt)) => {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        }
        _ => std::future::pending().await,
    }
}

pub(super) fn warn(warnings: &[Problem]) {
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
