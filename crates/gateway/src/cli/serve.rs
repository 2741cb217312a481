//! `nexus-gateway serve`: decisions for other proxies, without Envoy.

use super::{
    ConfigArgs,
    reload::Reloads,
    run::{stop_signal, warn},
    service::Service,
};
use crate::serve::{self, metrics::Health};
use std::sync::Arc;

/// Arguments of `serve`.
#[derive(clap::Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    config: ConfigArgs,
}

impl Serve {
    pub(crate) async fn run(&self) -> anyhow::Result<()> {
        let setup = self.config.load().await?;
        crate::logging::start(&setup.config);
        warn(&setup.config.warnings);
        warn(&setup.loaded.warnings);
        let api = serve::bind(&setup.config.api.host, setup.config.api.port, "serve.api.port").await?;
        let metrics = match &setup.config.prometheus {
            Some(at) => Some(serve::bind(&at.host, at.port, "serve.prometheus.port").await?),
            None => None,
        };
        let health = Arc::new(Health::new(None));
        let mut service = Service::start(&setup, api, metrics, Arc::clone(&health))?;
        let (port, rules) = (setup.config.api.port, setup.loaded.plan.rules.len());
        tracing::info!(api = port, rules, "the decision service runs");
        let current = service.current.clone();
        service.add(Reloads { args: self.config.clone(), files: None, current, setup, health }.run());
        stop_signal().await;
        Ok(())
    }
}
