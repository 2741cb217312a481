//! Clusters: one for each origin that is an upstream or is called by a handler.

use crate::config::Config;
use access_rules::Endpoint;
use serde_json::{Value, json};

/// Certificate authorities of the system, on the distributions that matter.
const AUTHORITIES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The name of the cluster for an upstream. Over HTTP/2 it is another one than that for the calls of handlers.
pub(super) fn name(endpoint: &Endpoint, http2: bool) -> String {
    if http2 { format!("{}_h2", endpoint.cluster()) } else { endpoint.cluster() }
}

/// The cluster of an upstream, with what the configuration says about it.
pub(super) fn upstream(config: &Config, endpoint: &Endpoint, http2: bool) -> Value {
    let mut cluster = cluster(config, endpoint);
    let Some(map) = cluster.as_object_mut() else { return cluster };
    map.insert("name".into(), json!(name(endpoint, http2)));
    if http2 {
        map.insert("typed_extension_protocol_options".into(), json!({
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                "explicit_http_config": { "http2_protocol_options": { "connection_keepalive": { "interval": "30s", "timeout": "5s" } } },
            },
        }));
    }
    if let Some(known) = config.upstreams.iter().find(|known| known.url == endpoint.origin()) {
        map.insert(
            "health_checks".into(),
            json!([{
                "timeout": "2s",
                "interval": format!("{}s", known.interval.as_secs_f64()),
                "unhealthy_threshold": 2,
                "healthy_threshold": 1,
                "http_health_check": { "path": known.health_path, "host": endpoint.authority() },
            }]),
        );
        // An upstream that is not well gets nothing, also when it is the only one.
        map.insert("common_lb_config".into(), json!({ "healthy_panic_threshold": { "value": 0 } }));
    }
    cluster
}

pub(super) fn cluster(config: &Config, endpoint: &Endpoint) -> Value {
    let is_address = endpoint.host.parse::<std::net::IpAddr>().is_ok();
    let mut cluster = json!({
        "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster",
        "name": endpoint.cluster(),
        "type": if is_address { "STATIC" } else { "STRICT_DNS" },
        "dns_lookup_family": "V4_PREFERRED",
        "connect_timeout": format!("{}s", config.connect_timeout.as_secs_f64()),
        "load_assignment": {
            "cluster_name": endpoint.cluster(),
            "endpoints": [{ "lb_endpoints": [{
                "endpoint": { "address": { "socket_address": { "address": endpoint.host, "port_value": endpoint.port } } },
            }] }],
        },
        "circuit_breakers": { "thresholds": [{
            "max_connections": 4096, "max_pending_requests": 4096, "max_requests": 16384, "max_retries": 3,
        }] },
    });
    if is_address && let Some(map) = cluster.as_object_mut() {
        map.remove("dns_lookup_family");
    }
    if endpoint.tls {
        let authorities =
            AUTHORITIES.iter().find(|path| std::path::Path::new(path).exists()).copied().unwrap_or(AUTHORITIES[0]);
        let context = json!({
            "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
            "sni": endpoint.host,
            "auto_sni_san_validation": true,
            "common_tls_context": {
                "tls_params": { "tls_minimum_protocol_version": "TLSv1_2" },
                "validation_context": {
                    "trusted_ca": { "filename": authorities },
                    "match_typed_subject_alt_names": [
                        { "san_type": if is_address { "IP_ADDRESS" } else { "DNS" }, "matcher": { "exact": endpoint.host } },
                    ],
                },
            },
        });
        if let Some(map) = cluster.as_object_mut() {
            map.insert(
                "transport_socket".into(),
                json!({ "name": "envoy.transport_sockets.tls", "typed_config": context }),
            );
        }
    }
    cluster
}
