//! Routes: one for each way to call an upstream. The filter names the one that a request takes.

use super::ROUTE_HEADER;
use crate::config::Config;
use access_rules::Endpoint;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The name of a route: the same upstream called in the same way has the same name in every rule set.
pub(super) fn name(endpoint: &Endpoint, preserve_host: bool) -> String {
    let host = if preserve_host { "own-host".to_owned() } else { endpoint.authority() };
    format!("{}~{host}", endpoint.cluster())
}

pub(super) fn route(config: &Config, endpoint: &Endpoint, preserve_host: bool) -> Value {
    let mut action = json!({
        "cluster": endpoint.cluster(),
        "timeout": format!("{}s", config.proxy.write_timeout.as_secs_f64()),
    });
    if let (false, Some(map)) = (preserve_host, action.as_object_mut()) {
        map.insert("host_rewrite_literal".into(), json!(endpoint.authority()));
    }
    action
}

/// The table: the route that the header names, else the one that most rules use. Without rules nothing is routed.
pub(super) fn table(routes: &BTreeMap<String, Value>, default: Option<&Value>) -> Value {
    let on_route = |action: &Value| {
        json!({ "action": {
            "name": "route",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.config.route.v3.Route",
                "match": { "prefix": "/" },
                "route": action,
            },
        } })
    };
    let nothing = json!({ "action": {
        "name": "route",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.config.route.v3.Route",
            "match": { "prefix": "/" },
            "direct_response": { "status": 503 },
        },
    } });
    let mut matcher = json!({ "on_no_match": default.map_or(nothing, on_route) });
    if !routes.is_empty()
        && let Some(map) = matcher.as_object_mut()
    {
        map.insert("matcher_tree".into(), json!({
            "input": {
                "name": "route",
                "typed_config": {
                    "@type": "type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput",
                    "header_name": ROUTE_HEADER,
                },
            },
            "exact_match_map": { "map": routes.iter().map(|(name, action)| (name.clone(), on_route(action))).collect::<serde_json::Map<_, _>>() },
        }));
    }
    json!({
        "@type": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
        "name": "rules",
        "request_headers_to_remove": [ROUTE_HEADER, "x-envoy-external-address"],
        "virtual_hosts": [{ "name": "all", "domains": ["*"], "matcher": matcher }],
    })
}
