//! The decision service: what `run` and `serve` have in common.

use super::Setup;
use crate::serve::{
    self,
    api::Api,
    calls::{Caller, Native},
    metrics::{self, Health},
    rules::{Current, RuleSet},
};
use access_rules::{Host, State};
use std::{future::Future, sync::Arc, time::Duration};
use tokio::{net::TcpListener, task::JoinSet};

/// The decision service and everything that goes on beside it; ends when dropped.
pub(super) struct Service {
    pub(super) current: Current,
    tasks: JoinSet<()>,
}

/// From one look at the age of key sets to the next.
const KEYS: Duration = Duration::from_millis(500);

impl Service {
    /// Serves decisions, follows the feed of changed sessions, keeps key sets fresh, and tells numbers.
    pub(super) fn start(
        setup: &Setup,
        api: TcpListener,
        numbers: Option<TcpListener>,
        health: Arc<Health>,
    ) -> anyhow::Result<Self> {
        let current = Current::new(RuleSet::from(&setup.loaded));
        let state = Arc::new(State::new(serve::calls::random()));
        let memory = setup.config.memory;
        state.facts.configure(memory.max_entries, memory.max_bytes, Duration::from_millis(memory.staleness_ms));
        let caller = Arc::new(Caller::new(setup.config.connect_timeout, setup.config.max_calls)?);
        health.watch(current.clone(), Arc::clone(&state));
        let mut service = Self { current: current.clone(), tasks: JoinSet::new() };
        if let Some(feed) = setup.config.feed.clone() {
            service.add(serve::feed::follow(feed, Arc::clone(&state)));
        }
        service.add(keep_keys(current.clone(), Arc::clone(&state), Arc::clone(&caller)));
        if let Some(listener) = numbers {
            service.add(serve::serve(listener, metrics::router(Arc::clone(&health))));
        }
        let router = Api::new(current, state, caller, health, &setup.config).router();
        match &setup.config.api.tls {
            Some(tls) => service.add(serve::tls::serve(api, router, serve::tls::config(tls)?)),
            None => service.add(serve::serve(api, router)),
        }
        Ok(service)
    }

    /// Something that goes on until the service ends.
    pub(super) fn add<T: Send + 'static>(&mut self, work: impl Future<Output = T> + Send + 'static) {
        self.tasks.spawn(async move {
            work.await;
        });
    }
}

/// Fetches key sets before they are too old.
async fn keep_keys(current: Current, state: Arc<State>, caller: Arc<Caller>) {
    let host: Arc<dyn Host> = Arc::new(Native);
    loop {
        let engine = current.get().engine;
        if engine.fetches_keys() {
            caller.run(engine.keep_keys_fresh(&host, &state), async || None).await;
        }
        tokio::time::sleep(KEYS).await;
    }
}
