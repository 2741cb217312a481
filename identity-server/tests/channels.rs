//! Messages that leave by HTTP, the doctor, and what else a configuration turns on and off.

mod support;

use axum::extract::State;
use axum::routing::any;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use support::World;
use support::smtp::{MailServer, Options};

type Seen = Arc<Mutex<Vec<(http::HeaderMap, String)>>>;

/// A service that takes messages; the first `refusals` get 503.
async fn service(refusals: usize) -> (u16, Seen) {
    let seen: Seen = Arc::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("its address").port();
    let take = move |State(seen): State<Seen>, headers: http::HeaderMap, body: String| async move {
        let mut seen = seen.lock().expect("the list");
        seen.push((headers, body));
        if seen.len() <= refusals { http::StatusCode::SERVICE_UNAVAILABLE } else { http::StatusCode::CREATED }
    };
    let router = axum::Router::new().route("/send", any(take)).with_state(Arc::clone(&seen));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (port, seen)
}

on_both! {
    async fn mails_leave_by_http_with_the_body_that_a_template_makes(database) {
        let (port, seen) = service(1).await;
        let mut world = World::new(database, "").await;
        world.write("body.jsonnet", "function(ctx) { to: ctx.recipient, about: ctx.subject, html: ctx.html_body, kind: ctx.template_type, \
                     code: ctx.template_data.verification_code, who: ctx.template_data.identity.traits.email, type: ctx.message_type }");
        world.write("extra.yml", &format!(
            "courier: {{ delivery_strategy: http, http: {{ request_config: {{ url: \"http://127.0.0.1:{port}/send\", method: PUT, \
             headers: {{ X-Sender: nexus }}, body: \"file://./body.jsonnet\", \
             auth: {{ type: api_key, config: {{ name: X-Key, value: a-key-of-the-service, in: header }} }} }} }} }}\n"));
        world.start().await;
        world.register("ann@example.test", "a-long-password-of-ann").await;
        // The first try is refused, the second one taken.
        let list = world.until("delivery", async || world.messages().await, |list| list[0]["status"] == "sent").await;
        assert_eq!(list[0]["send_count"], 2);
        let seen = seen.lock().expect("the list").clone();
        assert_eq!(seen.len(), 2);
        let (headers, body) = &seen[1];
        assert_eq!(headers["x-sender"], "nexus");
        assert_eq!(headers["x-key"], "a-key-of-the-service");
        assert_eq!(headers["content-type"], "application/json");
        let body: Value = serde_json::from_str(body).expect("JSON");
        assert_eq!((&body["to"], &body["who"], &body["type"]), (&json!("ann@example.test"), &json!("ann@example.test"), &json!("email")));
        assert_eq!(body["kind"], "verification_code_valid");
        let code = body["code"].as_str().expect("a code");
        assert!(body["about"].as_str().is_some_and(|about| about.contains(code)) && body["html"].as_str().is_some_and(|html| html.contains(code)));
        assert!(!world.log().contains("a-key-of-the-service"));
    }

    /// Requirement 64.
    async fn a_name_with_private_addresses_is_not_called_unless_it_is_excepted(database) {
        let (port, seen) = service(0).await;
        let config = |exceptions: &str| format!(
            "clients: {{ http: {{ disallow_private_ip_ranges: true, private_ip_exception_urls: [{exceptions}] }} }}\n\
             courier: {{ delivery_strategy: http, http: {{ request_config: {{ url: \"http://localhost:{port}/send\" }} }} }}\n");
        let world = World::serving(database, &config("")).await;
        world.register("ann@example.test", "a-long-password-of-ann").await;
        let list = world.until("a try", async || world.messages().await, |list| list[0]["send_count"] != 0).await;
        let (_, one) = world.get(world.admin(&format!("/admin/courier/messages/{}", list[0]["id"].as_str().expect("an id")))).await;
        let error = one["dispatches"][0]["error"].to_string();
        assert!(error.contains("clients.http.disallow_private_ip_ranges"), "{error}");
        assert!(seen.lock().expect("the list").is_empty());
        world.write("extra.yml", &config(&format!("\"http://localhost:{port}/*\"")));
        world.until("delivery", async || world.messages().await, |list| list[0]["status"] == "sent").await;
    }

    /// Requirement 19.
    async fn one_recipient_does_not_get_more_mails_than_the_limit(database) {
        let config = "watch-courier: false\nnexus: { throttle: { message: { limit: 3, window: 1h } } }\n";
        let world = World::serving(database, config).await;
        world.register("ann@example.test", "a-long-password-of-ann").await;
        for address in ["ann@example.test", "nobody@example.test"] {
            let (_, flow) = world.get(world.public("/self-service/verification/api")).await;
            let url = world.public(&format!("/self-service/verification?flow={}", flow["id"].as_str().expect("a flow")));
            let ask = async || {
                let body = json!({ "method": "code", "email": address });
                world.send(world.http.post(&url).json(&body)).await.0
            };
            let mut answers = Vec::new();
            for _ in 0..5 {
                answers.push(ask().await);
            }
            assert_eq!(answers, [200, 200, 200, 429, 429], "{address}");
        }
    }

    /// Requirement 20.
    async fn wrong_codes_count_for_the_address_over_all_flows(database) {
        let config = "watch-courier: false\nnexus: { throttle: { code: { limit: 7, window: 1h } } }\n";
        let world = World::serving(database, config).await;
        world.register("ann@example.test", "a-long-password-of-ann").await;
        for address in ["ann@example.test", "nobody@example.test"] {
            let mut answers = Vec::new();
            for _ in 0..2 {
                let (_, flow) = world.get(world.public("/self-service/verification/api")).await;
                let url = world.public(&format!("/self-service/verification?flow={}", flow["id"].as_str().expect("a flow")));
                world.send(world.http.post(&url).json(&json!({ "method": "code", "email": address }))).await;
                for _ in 0..5 {
                    answers.push(world.send(world.http.post(&url).json(&json!({ "method": "code", "code": "000000" }))).await.0);
                }
            }
            assert_eq!(answers.iter().filter(|status| **status == 429).count(), 3, "{address}: {answers:?}");
        }
    }

    async fn origins_that_may_call_change_without_a_restart(database) {
        let cors = |origin: &str| format!("serve: {{ public: {{ cors: {{ enabled: true, allowed_origins: [\"{origin}\"] }} }} }}\n");
        let world = World::serving(database, &cors("https://one.example.test")).await;
        let allowed = async |origin: &str| {
            let asked = world.http.get(world.public("/sessions/whoami")).header("origin", origin);
            asked.send().await.expect("an answer").headers().contains_key("access-control-allow-origin")
        };
        assert!(allowed("https://one.example.test").await && !allowed("https://two.example.test").await);
        world.write("extra.yml", &cors("https://two.example.test"));
        world.until("the other origin", async || allowed("https://two.example.test").await, |allowed| *allowed).await;
        assert!(!allowed("https://one.example.test").await);
    }

    async fn the_doctor_says_what_is_fine_and_what_is_not(database) {
        let server = MailServer::start(Options { login: Some(("post", "right")), ..Options::default() }).await;
        let uri = |password: &str| format!("smtp://post:{password}@localhost:{}/?disable_starttls=true", server.port);
        let mut world = World::new(database, &format!("courier: {{ smtp: {{ connection_uri: \"{}\" }} }}\n", uri("right"))).await;
        world.start().await;
        let output = world.run(&["doctor"]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        for part in ["ok    dsn: answers, and its schema is up to date", "ok    courier: ", "ok    identity.schemas: ", "look  courier.smtp.from_address"] {
            assert!(said.contains(part), "{part} is not in:\n{said}");
        }
        world.write("extra.yml", &format!("courier: {{ smtp: {{ connection_uri: \"{}\" }} }}\n", uri("wrong")));
        let output = world.run(&["doctor"]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!output.status.success() && said.contains("FAIL  courier: ") && said.contains("535"), "{said}");
        assert!(!said.contains("wrong@") && !said.contains("post:"), "{said}");
    }
}
