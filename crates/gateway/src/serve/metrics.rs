//! Numbers in Prometheus' text format: this process's own, and those of its Envoy.

use super::rules::Current;
use crate::envoy::Admin;
use access_rules::State;
use axum::{
    Router,
    extract::Request,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use std::{
    fmt::Write,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
};

/// How the process is doing.
#[derive(Default)]
pub(crate) struct Health {
    /// Envoy's own interface for numbers.
    envoy: Option<Admin>,
    watched: OnceLock<(Current, Arc<State>)>,
    outdated: AtomicBool,
    reloads: AtomicU64,
    refused: AtomicU64,
    passed: AtomicU64,
    denied: AtomicU64,
}

impl Health {
    pub(crate) fn new(envoy: Option<Admin>) -> Self {
        Self { envoy, ..Self::default() }
    }

    /// Whose numbers are told.
    pub(crate) fn watch(&self, current: Current, state: Arc<State>) {
        let _ = self.watched.set((current, state));
    }

    /// Rules and configuration were read and could be used.
    pub(crate) fn reloaded(&self) {
        self.reloads.fetch_add(1, Relaxed);
        self.outdated.store(false, Relaxed);
    }

    /// Rules or configuration could not be used; the old ones stay.
    pub(crate) fn refused(&self) {
        self.refused.fetch_add(1, Relaxed);
        self.outdated.store(true, Relaxed);
    }

    /// Whether the rules in use are older than the files.
    pub(crate) fn is_outdated(&self) -> bool {
        self.outdated.load(Relaxed)
    }

    /// A decision of the API.
    pub(crate) fn decided(&self, passes: bool) {
        if passes { &self.passed } else { &self.denied }.fetch_add(1, Relaxed);
    }

    /// All numbers.
    pub(crate) async fn text(&self) -> String {
        let mut out = String::new();
        let mut family = |name: &str, kind: &str, help: &str, lines: &[(&str, u64)]| {
            let _ = writeln!(out, "# HELP nexus_gateway_{name} {help}\n# TYPE nexus_gateway_{name} {kind}");
            for (labels, value) in lines {
                let _ = writeln!(out, "nexus_gateway_{name}{labels} {value}");
            }
        };
        let reads =
            [("{result=\"ok\"}", self.reloads.load(Relaxed)), ("{result=\"refused\"}", self.refused.load(Relaxed))];
        family("reloads_total", "counter", "Times that rules and configuration were read.", &reads);
        let outdated = u64::from(self.is_outdated());
        family(
            "rules_outdated",
            "gauge",
            "1 while a changed rule set is refused and the old one in use.",
            &[("", outdated)],
        );
        let decisions =
            [("{decision=\"pass\"}", self.passed.load(Relaxed)), ("{decision=\"refuse\"}", self.denied.load(Relaxed))];
        family("decisions_total", "counter", "Decisions of the API.", &decisions);
        if let Some((current, state)) = self.watched.get() {
            family("rules", "gauge", "Access rules in use.", &[("", current.get().listing.len() as u64)]);
            let (counts, entries, bytes) = state.facts.counts();
            let lookups = [("{result=\"hit\"}", counts.hits), ("{result=\"miss\"}", counts.misses)];
            family("session_lookups_total", "counter", "Look-ups of sessions in the API's memory.", &lookups);
            family("sessions_revoked_total", "counter", "Sessions dropped after a change.", &[("", counts.revoked)]);
            family("sessions_evicted_total", "counter", "Sessions dropped for room.", &[("", counts.evicted)]);
            family("sessions", "gauge", "Sessions and refusals in the API's memory.", &[("", entries as u64)]);
            family("sessions_bytes", "gauge", "Their weight.", &[("", bytes as u64)]);
            if let Some(age) = state.facts.feed_age(super::now()) {
                let age = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
                family("session_feed_age_milliseconds", "gauge", "Age of the feed's last word.", &[("", age)]);
            }
        }
        if let Some(envoy) = &self.envoy {
            match envoy.get("/stats/prometheus").await {
                Ok(text) => out.push_str(&text),
                Err(error) => tracing::warn!("Envoy's numbers cannot be read: {error:#}"),
            }
        }
        out
    }

    /// The answer to a scrape.
    pub(crate) async fn answer(&self) -> Response {
        ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], self.text().await).into_response()
    }
}

/// Numbers at every path, as Oathkeeper serves them on serve.prometheus.
pub(crate) fn router(health: Arc<Health>) -> Router {
    Router::new().fallback(move |_: Request| {
        let health = Arc::clone(&health);
        async move { health.answer().await }
    })
}
