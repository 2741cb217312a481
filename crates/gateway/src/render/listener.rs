//! The listener of the proxy's port.

use super::Places;
use crate::config::{Config, PemSource};
use access_rules::plan::Plan;
use serde_json::{Value, json};

/// Headers of untrusted clients about where a request came from; Envoy drops them before anything else looks.
const UNTRUSTED: &[&str] = &[
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-method",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-forwarded-uri",
    "x-original-uri",
    "x-original-url",
    "x-real-ip",
    "x-rewrite-url",
];

/// `keeps_bodies`: some rule needs the body of requests for its decision.
pub(super) fn listener(config: &Config, places: &Places, keeps_bodies: bool, plan: &Plan) -> anyhow::Result<Value> {
    let buffer = if keeps_bodies { config.max_body.max(1 << 20) + (64 << 10) } else { 1 << 20 };
    let address = if config.proxy.host.is_empty() { "0.0.0.0" } else { &config.proxy.host };
    let manager = connection_manager(config, places, plan);
    let chain = |pair: Option<&(PemSource, PemSource)>, names: &[String]| {
        let filter = json!({ "name": "envoy.filters.network.http_connection_manager", "typed_config": manager });
        let mut chain = json!({ "filters": [filter] });
        if let (Some(pair), Some(map)) = (pair, chain.as_object_mut()) {
            map.insert("transport_socket".into(), tls(pair));
            if !names.is_empty() {
                map.insert("filter_chain_match".into(), json!({ "server_names": names }));
            }
        }
        chain
    };
    let mut chains: Vec<Value> = config.certificates.iter().map(|more| chain(Some(&more.pair), &more.names)).collect();
    // Without a certificate for every name, names that are not known get no answer.
    if config.proxy.tls.is_some() || chains.is_empty() {
        chains.push(chain(config.proxy.tls.as_ref(), &[]));
    }
    let mut listener = json!({
        "@type": "type.googleapis.com/envoy.config.listener.v3.Listener",
        "name": "proxy",
        "address": { "socket_address": { "address": address, "port_value": config.proxy.port } },
        "per_connection_buffer_limit_bytes": buffer,
        "filter_chains": chains,
    });
    if let (false, Some(map)) = (config.certificates.is_empty(), listener.as_object_mut()) {
        map.insert("listener_filters".into(), json!([{
            "name": "envoy.filters.listener.tls_inspector",
            "typed_config": { "@type": "type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector" },
        }]));
    }
    Ok(listener)
}

fn tls((cert, key): &(PemSource, PemSource)) -> Value {
    let source = |pem: &PemSource| match pem {
        PemSource::Path(path) => json!({ "filename": path }),
        PemSource::Inline(text) => json!({ "inline_string": text }),
    };
    let context = json!({
        "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
        "common_tls_context": {
            "alpn_protocols": ["h2", "http/1.1"],
            "tls_params": { "tls_minimum_protocol_version": "TLSv1_2" },
            "tls_certificates": [{ "certificate_chain": source(cert), "private_key": source(key) }],
        },
    });
    json!({ "name": "envoy.transport_sockets.tls", "typed_config": context })
}

fn connection_manager(config: &Config, places: &Places, plan: &Plan) -> Value {
    let seconds = |time: std::time::Duration| format!("{}s", time.as_secs_f64());
    let router = json!({
        "name": "envoy.filters.http.router",
        "typed_config": { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router", "suppress_envoy_headers": true },
    });
    let mut filters = Vec::new();
    if places.filter.is_some() {
        filters.push(json!({
            "name": "nexus.access_rules",
            "config_discovery": {
                "config_source": {
                    "path_config_source": { "path": places.folder.join("dynamic/filter.yaml") },
                    "resource_api_version": "V3",
                },
                "type_urls": ["type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm"],
            },
        }));
    }
    if plan.rules.iter().any(|rule| rule.rate_limit.is_some()) {
        // Behind the rules: their routes hold the limits. Without a route's own limit it does nothing.
        filters.push(json!({
            "name": super::routes::RATE_LIMIT,
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit",
                "stat_prefix": "none",
            },
        }));
    }
    filters.push(router);
    let removed: &[&str] = if config.trust_forwarded_headers { &[] } else { UNTRUSTED };
    let mutations: Vec<Value> = removed.iter().map(|name| json!({ "remove": name })).collect();
    let mut manager = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "proxy",
        "codec_type": "AUTO",
        "rds": {
            "route_config_name": "rules",
            "config_source": {
                "path_config_source": { "path": places.folder.join("dynamic/routes.yaml") },
                "resource_api_version": "V3",
            },
        },
        // Nothing is repaired on the way to the filter, which refuses what could be read in two ways.
        "normalize_path": false,
        "merge_slashes": false,
        "path_with_escaped_slashes_action": "KEEP_UNCHANGED",
        "strip_trailing_host_dot": true,
        // The client's address comes from the connection, or from so many trusted proxies.
        "use_remote_address": true,
        "xff_num_trusted_hops": u32::from(config.trust_forwarded_headers),
        "early_header_mutation_extensions": [],
        "generate_request_id": false,
        "preserve_external_request_id": true,
        "server_header_transformation": "PASS_THROUGH",
        "max_request_headers_kb": 96,
        "request_headers_timeout": seconds(config.proxy.read_timeout),
        "stream_idle_timeout": "300s",
        "common_http_protocol_options": {
            "idle_timeout": seconds(config.proxy.idle_timeout),
            "headers_with_underscores_action": "REJECT_REQUEST",
        },
        // Rules may list any method.
        "http_protocol_options": { "allow_custom_methods": true },
        "http2_protocol_options": {
            "max_concurrent_streams": 128,
            "initial_stream_window_size": 65536,
            "initial_connection_window_size": 1_048_576,
        },
        "upgrade_configs": [{ "upgrade_type": "websocket" }],
        "http_filters": filters,
    });
    if let Some(map) = manager.as_object_mut() {
        if mutations.is_empty() {
            map.remove("early_header_mutation_extensions");
        } else {
            map.insert("early_header_mutation_extensions".into(), json!([{
                "name": "untrusted",
                "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation",
                    "mutations": mutations,
                },
            }]));
        }
        if let Some(path) = &config.envoy.access_log {
            map.insert(
                "access_log".into(),
                json!([{
                    "name": "json",
                    "typed_config": {
                        "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
                        "path": path,
                        "log_format": { "json_format": {
                            "time": "%START_TIME%",
                            "method": "%REQ(:METHOD)%",
                            // The path without its query, which may hold codes and tokens.
                            "path": "%PATH(WQ:ORIG)%",
                            "host": "%REQ(:AUTHORITY)%",
                            "status": "%RESPONSE_CODE%",
                            "flags": "%RESPONSE_FLAGS%",
                            "duration_ms": "%DURATION%",
                            "bytes_received": "%BYTES_RECEIVED%",
                            "bytes_sent": "%BYTES_SENT%",
                            "client": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
                            "upstream": "%UPSTREAM_CLUSTER%",
                            "request_id": "%REQ(X-REQUEST-ID)%",
                            "rule": "%FILTER_STATE(wasm.nexus_rule:PLAIN)%",
                            "subject": "%FILTER_STATE(wasm.nexus_subject:PLAIN)%",
                            "decision": "%FILTER_STATE(wasm.nexus_decision:PLAIN)%",
                        } },
                    },
                }]),
            );
        }
    }
    manager
}
