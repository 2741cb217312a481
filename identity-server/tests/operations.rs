//! What operators rely on: a configuration that changes without a restart, TLS, the audit trail, metrics and logs.

mod support;

use serde_json::{Value, json};
use support::World;

fn pair() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    (made.cert.pem(), made.signing_key.serialize_pem())
}

/// The serial number and the like of the certificate that a port shows.
async fn shown(port: u16) -> Vec<u8> {
    use std::sync::Arc;
    let mut config =
        rustls::ClientConfig::builder().with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth();
    config.dangerous().set_certificate_verifier(Arc::new(Anybody));
    let stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.expect("a connection");
    let name = "localhost".try_into().expect("a name");
    let stream = tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream).await.expect("TLS");
    stream.get_ref().1.peer_certificates().expect("a certificate")[0].to_vec()
}

#[derive(Debug)]
struct Anybody;

impl rustls::client::danger::ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &[rustls::pki_types::CertificateDer<'_>],
        _: &rustls::pki_types::ServerName<'_>,
        _: &[u8],
        _: rustls::pki_types::UnixTime,
    ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
        Ok(rustls::client::danger::ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

async fn registration_lifespan(world: &World) -> i64 {
    let (_, flow) = world.get(world.public("/self-service/registration/api")).await;
    let moment = |key: &str| {
        let text = flow[key].as_str().expect("a moment");
        identity_api::Timestamp::parse(text, &time::format_description::well_known::Rfc3339).expect("a moment")
    };
    (moment("expires_at") - moment("issued_at")).whole_seconds()
}

on_both! {
    async fn a_changed_configuration_is_in_force_without_a_restart_and_an_invalid_one_is_not(database) {
        let world = World::serving(database, "selfservice: { flows: { registration: { lifespan: 10m } } }\n").await;
        assert_eq!(registration_lifespan(&world).await, 600);
        let signed_up = world.register("ann@example.test", "a-long-password-of-ann").await;

        world.write("extra.yml", "selfservice: { flows: { registration: { lifespan: 20m } } }\n");
        world.until("the new lifespan", async || registration_lifespan(&world).await, |seconds| *seconds == 1200).await;
        // Sessions and identities are what they were.
        let token = signed_up["session_token"].as_str().expect("a token");
        let whoami = world.http.get(world.public("/sessions/whoami")).header("x-session-token", token);
        assert_eq!(world.send(whoami).await.0, 200);

        world.write("extra.yml", "selfservice: { flows: { registration: { lifespan: soon } } }\n");
        world.until("the refusal in the log", async || world.log(), |log| log.contains("the old one stays")).await;
        assert!(world.log().contains("selfservice.flows.registration.lifespan") && world.log().contains("extra.yml:1"));
        assert_eq!(registration_lifespan(&world).await, 1200);
    }

    async fn secrets_are_rotated_while_the_server_runs(database) {
        let world = World::serving(database, "watch-courier: false\n").await;
        let (_, flow) = world.get(world.public("/self-service/registration/api")).await;
        let id = flow["id"].as_str().expect("a flow").to_owned();
        let fetch = async || world.get(world.public(&format!("/self-service/registration/flows?id={id}"))).await.0;
        assert_eq!(fetch().await, 200);
        let fingerprint = async || world.get(world.admin("/admin/health/config")).await.1;
        let before = fingerprint().await;
        // The new one first, the old one still there: what was sealed under it opens.
        world.write("extra.yml", "watch-courier: false\nsecrets: { cipher: [a-second-secret-of-32-bytes-long, a-cipher-secret-of-32-bytes-long] }\n");
        let between = world.until("the new secrets", async || fingerprint().await, |now| *now != before).await;
        assert_eq!(fetch().await, 200);
        // Without the old one it does not.
        world.write("extra.yml", "watch-courier: false\nsecrets: { cipher: [a-second-secret-of-32-bytes-long] }\n");
        world.until("only the new secret", async || fingerprint().await, |now| *now != between).await;
        assert_ne!(fetch().await, 200);
    }

    async fn both_ports_speak_tls_and_take_a_new_certificate(database) {
        let mut world = World::new(database, "").await;
        let ((certificate, key), place) = (pair(), world.folder.path().display().to_string());
        world.write("tls.crt", &certificate);
        world.write("tls.key", &key);
        let tls = format!("tls: {{ cert: {{ path: {place}/tls.crt }}, key: {{ path: {place}/tls.key }} }}");
        world.write("extra.yml", &format!("serve: {{ public: {{ {tls} }}, admin: {{ {tls} }} }}\n"));
        world.start().await;
        assert!(world.public("").starts_with("https"));
        world.register("ann@example.test", "a-long-password-of-ann").await;
        let plain = reqwest::Client::new().get(format!("http://127.0.0.1:{}/health/alive", world.public)).send().await;
        assert!(plain.is_err(), "the port answers without TLS");
        let before = shown(world.public).await;
        let (certificate, key) = pair();
        world.write("tls.key", &key);
        world.write("tls.crt", &certificate);
        world.until("the new certificate", async || (shown(world.public).await, shown(world.admin).await), |(public, admin)| {
            *public != before && public == admin
        }).await;
    }

    /// Requirement 69.
    async fn every_attempt_and_change_is_in_the_audit_trail(database) {
        let world = World::serving(database, "").await;
        let signed_up = world.register("ann@example.test", "a-long-password-of-ann").await;
        let id = signed_up["identity"]["id"].as_str().expect("an id").to_owned();
        world.sign_in("ann@example.test", "wrong-guess-of-many").await;
        let login = world.http.get(world.public("/self-service/login/api")).header("x-request-id", "req-42").header("user-agent", "story/1");
        let (_, flow) = world.send(login).await;
        let url = world.public(&format!("/self-service/login?flow={}", flow["id"].as_str().expect("a flow")));
        let body = json!({ "method": "password", "identifier": "ann@example.test", "password": "a-long-password-of-ann" });
        let login = world.http.post(url).header("x-request-id", "req-42").header("user-agent", "story/1").json(&body);
        assert_eq!(world.send(login).await.0, 200);
        let ended = world.http.delete(world.admin(&format!("/admin/identities/{id}/sessions"))).header("x-user", "boss");
        assert_eq!(world.send(ended).await.0, 204);

        let (status, events) = world.get(world.admin(&format!("/admin/audit/events?identity_id={id}"))).await;
        assert_eq!(status, 200, "{events}");
        let told: Vec<(&str, &str, &str)> = events.as_array().expect("a list").iter().rev().map(|event| {
            let text = |key: &str| event[key].as_str().unwrap_or_default();
            (text("kind"), text("outcome"), text("actor"))
        }).collect();
        for wanted in [
            ("identity_creation", "success", "anonymous"),
            ("registration", "success", "anonymous"),
            ("login", "failure", "anonymous"),
            ("login", "success", "anonymous"),
            ("session_start", "success", "anonymous"),
            ("session_end", "success", "admin:boss"),
        ] {
            assert!(told.contains(&wanted), "{wanted:?} is not in {told:?}");
        }
        let (_, logins) = world.get(world.admin("/admin/audit/events?kind=login&outcome=success")).await;
        let login = &logins[0];
        assert_eq!((&login["request_id"], &login["user_agent"], &login["method"]), (&json!("req-42"), &json!("story/1"), &json!("password")));
        assert_eq!(login["client_address"], "127.0.0.1");
        let (_, actions) = world.get(world.admin("/admin/audit/events?kind=admin_action")).await;
        assert_eq!(actions[0]["detail"]["route"], "/admin/identities/{id}/sessions", "{actions}");
        assert!(!events.to_string().contains("password-of-ann") && !events.to_string().contains("wrong-guess"));
    }

    async fn the_audit_trail_comes_in_pages_and_as_a_whole(database) {
        let world = World::serving(database, "").await;
        for number in 0..7 {
            world.sign_in(&format!("p{number}@example.test"), "a guess").await;
        }
        let mut seen = Vec::new();
        let mut url = world.admin("/admin/audit/events?kind=login&page_size=3");
        loop {
            let answer = world.http.get(&url).send().await.expect("an answer");
            let next = answer.headers().get("link").map(|link| {
                let link = link.to_str().expect("text");
                link.split(['<', '>']).nth(1).expect("a link").to_owned()
            });
            let events: Vec<Value> = serde_json::from_str(&answer.text().await.expect("text")).expect("a list");
            seen.extend(events.into_iter().map(|event| event["id"].as_str().expect("an id").to_owned()));
            match next {
                Some(next) => url = world.admin(&next),
                None => break,
            }
        }
        let whole = world.http.get(world.admin("/admin/audit/events/export?kind=login")).send().await.expect("an answer");
        assert_eq!(whole.headers()["content-type"], "application/x-ndjson");
        let whole = whole.text().await.expect("text");
        let ids: Vec<String> = whole.lines().map(|line| {
            serde_json::from_str::<Value>(line).expect("JSON")["id"].as_str().expect("an id").to_owned()
        }).collect();
        assert_eq!((seen.len(), &seen), (7, &ids));
        let csv = world.http.get(world.admin("/admin/audit/events/export?kind=login&format=csv")).send().await.expect("an answer");
        let csv = csv.text().await.expect("text");
        assert_eq!(csv.lines().count(), 8);
        assert!(csv.starts_with("id,at,kind,outcome,actor,"));
        for wrong in ["kind=nonsense", "from=yesterday", "page_token=x", "page_size=0"] {
            assert_eq!(world.get(world.admin(&format!("/admin/audit/events?{wrong}"))).await.0, 400, "{wrong}");
        }
    }

    async fn an_administrator_lifts_a_lock(database) {
        let world = World::serving(database, "nexus: { throttle: { password: { limit: 2, window: 1h } } }\n").await;
        let signed_up = world.register("ann@example.test", "a-long-password-of-ann").await;
        let id = signed_up["identity"]["id"].as_str().expect("an id").to_owned();
        for _ in 0..2 {
            world.sign_in("ann@example.test", "wrong-guess-of-many").await;
        }
        assert_eq!(world.sign_in("ann@example.test", "a-long-password-of-ann").await.0, 429);
        let lift = world.http.delete(world.admin(&format!("/admin/identities/{id}/locks")));
        assert_eq!(world.send(lift).await.0, 204);
        assert_eq!(world.sign_in("ann@example.test", "a-long-password-of-ann").await.0, 200);
    }

    async fn metrics_tell_requests_outcomes_and_queues(database) {
        let world = World::serving(database, "watch-courier: false\n").await;
        world.register("ann@example.test", "a-long-password-of-ann").await;
        world.sign_in("ann@example.test", "wrong-guess-of-many").await;
        let answer = world.http.get(world.admin("/admin/metrics/prometheus")).send().await.expect("an answer");
        assert!(answer.headers()["content-type"].to_str().expect("text").starts_with("text/plain; version=0.0.4"));
        let text = answer.text().await.expect("text");
        for line in [
            r#"nexus_http_requests_duration_seconds_count{method="POST",port="public",route="/self-service/login",status="400"} 1"#,
            r#"nexus_events_total{kind="login",method="password",outcome="failure"} 1"#,
            r#"nexus_courier_messages{status="queued"} 1"#,
            r#"nexus_hashing{state="waiting"} 0"#,
            r#"nexus_database_connections{state="open"}"#,
        ] {
            assert!(text.contains(line), "{line} is not in:\n{text}");
        }
        assert_eq!(world.get(world.public("/metrics/prometheus")).await.0, 404);
    }

    /// Requirement 68.
    async fn the_log_has_request_and_trace_and_no_secret(database) {
        let world = World::serving(database, "log: { format: json, level: debug }\n").await;
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let asked = world.http.get(world.public("/self-service/errors?id=canary-in-the-query"))
            .header("x-request-id", "req-of-the-story").header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01"));
        world.send(asked).await;
        let signed_up = world.register("ann@example.test", "canary-password-of-ann").await;
        let token = signed_up["session_token"].as_str().expect("a token").to_owned();
        world.send(world.http.get(world.public("/sessions/whoami")).header("x-session-token", &token)).await;
        let log = world.until("the request", async || world.log(), |log| log.contains("req-of-the-story")).await;
        let line = log.lines().find(|line| line.contains("req-of-the-story") && line.contains("\"message\":\"request\"")).expect("a line");
        let line: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(line["span"]["trace_id"], trace, "{line}");
        assert_eq!((&line["route"], &line["method"]), (&json!("/self-service/errors"), &json!("GET")));
        for canary in ["canary", token.as_str()] {
            assert!(!world.log().contains(canary), "{canary} is in the log");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hangup_reads_the_configuration_again() {
    let world = World::serving(support::Database::Sqlite, "revision: one\n").await;
    let pid = world.pid(0).to_string();
    let killed = std::process::Command::new("kill").args(["-HUP", &pid]).status().expect("kill runs");
    assert!(killed.success());
    world.until("the log", async || world.log(), |log| log.contains("read again and is in force")).await;
    assert_eq!(world.get(world.admin("/admin/health/config")).await.1, "one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_belongs_to_another_certificate_stops_the_start() {
    let world = World::new(support::Database::Sqlite, "").await;
    let ((certificate, _), (_, key), place) = (pair(), pair(), world.folder.path().display().to_string());
    world.write("tls.crt", &certificate);
    world.write("tls.key", &key);
    world.write("extra.yml", &format!(
        "serve: {{ public: {{ tls: {{ cert: {{ path: {place}/tls.crt }}, key: {{ path: {place}/tls.key }} }} }} }}\n"));
    let output = world.run(&["serve"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("serve.public.tls"), "{said}");
}
