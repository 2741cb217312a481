//! The decision service alone, for other proxies.
mod support;
use serde_json::json;
use std::{
    process::{Command, Stdio},
    time::Duration,
};
use support::{CONFIG, RULES, Stack, raw, session};

#[test]
fn decisions_are_served_without_envoy_and_follow_the_rules() {
    let mut stack = Stack::serve_alone(CONFIG, RULES);
    stack.add_session("alice", session(1, "user"));
    let asks = |stack: &Stack, uri: &str, more: &[(&str, &str)]| {
        let mut headers = vec![
            ("X-Forwarded-Method", "GET"),
            ("X-Forwarded-Proto", "http"),
            ("X-Forwarded-Host", "gw.test"),
            ("X-Forwarded-Uri", uri),
        ];
        headers.extend(more);
        stack.decide("/decisions", &headers)
    };
    let allowed = asks(&stack, "/mine/x?q=1", &[("Cookie", "sid=alice"), ("X-User-Id", "root")]);
    assert_eq!((allowed.status, allowed.header("x-user-id")), (200, Some(support::identity(1).as_str())));
    assert_eq!(asks(&stack, "/mine", &[]).status, 401);
    assert_eq!(asks(&stack, "/admin", &[("Cookie", "sid=alice")]).status, 403);
    assert_eq!(asks(&stack, "/open/../admin", &[]).status, 400);
    assert_eq!(asks(&stack, "/nothing", &[]).status, 404);
    assert_eq!(stack.decide("/rules/guest", &[]).json()["id"], json!("guest"));
    assert_eq!(stack.decide("/health/ready", &[]).status, 200);
    let numbers = stack.decide("/metrics", &[]).body;
    assert!(numbers.contains("nexus_gateway_decisions_total{decision=\"pass\"} 1"), "{numbers}");
    // Rules change without a restart; a broken set changes nothing and is told.
    let moved = RULES.replace("gw.test/guest", "gw.test/visitor");
    stack.write_rules(&moved);
    stack
        .until("the moved rule is in use", Duration::from_secs(15), |stack| asks(stack, "/visitor", &[]).status == 200);
    assert_eq!(asks(&stack, "/guest", &[]).status, 404);
    stack.write_rules("- id: [broken\n# upstream: { url: \"http://127.0.0.1:{upstream}\" }");
    stack.until("the broken set is told", Duration::from_secs(15), |stack| {
        stack.decide("/health/ready", &[]).body.contains("outdated")
    });
    assert_eq!(asks(&stack, "/visitor", &[]).status, 200);
    // The store gone: what needs it is refused.
    stack.stop_store();
    assert_eq!(asks(&stack, "/mine", &[("Cookie", "sid=alice")]).status, 503);
}

#[test]
fn forwarded_headers_count_only_from_trusted_proxies_where_these_are_named() {
    let config = CONFIG.to_owned() + "nexus: { decisions: { trusted_proxies: [10.0.0.0/8] } }\n";
    let stack = Stack::serve_alone(&config, RULES);
    let answer = stack.decide("/decisions/open", &[("X-Forwarded-Uri", "/guest"), ("X-Forwarded-Host", "gw.test")]);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-user-id"), None, "the question's own path counts, not what it claims");
    let answer = stack.decide("/decisions/mine", &[("X-Forwarded-Uri", "/open")]);
    assert_eq!(answer.status, 401);
}

/// An Envoy of somebody else, which asks for every request (`ext_authz` over HTTP).
#[test]
#[ignore = "needs Envoy and the filter: cargo xtask test"]
fn envoy_asks_by_ext_authz_over_http() {
    let mut stack = Stack::serve_alone(CONFIG, RULES);
    stack.add_session("alice", session(1, "user"));
    let port = support::free_port();
    let address = |port: u16| json!({ "socket_address": { "address": "127.0.0.1", "port_value": port } });
    let cluster = |name: &str, port: u16| {
        json!({ "name": name, "type": "STATIC", "load_assignment": { "cluster_name": name,
            "endpoints": [{ "lb_endpoints": [{ "endpoint": { "address": address(port) } }] }] } })
    };
    let typed = |name: &str| format!("type.googleapis.com/envoy.extensions.filters.{name}");
    let patterns =
        |names: &[&str]| json!({ "patterns": names.iter().map(|n| json!({ "exact": n })).collect::<Vec<_>>() });
    let config = json!({ "static_resources": {
        "listeners": [{ "address": address(port), "filter_chains": [{ "filters": [{
            "name": "envoy.filters.network.http_connection_manager",
            "typed_config": {
                "@type": typed("network.http_connection_manager.v3.HttpConnectionManager"),
                "stat_prefix": "other",
                "route_config": { "virtual_hosts": [{ "name": "all", "domains": ["*"], "routes": [
                    { "match": { "prefix": "/" }, "route": { "cluster": "upstream" } },
                ] }] },
                "http_filters": [
                    { "name": "envoy.filters.http.ext_authz", "typed_config": {
                        "@type": typed("http.ext_authz.v3.ExtAuthz"),
                        "http_service": {
                            "server_uri": { "uri": "http://127.0.0.1", "cluster": "decisions", "timeout": "2s" },
                            "path_prefix": "/decisions",
                            "authorization_response": { "allowed_upstream_headers": patterns(&["x-user-id", "x-mail"]) },
                        },
                        "allowed_headers": patterns(&["cookie", "authorization"]),
                    } },
                    { "name": "envoy.filters.http.router", "typed_config": { "@type": typed("http.router.v3.Router") } },
                ],
            },
        }] }] }],
        "clusters": [cluster("upstream", stack.upstream_port), cluster("decisions", stack.api)],
    } });
    let file = stack.folder.path().join("other.json");
    std::fs::write(&file, config.to_string()).unwrap();
    let mut other = Command::new(support::envoy())
        .arg("-c")
        .arg(&file)
        .args(["--log-level", "error", "--use-dynamic-base-id", "--concurrency", "1"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let ask = |path: &str, cookie: &str| {
        raw(port, format!("GET {path} HTTP/1.1\r\nHost: gw.test\r\nCookie: {cookie}\r\nX-User-Id: root\r\nConnection: close\r\n\r\n").as_bytes())
    };
    stack.until("the other Envoy listens", Duration::from_secs(30), |_| {
        std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
    let passed = ask("/mine", "sid=alice");
    let refused = [ask("/mine", "sid=mallory"), ask("/admin", "sid=alice"), ask("/nothing", "sid=alice")];
    let seen = stack.last_seen();
    other.kill().unwrap();
    other.wait().unwrap();
    assert_eq!(passed.status, 200, "{passed:?}");
    assert_eq!(seen.all("x-user-id"), [support::identity(1).as_str()]);
    assert_eq!(refused.map(|answer| answer.status), [401, 403, 404]);
    assert_eq!(stack.upstream_count(), 1);
}
