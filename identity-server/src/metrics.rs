//! Numbers for Prometheus: requests by route and status, outcomes of flows, what waits where.

use crate::audit::AuditEvent;
use crate::http::app::App;
use prometheus::{
    Encoder as _, Gauge, GaugeVec, HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry, TextEncoder,
};
use std::time::Duration;

/// Upper bounds of the histograms, in seconds.
const BUCKETS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// All numbers of this process. Clones share them.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    requests: HistogramVec,
    events: IntCounterVec,
    deliveries: IntCounterVec,
    hashing: IntGaugeVec,
    messages: IntGaugeVec,
    oldest: Gauge,
    connections: IntGaugeVec,
    reloads: IntCounterVec,
}

impl Metrics {
    /// Every number at nought.
    ///
    /// # Errors
    /// Never in practice: names are constants, and each is there once.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let counter = |name: &str, help: &str, labels: &[&str]| -> Result<IntCounterVec, prometheus::Error> {
            let made = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(made.clone()))?;
            Ok(made)
        };
        let gauge = |name: &str, help: &str, labels: &[&str]| -> Result<IntGaugeVec, prometheus::Error> {
            let made = IntGaugeVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(made.clone()))?;
            Ok(made)
        };
        let options = HistogramOpts::new("nexus_http_requests_duration_seconds", "How long requests took")
            .buckets(BUCKETS.to_vec());
        let requests = HistogramVec::new(options, &["port", "method", "route", "status"])?;
        registry.register(Box::new(requests.clone()))?;
        let oldest = Gauge::new("nexus_courier_oldest_waiting_seconds", "Age of the oldest message that waits")?;
        registry.register(Box::new(oldest.clone()))?;
        let info = GaugeVec::new(Opts::new("nexus_build_info", "The version; always 1"), &["version"])?;
        registry.register(Box::new(info.clone()))?;
        info.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1.0);
        Ok(Self {
            requests,
            events: counter("nexus_events_total", "Events of the audit trail", &["kind", "outcome", "method"])?,
            deliveries: counter(
                "nexus_courier_deliveries_total",
                "Tries to deliver messages",
                &["channel", "outcome"],
            )?,
            hashing: gauge("nexus_hashing", "Password hashes that run and wait, and places for them", &["state"])?,
            messages: gauge("nexus_courier_messages", "Messages of the courier", &["status"])?,
            oldest,
            connections: gauge("nexus_database_connections", "Connections to the database", &["state"])?,
            reloads: counter("nexus_config_reloads_total", "Times the configuration was read again", &["outcome"])?,
            registry,
        })
    }

    /// A request was answered.
    pub fn request(&self, port: &str, method: &str, route: &str, status: u16, took: Duration) {
        // Made-up methods must not make up series.
        let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
        let method = known.iter().find(|known| **known == method).copied().unwrap_or("other");
        self.requests.with_label_values(&[port, method, route, &status.to_string()]).observe(took.as_secs_f64());
    }

    /// Something of the audit trail happened.
    pub fn event(&self, event: &AuditEvent) {
        let method = event.method.as_deref().unwrap_or_default();
        self.events.with_label_values(&[&event.kind, &event.outcome, method]).inc();
    }

    /// A message was tried.
    pub fn delivery(&self, channel: &str, outcome: &str) {
        self.deliveries.with_label_values(&[channel, outcome]).inc();
    }

    /// The configuration was read again.
    pub fn reload(&self, succeeded: bool) {
        self.reloads.with_label_values(&[if succeeded { "success" } else { "failure" }]).inc();
    }

    /// Everything in Prometheus' text format; what waits is counted now.
    pub async fn text(&self, app: &App) -> String {
        let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let hashing = app.hasher.load();
        for (state, number) in [("running", hashing.running), ("waiting", hashing.waiting), ("places", hashing.places)]
        {
            self.hashing.with_label_values(&[state]).set(signed(number as u64));
        }
        let (open, idle) = app.store.connections();
        self.connections.with_label_values(&["open"]).set(signed(u64::from(open)));
        self.connections.with_label_values(&["idle"]).set(signed(idle as u64));
        match app.store.message_counts().await {
            Ok(counts) => {
                for status in ["queued", "processing", "sent", "abandoned"] {
                    let count = counts.iter().find(|(known, ..)| known == status).map_or(0, |(_, count, _)| *count);
                    self.messages.with_label_values(&[status]).set(signed(count));
                }
                let waiting = counts.iter().filter(|(status, ..)| status == "queued" || status == "processing");
                let oldest = waiting.filter_map(|(.., oldest)| *oldest).min();
                self.oldest.set(oldest.map_or(0.0, |oldest| (app.now() - oldest).as_seconds_f64().max(0.0)));
            }
            Err(error) => tracing::warn!(%error, "the courier's queue could not be counted"),
        }
        let mut text = Vec::new();
        if let Err(error) = TextEncoder::new().encode(&self.registry.gather(), &mut text) {
            tracing::error!(%error, "metrics cannot be written");
        }
        String::from_utf8(text).unwrap_or_default()
    }
}
