//! What goes beyond Oathkeeper, through a real Envoy with the filter.
mod support;
use serde_json::{Value, json};
use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    time::Duration,
};
use support::{CONFIG, RULES, Stack, raw, session};

const MORE: &str = r#"
nexus:
  envoy: { concurrency: 1, access_log: "{folder}/access.log" }
  denials: { log: true, explain_secret: 0123456789abcdef }
"#;

const MORE_RULES: &str = r#"
- id: everything
  match: { url: "http://gw.test/<(open|page)(/.*)?>", methods: [GET] }
  fallback: true
  authenticators: [{ handler: noop }]
  authorizer: { handler: allow }
  mutators: [{ handler: header, config: { headers: { X-Rule: everything } } }]
  upstream: { url: "http://127.0.0.1:{upstream}" }
- id: urgent
  match: { url: "http://gw.test/page/<.*>", methods: [GET] }
  priority: 5
  authenticators: [{ handler: noop }]
  authorizer: { handler: allow }
  mutators: [{ handler: header, config: { headers: { X-Rule: urgent } } }]
  upstream: { url: "http://127.0.0.1:{upstream}" }
- id: ordinary
  match: { url: "http://gw.test/page/<[a-z]+>", methods: [GET] }
  authenticators: [{ handler: noop }]
  authorizer: { handler: allow }
  mutators: [{ handler: header, config: { headers: { X-Rule: ordinary } } }]
  upstream: { url: "http://127.0.0.1:{upstream}" }
- id: falls
  match: { url: "http://gw.test/falls", methods: [GET] }
  authenticators: [{ handler: cookie_session, fall_through: true }, { handler: bearer_token }, { handler: anonymous }]
  authorizer: { handler: allow }
  mutators: [{ handler: header, config: { headers: { X-User-Id: "{{ print .Subject }}" } } }]
  upstream: { url: "http://127.0.0.1:{upstream}" }
- id: limited
  match: { url: "http://gw.test/limited", methods: [GET] }
  rate_limit: { requests: 3, per: 60s }
  authenticators: [{ handler: noop }]
  authorizer: { handler: allow }
  mutators: [{ handler: noop }]
  upstream: { url: "http://127.0.0.1:{upstream}" }
- id: own-cors
  match: { url: "http://gw.test/own-cors", methods: [GET] }
  cors: { allowed_origins: ["https://partner.test"], allow_credentials: true }
  authenticators: [{ handler: noop }]
  authorizer: { handler: allow }
  mutators: [{ handler: noop }]
  upstream: { url: "http://127.0.0.1:{upstream}" }
- id: streams
  match: { url: "http://gw.test/streams", methods: [GET, POST] }
  authenticators: [{ handler: anonymous }]
  authorizer: { handler: allow }
  mutators: [{ handler: header, config: { headers: { X-User-Id: "{{ print .Subject }}" } } }]
  upstream: { url: "http://127.0.0.1:{upstream}", http2: true }
"#;

