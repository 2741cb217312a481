//! The filter's configuration, compiled.

use access_rules::{Endpoint, Engine, plan::FilterPlan};
use std::{sync::Arc, time::Duration};

/// The filter's configuration, compiled.
pub(crate) struct Config {
    pub(crate) engine: Arc<Engine>,
    pub(crate) scheme: String,
    pub(crate) trusts_forwarded: bool,
    pub(crate) route_header: String,
    pub(crate) max_calls: usize,
    pub(crate) max_body: usize,
    pub(crate) tells_log: bool,
    pub(crate) needs_client: bool,
    pub(crate) memory: access_rules::plan::MemoryPlan,
    pub(crate) feed: Option<FeedConfig>,
}

/// The feed of changed sessions.
#[derive(Clone, PartialEq)]
pub(crate) struct FeedConfig {
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) interval: Duration,
    pub(crate) deadline: Duration,
}

impl Config {
    /// Reads and compiles the plugin configuration.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, String> {
        let plan: FilterPlan = serde_json::from_slice(bytes)
            .map_err(|error| format!("the plugin configuration cannot be read: {error}"))?;
        let engine = Engine::compile(&plan.plan).map_err(|errors| {
            let all: Vec<String> = errors.iter().map(ToString::to_string).collect();
            format!("the rules do not compile: {}", all.join("; "))
        })?;
        let feed = match plan.feed {
            Some(feed) => Some(FeedConfig {
                endpoint: Arc::new(Endpoint::parse(&feed.url).map_err(|error| format!("feed: {error}"))?),
                interval: Duration::from_millis(feed.interval_ms),
                deadline: Duration::from_millis(feed.deadline_ms),
            }),
            None => None,
        };
        Ok(Self {
            needs_client: engine.needs_client(),
            engine: Arc::new(engine),
            scheme: plan.scheme,
            trusts_forwarded: plan.trust_forwarded_headers,
            route_header: plan.route_header,
            max_calls: plan.max_calls,
            max_body: plan.max_body,
            tells_log: plan.tells_log,
            memory: plan.memory,
            feed,
        })
    }
}
