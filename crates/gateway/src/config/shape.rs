//! The shape of the gateway's configuration: Oathkeeper's keys, and `nexus` for what goes beyond.

use access_rules::{
    document::{Key, Shape, TextKind, key},
    handlers::{ALL, Stage},
};
use std::sync::LazyLock;

const ANY: Shape = Shape::Text(TextKind::Any);
const TEXTS: Shape = Shape::List(&Shape::Text(TextKind::Any), 0);
const DURATION: Shape = Shape::Text(TextKind::Duration);
const PORT: Shape = Shape::Int(0, 65535);

const TIMEOUT: Shape = Shape::Object(&[key("read", &DURATION), key("write", &DURATION), key("idle", &DURATION)]);
const TLS_SOURCE: Shape = Shape::Object(&[key("path", &ANY), key("base64", &ANY)]);
const TLS: Shape = Shape::Object(&[key("key", &TLS_SOURCE), key("cert", &TLS_SOURCE)]);
const API: Shape = Shape::Object(&[
    key("port", &PORT),
    key("host", &ANY),
    key("timeout", &TIMEOUT),
    key("cors", &access_rules::cors::SHAPE),
    key("tls", &TLS),
]);
const PROXY: Shape = Shape::Object(&[
    key("port", &PORT),
    key("host", &ANY),
    key("trust_forwarded_headers", &Shape::Bool),
    key("timeout", &TIMEOUT),
    key("cors", &access_rules::cors::SHAPE),
    key("tls", &TLS),
]);
const PROMETHEUS: Shape = Shape::Object(&[
    key("port", &PORT),
    key("host", &ANY),
    key("metrics_path", &ANY),
    key("metric_name_prefix", &ANY),
    key("hide_request_paths", &Shape::Bool),
    key("collapse_request_paths", &Shape::Bool),
]);
const SERVE: Shape = Shape::Object(&[key("proxy", &PROXY), key("api", &API), key("prometheus", &PROMETHEUS)]);
const ACCESS_RULES: Shape = Shape::Object(&[
    key("repositories", &Shape::List(&Shape::Text(TextKind::Url), 0)),
    key("matching_strategy", &Shape::OneOf(&["regexp", "glob"])),
]);
const LOG: Shape = Shape::Object(&[
    key("level", &Shape::OneOf(&["panic", "fatal", "error", "warn", "info", "debug", "trace"])),
    key("format", &Shape::OneOf(&["json", "json_pretty", "gelf", "text"])),
    key("leak_sensitive_values", &Shape::Bool),
    key("redaction_text", &ANY),
    key("additional_redacted_headers", &TEXTS),
]);
const STORE: Shape = Shape::Object(&[
    access_rules::document::required("url", &Shape::Text(TextKind::Url)),
    key("feed", &Shape::Bool),
    key("ttl", &DURATION),
    key("refusal_ttl", &DURATION),
    key("cookies", &TEXTS),
]);
const SESSION_CACHE: Shape = Shape::Object(&[
    key("stores", &Shape::List(&STORE, 0)),
    key("max_entries", &Shape::Int(0, 10_000_000)),
    key("max_bytes", &Shape::Int(0, 1 << 30)),
    key("staleness", &DURATION),
]);
const SESSION_FEED: Shape = Shape::Object(&[
    access_rules::document::required("url", &Shape::Text(TextKind::Url)),
    key("interval", &DURATION),
    key("timeout", &DURATION),
]);
const CALLS: Shape = Shape::Object(&[
    key("timeout", &DURATION),
    key("connect_timeout", &DURATION),
    key("max_in_flight", &Shape::Int(1, 1_000_000)),
    key("max_body", &Shape::Int(0, 1 << 30)),
]);
const ENVOY: Shape = Shape::Object(&[
    key("concurrency", &Shape::Int(1, 1024)),
    key("admin_host", &ANY),
    key("admin_port", &PORT),
    key("access_log", &ANY),
    key("log_level", &Shape::OneOf(&["trace", "debug", "info", "warning", "error", "critical", "off"])),
]);
const STATIC: Shape = Shape::Object(&[
    key("host", &ANY),
    key("port", &PORT),
    access_rules::document::required("root", &Shape::Text(TextKind::NotEmpty)),
    key("pages", &Shape::List(&Shape::Object(PAGE), 0)),
    key("csp", &ANY),
]);
const PAGE: &[Key] = &[
    access_rules::document::required("path", &Shape::Text(TextKind::NotEmpty)),
    access_rules::document::required("file", &Shape::Text(TextKind::NotEmpty)),
];
const CERTIFICATE: Shape = Shape::Object(&[
    access_rules::document::required("names", &Shape::List(&Shape::Text(TextKind::NotEmpty), 1)),
    key("cert", &TLS_SOURCE),
    key("key", &TLS_SOURCE),
]);
const UPSTREAM: Shape = Shape::Object(&[
    access_rules::document::required("url", &Shape::Text(TextKind::Url)),
    access_rules::document::required("health_path", &Shape::Text(TextKind::NotEmpty)),
    key("interval", &DURATION),
]);
const DECISIONS: Shape = Shape::Object(&[key("trusted_proxies", &TEXTS)]);
const DENIALS: Shape =
    Shape::Object(&[key("log", &Shape::Bool), key("explain_secret", &Shape::Text(TextKind::NotEmpty))]);
/// Keys of our own.
const NEXUS: Shape = Shape::Object(&[
    key("session_cache", &SESSION_CACHE),
    key("session_feed", &SESSION_FEED),
    key("calls", &CALLS),
    key("envoy", &ENVOY),
    key("static", &STATIC),
    key("denials", &DENIALS),
    key("certificates", &Shape::List(&CERTIFICATE, 0)),
    key("upstreams", &Shape::List(&UPSTREAM, 0)),
    key("decisions", &DECISIONS),
]);

/// The whole configuration. Shapes of handlers come from the engine, so that a new handler is known here at once.
pub(crate) static SHAPE: LazyLock<Shape> = LazyLock::new(|| {
    let errors = leak(vec![key("fallback", &TEXTS), key("handlers", leak_shape(section(Stage::Errors)))]);
    Shape::Object(leak(vec![
        key("serve", &SERVE),
        key("access_rules", &ACCESS_RULES),
        key("authenticators", leak_shape(section(Stage::Authenticators))),
        key("authorizers", leak_shape(section(Stage::Authorizer))),
        key("mutators", leak_shape(section(Stage::Mutators))),
        key("errors", leak_shape(Shape::Object(errors))),
        key("log", &LOG),
        key("tracing", &Shape::Any),
        key("profiling", &Shape::OneOf(&["cpu", "mem", ""])),
        key("version", &ANY),
        key("nexus", &NEXUS),
    ]))
});

/// The handlers of a stage: `{enabled, config}` each. Whether settings are complete depends on `enabled`; that is
/// checked when they are read.
fn section(stage: Stage) -> Shape {
    let keys = ALL.iter().filter(|info| info.stage == stage).map(|info| {
        let optional: Vec<Key> = info.keys.iter().map(|k| key(k.name, k.shape)).collect();
        let config: &'static Shape = leak_shape(Shape::Object(leak(optional)));
        key(info.name, leak_shape(Shape::Object(leak(vec![key("enabled", &Shape::Bool), key("config", config)]))))
    });
    Shape::Object(leak(keys.collect()))
}

/// Built once per process.
fn leak(keys: Vec<Key>) -> &'static [Key] {
    Vec::leak(keys)
}

fn leak_shape(shape: Shape) -> &'static Shape {
    Box::leak(Box::new(shape))
}
