//! Envoy's bootstrap.

use super::Places;
use crate::config::Config;
use serde_json::{Value, json};

pub(super) fn bootstrap(config: &Config, places: &Places) -> Value {
    let watched = |file: &str| {
        json!({
            "path_config_source": { "path": places.folder.join("dynamic").join(file) },
            "resource_api_version": "V3",
        })
    };
    json!({
        "node": { "id": "nexus-gateway", "cluster": "nexus-gateway" },
        "admin": {
            "address": { "socket_address": { "address": config.envoy.admin_host, "port_value": config.envoy.admin_port } },
        },
        "dynamic_resources": { "lds_config": watched("listeners.yaml"), "cds_config": watched("clusters.yaml") },
        "layered_runtime": {
            "layers": [{
                "name": "static",
                "static_layer": {
                    // More connections than file handles end in an Envoy that does nothing at all.
                    "overload": { "global_downstream_max_connections": 50_000 },
                },
            }],
        },
    })
}
