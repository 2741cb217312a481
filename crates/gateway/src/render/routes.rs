//! Routes: one for each way to call an upstream. The filter names the one that a request takes.

use super::{ROUTE_HEADER, clusters};
use crate::config::Config;
use access_rules::{
    Endpoint,
    plan::{RateLimitPlan, RulePlan},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The name of a route: the same upstream called in the same way has the same name in every rule set.
/// A rule that takes so many requests only has one for itself.
pub(super) fn name(endpoint: &Endpoint, rule: &RulePlan) -> String {
    let host = if rule.upstream.preserve_host { "own-host".to_owned() } else { endpoint.authority() };
    let cluster = clusters::name(endpoint, rule.upstream.http2);
    match &rule.rate_limit {
        Some(limit) => {
            let limit = format!("{}-{}-{}", limit.requests, limit.per_ms, limit.burst);
            format!("{cluster}~{host}~{}~{limit}", rule.id)
        }
        None => format!("{cluster}~{host}"),
    }
}

/// The filter that limits rates.
pub(super) const RATE_LIMIT: &str = "envoy.filters.http.local_ratelimit";

/// A route: what Envoy does with its requests, and the settings of filters for them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Route {
    action: Value,
    filters: Value,
}

pub(super) fn route(config: &Config, endpoint: &Endpoint, rule: &RulePlan) -> Route {
    let preserve_host = rule.upstream.preserve_host;
    let mut action = json!({
        "cluster": clusters::name(endpoint, rule.upstream.http2),
        // Streams of gRPC end when they have nothing to say for long, not after a fixed time.
        "timeout": if rule.upstream.http2 { "0s".to_owned() } else { format!("{}s", config.proxy.write_timeout.as_secs_f64()) },
        // Only what has not reached the upstream is sent again, whatever its method.
        "retry_policy": { "retry_on": "connect-failure,refused-stream", "num_retries": 1 },
    });
    if let (false, Some(map)) = (preserve_host, action.as_object_mut()) {
        map.insert("host_rewrite_literal".into(), json!(endpoint.authority()));
    }
    let filters =
        rule.rate_limit.as_ref().map_or_else(|| json!({}), |limit| json!({ RATE_LIMIT: limited(limit, &rule.id) }));
    Route { action, filters }
}

/// A bucket of tokens for the requests of a rule. What it refuses is 429 with the moment to come back.
fn limited(limit: &RateLimitPlan, rule: &str) -> Value {
    let always = json!({ "default_value": { "numerator": 100 } });
    json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit",
        "stat_prefix": format!("rule_{}", rule.replace(|c: char| !c.is_ascii_alphanumeric(), "_")),
        "token_bucket": {
            "max_tokens": limit.burst,
            "tokens_per_fill": limit.requests,
            "fill_interval": format!("{}s", std::time::Duration::from_millis(limit.per_ms).as_secs_f64()),
        },
        "filter_enabled": always,
        "filter_enforced": always,
        "response_headers_to_add": [{
            "header": { "key": "retry-after", "value": limit.per_ms.div_ceil(1000).max(1).to_string() },
            "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
        }],
    })
}

/// The table: the route that the header names, else the one that most rules use. Without rules nothing is routed.
pub(super) fn table(routes: &BTreeMap<String, Route>, default: Option<&Route>) -> Value {
    let on_route = |route: &Route| {
        json!({ "action": {
            "name": "route",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.config.route.v3.Route",
                "match": { "prefix": "/" },
                "route": route.action,
                "typed_per_filter_config": route.filters,
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
        "request_headers_to_remove": [ROUTE_HEADER, "x-envoy-external-address", "proxy-authorization", "proxy-connection"],
        "virtual_hosts": [{ "name": "all", "domains": ["*"], "matcher": matcher }],
    })
}