#[test]
#[ignore = "needs Envoy and the filter: cargo xtask test"]
fn rules_have_priorities_limits_cors_and_reasons_for_operators() {
    let config = CONFIG.replace(
        "port: {proxy} }",
        "port: {proxy}, cors: { enabled: true, allowed_origins: [\"https://app.test\"], max_age: 60 } }",
    ) + MORE;
    let mut stack = Stack::start(&config, &(RULES.to_owned() + MORE_RULES));
    stack.add_session("alice", session(1, "user"));
    // Priorities: the highest wins, the fallback only where nobody else does.
    for (path, rule) in [("/page/abc", "urgent"), ("/page/1", "urgent"), ("/page", "everything")] {
        assert_eq!(stack.get(path, &[]).status, 200, "{path}");
        assert_eq!(stack.last_seen().all("x-rule"), [rule], "{path}");
    }
    assert_eq!(stack.get("/open", &[]).status, 200, "no ambiguity with a fallback");
    assert!(stack.last_seen().all("x-rule").is_empty());
    // Fall-through, where the rule says so and only from there.
    let guest = |stack: &Stack| stack.last_seen().all("x-user-id").join(",");
    assert_eq!(stack.get("/falls", &[("Cookie", "sid=mallory")]).status, 200);
    assert_eq!(guest(&stack), "anonymous");
    assert_eq!(stack.get("/falls", &[("Authorization", "Bearer mallory")]).status, 401);
    assert_eq!(stack.get("/falls", &[("Cookie", "sid=alice")]).status, 200);
    // Limits.
    let statuses: Vec<u16> = (0..5).map(|_| stack.get("/limited", &[]).status).collect();
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
    assert_eq!(stack.get("/limited", &[]).header("retry-after"), Some("60"));
    assert_eq!(stack.get("/open", &[]).status, 200, "other rules are not limited");
    // CORS, of the configuration and of a rule.
    let ask = |path: &str, origin: &str, method: &str| {
        stack.send("OPTIONS", path, &[("Origin", origin), ("Access-Control-Request-Method", method)], "")
    };
    let allowed = |answer: &support::Answer| answer.header("access-control-allow-origin").map(str::to_owned);
    let answer = ask("/open", "https://app.test", "GET");
    assert_eq!((answer.status, allowed(&answer).as_deref()), (204, Some("https://app.test")));
    assert_eq!(allowed(&ask("/open", "https://evil.test", "GET")), None);
    let answer = ask("/own-cors", "https://partner.test", "GET");
    assert_eq!(allowed(&answer).as_deref(), Some("https://partner.test"));
    assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
    assert_eq!(allowed(&ask("/own-cors", "https://app.test", "GET")), None);
    for (path, status) in [("/open", 200), ("/mine", 401), ("/nothing", 404)] {
        let answer = stack.get(path, &[("Origin", "https://app.test")]);
        assert_eq!((answer.status, allowed(&answer).as_deref()), (status, Some("https://app.test")), "{path}");
        assert_eq!(allowed(&stack.get(path, &[("Origin", "https://evil.test")])), None, "{path}");
    }
    // The reason of a refusal: for whom the secret has, in the log, and for nobody else.
    let told = stack.get("/mine", &[("Cookie", "sid=alice"), ("X-Nexus-Explain", "0123456789abcdef")]);
    assert_eq!(told.status, 200);
    assert!(stack.last_seen().all("x-nexus-explain").is_empty(), "the secret goes no further");
    let told = stack.get("/admin", &[("Cookie", "sid=alice"), ("X-Nexus-Explain", "0123456789abcdef")]);
    let reason = told.header("x-nexus-denial").unwrap();
    assert!(
        reason.contains("rule=admin") && reason.contains("403") && reason.contains("metadata_public.role"),
        "{reason}"
    );
    assert!(
        stack
            .get("/admin", &[("Cookie", "sid=alice"), ("X-Nexus-Explain", "wrong")])
            .header("x-nexus-denial")
            .is_none()
    );
    stack.until("the refusal is in the log", Duration::from_secs(10), |stack| {
        stack.log().contains("refused by rule \"admin\" with 403")
    });
    // HTTP/2 to the upstream, with a body and its end.
    let answer = stack.send("POST", "/streams", &[("Content-Type", "application/grpc")], "frame");
    let seen = stack.last_seen();
    assert_eq!((answer.status, seen.version.as_str(), seen.body.as_str()), (200, "HTTP/2.0", "frame"));
    assert_eq!(seen.all("x-user-id"), ["anonymous"]);
    // The access log names rule, subject and decision.
    let log = stack.folder.path().join("access.log");
    stack.until("the access log is written", Duration::from_secs(15), |_| {
        let text = std::fs::read_to_string(&log).unwrap_or_default();
        let lines: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let has = |rule: &str, decision: &str, subject: Value| {
            lines.iter().any(|line| line["rule"] == rule && line["decision"] == decision && line["subject"] == subject)
        };
        has("mine", "pass", json!(support::identity(1))) && has("admin", "refuse", json!(support::identity(1)))
    });
    // Numbers of this process and of its Envoy.
    let numbers = stack.decide("/metrics", &[]).body;
    assert!(numbers.contains("nexus_gateway_rules 11"), "{numbers}");
    assert!(numbers.contains("envoy_http_downstream_rq_total"), "{numbers}");
    assert!(numbers.contains("session_cache_misses"), "the filter's own numbers: {numbers}");
}

