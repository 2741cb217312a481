//! A new configuration without a restart: when a file changes, and on SIGHUP. One that is invalid changes nothing.

use super::app::App;
use super::listen::Certificate;
use crate::config::{Config, Sources};
use axum::Router;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// From look to look at the files.
const PAUSE: Duration = Duration::from_millis(500);

/// Routes that can be switched as a whole; a request runs to its end on those that it began with.
#[derive(Clone)]
pub(super) struct Routes(Arc<RwLock<Router>>);

impl Routes {
    pub(super) fn new(router: Router) -> Self {
        Self(Arc::new(RwLock::new(router)))
    }

    /// The routes as they are now.
    pub(super) fn load(&self) -> Router {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn store(&self, router: Router) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = router;
    }

    /// A router that hands every request to the routes of the moment.
    pub(super) fn service(self) -> Router {
        use tower::ServiceExt as _;
        Router::new().fallback_service(tower::service_fn(move |request: axum::extract::Request| {
            let routes = self.load();
            async move { routes.oneshot(request).await }
        }))
    }
}

/// What a reload switches.
pub(super) struct Reload {
    pub(super) sources: Sources,
    pub(super) app: Arc<App>,
    pub(super) public: Routes,
    pub(super) admin: Routes,
    pub(super) public_certificate: Option<Certificate>,
    pub(super) admin_certificate: Option<Certificate>,
}

type Look = Vec<(PathBuf, Option<(std::time::SystemTime, u64, Option<PathBuf>)>)>;

impl Reload {
    /// Watches until the task is dropped.
    pub(super) async fn run(mut self) {
        let mut hangup = match signal(SignalKind::hangup()) {
            Ok(hangup) => Some(hangup),
            Err(error) => {
                tracing::error!(%error, "cannot listen for SIGHUP");
                None
            }
        };
        let mut seen = self.look();
        loop {
            let forced = tokio::select! {
                () = tokio::time::sleep(PAUSE) => false,
                () = async { match &mut hangup {
                    Some(hangup) => drop(hangup.recv().await),
                    None => std::future::pending().await,
                } } => true,
            };
            let now = self.look();
            if !forced && now == seen {
                continue;
            }
            seen = now;
            match self.reload().await {
                Ok(()) => {
                    self.app.metrics.reload(true);
                    tracing::info!("the configuration was read again and is in force");
                    seen = self.look();
                }
                Err(error) => {
                    self.app.metrics.reload(false);
                    tracing::error!("the configuration was read again and is invalid; the old one stays: {error:#}")
                }
            }
        }
    }

    /// Files that the configuration comes from or refers to. Files swapped by links (config maps) count as changed.
    fn look(&self) -> Look {
        let config = self.app.config();
        let mut files = self.sources.files.clone();
        for tls in [&config.serve.public.tls, &config.serve.admin.tls].into_iter().flatten() {
            files.extend(tls.cert.path.clone());
            files.extend(tls.key.path.clone());
        }
        let resources = config.identity.schemas.iter().map(|schema| schema.url.as_str());
        files.extend(resources.filter_map(|url| url.strip_prefix("file://")).map(PathBuf::from));
        if let Some(folder) = &config.courier.template_override_path {
            below(folder, 0, &mut files);
        }
        let look = |file: PathBuf| {
            let data = std::fs::metadata(&file).ok();
            let seen =
                data.and_then(|data| Some((data.modified().ok()?, data.len(), std::fs::canonicalize(&file).ok())));
            (file, seen)
        };
        files.into_iter().map(look).collect()
    }

    async fn reload(&mut self) -> anyhow::Result<()> {
        let loaded = self.sources.load(&mut StdRng::from_os_rng())?;
        for warning in &loaded.warnings {
            tracing::warn!("{warning}");
        }
        let mut config = loaded.config;
        let old = self.app.config();
        if loaded.drew_secrets {
            // Those of this process, or everybody would be signed out.
            config.secrets.default.clone_from(&old.secrets.default);
        }
        config.dev = old.dev;
        config.watch_courier = old.watch_courier;
        for key in restart_needed(&old, &config) {
            tracing::warn!(key, "this key has changed; it takes effect at the next start");
        }
        let pairs = [
            ("serve.public", &self.public_certificate, &config.serve.public.tls),
            ("serve.admin", &self.admin_certificate, &config.serve.admin.tls),
        ];
        for (key, _, tls) in &pairs {
            if let Some(tls) = tls {
                super::listen::certified(key, tls)?;
            }
        }
        for (key, certificate, tls) in pairs {
            if let (Some(certificate), Some(tls)) = (certificate, tls) {
                certificate.renew(key, tls)?;
            }
        }
        self.app = super::start::renew(&self.app, config).await?;
        self.public.store(super::serve::public_router(self.app.clone()));
        self.admin.store(super::serve::admin_router(self.app.clone()));
        Ok(())
    }
}

fn below(folder: &std::path::Path, depth: usize, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() && depth < 4 {
            below(&path, depth + 1, files);
        } else {
            files.push(path);
        }
    }
}

/// Keys that only a start can change.
fn restart_needed(old: &Config, new: &Config) -> Vec<&'static str> {
    let mut keys = Vec::new();
    let mut differs = |key, changed: bool| {
        if changed {
            keys.push(key);
        }
    };
    differs("dsn", old.dsn != new.dsn);
    differs("log", old.log.level != new.log.level || old.log.format != new.log.format);
    for (key, old, new) in
        [("serve.public", &old.serve.public, &new.serve.public), ("serve.admin", &old.serve.admin, &new.serve.admin)]
    {
        differs(key, old.host != new.host || old.port != new.port || old.tls.is_some() != new.tls.is_some());
    }
    keys
}
