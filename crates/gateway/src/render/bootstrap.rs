//! Envoy's bootstrap.

use super::Places;
use crate::{config::Config, envoy::Admin};
use serde_json::{Value, json};

pub(super) fn bootstrap(config: &Config, places: &Places) -> Value {
    let watched = |file: &str| {
        json!({
            "path_config_source": { "path": places.folder.join("dynamic").join(file) },
            "resource_api_version": "V3",
        })
    };
    let mut bootstrap = json!({
        "node": { "id": "nexus-gateway", "cluster": "nexus-gateway" },
        "dynamic_resources": { "lds_config": watched("listeners.yaml"), "cds_config": watched("clusters.yaml") },
        // More connections than file handles end in an Envoy that does nothing at all.
        "overload_manager": { "resource_monitors": [{
            "name": "envoy.resource_monitors.global_downstream_max_connections",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
                "max_active_downstream_connections": 50_000,
            },
        }] },
    });
    // The admin interface shows the filter's configuration, with the secrets of handlers: it has a port only when asked
    // for, else a socket for this user.
    let address = match Admin::of(&config.envoy, &places.folder) {
        Admin::Port(host, port) => json!({ "socket_address": { "address": host, "port_value": port } }),
        Admin::Socket(path) => json!({ "pipe": { "path": path, "mode": 0o600 } }),
    };
    if let Some(map) = bootstrap.as_object_mut() {
        map.insert("admin".into(), json!({ "address": address }));
    }
    bootstrap
}