#[test]
#[ignore = "needs Envoy and the filter: cargo xtask test"]
fn a_reload_under_load_fails_no_request_and_mixes_nothing() {
    let rules = |word: &str| {
        RULES.replace(
            "headers: { X-User-Id: \"{{ print .Subject }}\" } } }]",
            &format!("headers: {{ X-User-Id: \"{{{{ print .Subject }}}}\", X-One: {word}, X-Two: {word} }} }} }}]"),
        )
    };
    let mut stack = Stack::start(CONFIG, &rules("first"));
    let (done, failed, mixed, sent) =
        (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let port = stack.proxy;
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !done.load(Relaxed) {
                    let request = b"GET /guest HTTP/1.1\r\nHost: gw.test\r\nConnection: close\r\n\r\n";
                    let answer = raw(port, request);
                    sent.fetch_add(1, Relaxed);
                    let seen: Value = serde_json::from_str(&answer.body).unwrap_or_default();
                    let value = |name: &str| {
                        let lines = seen["headers"].as_array().cloned().unwrap_or_default();
                        lines.iter().find(|line| line[0] == name).map(|line| line[1].clone())
                    };
                    failed.fetch_add(usize::from(answer.status != 200), Relaxed);
                    mixed.fetch_add(usize::from(value("x-one") != value("x-two")), Relaxed);
                }
            });
        }
        for word in ["second", "third"] {
            stack.write_rules(&rules(word));
            stack.until("the new rules are in use", Duration::from_secs(30), |stack| {
                stack.get("/guest", &[]).status == 200 && stack.last_seen().all("x-one") == [word]
            });
        }
        stack.write_rules("- id: [broken\n# upstream: { url: \"http://127.0.0.1:{upstream}\" }");
        stack.until("the broken set is refused", Duration::from_secs(30), |stack| {
            stack.decide("/health/ready", &[]).body.contains("outdated")
        });
        done.store(true, Relaxed);
    });
    let numbers = stack.decide("/metrics", &[]).body;
    assert!(numbers.contains("nexus_gateway_rules_outdated 1"), "{numbers}");
    assert_eq!((failed.load(Relaxed), mixed.load(Relaxed)), (0, 0), "of {} requests", sent.load(Relaxed));
    assert!(sent.load(Relaxed) > 20);
}

#[test]
#[ignore = "needs Envoy and the filter: cargo xtask test"]
fn tls_serves_each_name_its_certificate_and_speaks_http_2() {
    let make = |name: &str| {
        let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
        (made.cert.pem(), made.signing_key.serialize_pem())
    };
    let ((gw, gw_key), (other, other_key)) = (make("gw.test"), make("other.test"));
    let files =
        [("gw.pem", gw.as_str()), ("gw.key", &gw_key), ("other.pem", other.as_str()), ("other.key", &other_key)];
    let config = CONFIG
        .replace(
            "port: {proxy} }",
            "port: {proxy}, tls: { cert: { path: '{folder}/gw.pem' }, key: { path: '{folder}/gw.key' } } }",
        )
        .replace(
            "port: {api} }",
            "port: {api}, tls: { cert: { path: '{folder}/gw.pem' }, key: { path: '{folder}/gw.key' } } }",
        )
        + "nexus: { envoy: { concurrency: 1 }, certificates: [{ names: [other.test], cert: { path: '{folder}/other.pem' }, key: { path: '{folder}/other.key' } }] }\n";
    let rules = RULES.replace("http://gw.test", "https://<(gw|other)\\\\.test(:[0-9]+)?>");
    let mut stack = Stack::start_tls(&config, &rules, &files);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    drop(rustls::crypto::ring::default_provider().install_default());
    for (name, pem) in [("gw.test", &gw), ("other.test", &other)] {
        let client = reqwest::Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(pem.as_bytes()).unwrap()])
            .resolve(name, ([127, 0, 0, 1], stack.proxy).into())
            .no_proxy()
            .build()
            .unwrap();
        let url = format!("https://{name}:{}/open", stack.proxy);
        stack.until("the filter answers over TLS", Duration::from_secs(30), |_| {
            runtime.block_on(async { client.get(&url).send().await.is_ok_and(|a| a.status() == 200) })
        });
        let answer = runtime.block_on(client.get(&url).send()).unwrap();
        assert_eq!((answer.status().as_u16(), answer.version()), (200, reqwest::Version::HTTP_2), "{name}");
        assert_eq!(stack.last_seen().all("x-forwarded-proto"), ["https"]);
    }
    // The API, too; plain requests get no answer there.
    let client = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(gw.as_bytes()).unwrap()])
        .resolve("gw.test", ([127, 0, 0, 1], stack.api).into())
        .no_proxy()
        .build()
        .unwrap();
    let url = format!("https://gw.test:{}/decisions/guest", stack.api);
    let answer = runtime.block_on(client.get(&url).send()).unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["x-user-id"].to_str().unwrap()), (200, "anonymous"));
    assert_eq!(stack.decide("/health/alive", &[]).status, 0);
}
