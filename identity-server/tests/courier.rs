//! Mails and text messages on their way out: to a real mail server, with TLS and a password, through outages, and
//! with several couriers at work.

mod support;

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use support::World;
use support::smtp::{MailServer, Options};

/// The code of a verification mail.
fn code_of(text: &str) -> String {
    let found = text.split(|c: char| !c.is_ascii_digit()).find(|part| part.len() == 6);
    found.unwrap_or_else(|| panic!("no code in {text}")).to_owned()
}

on_both! {
    async fn a_mail_goes_out_by_starttls_with_a_password_and_proves_the_address(database) {
        let server = MailServer::start(Options {
            requires_tls: true,
            login: Some(("post", "pass word")),
            ..Options::default()
        }).await;
        let config = format!(
            "courier:\n  smtp:\n    connection_uri: \"smtp://post:pass%20word@localhost:{}/?skip_ssl_verify=true\"\n\
             \x20   from_address: post@sender.test\n    from_name: Post Office\n    local_name: mx.sender.test\n\
             \x20   headers: {{ X-Campaign: none }}\n", server.port);
        let world = World::serving(database, &config).await;
        let answer = world.register("ann@example.test", "a-long-password-of-ann").await;
        let flow = answer["continue_with"][1]["flow"]["id"].as_str().or(answer["continue_with"][0]["flow"]["id"].as_str());
        let mails = world.until("the mail", async || server.mails(), |mails| !mails.is_empty()).await;
        let mail = &mails[0];
        assert!(mail.tls && mail.user.as_deref() == Some("post"));
        assert_eq!((mail.from.as_str(), mail.to.as_str()), ("post@sender.test", "ann@example.test"));
        assert_eq!(mail.helo, "mx.sender.test");
        assert_eq!(mail.header("From"), Some("\"Post Office\" <post@sender.test>"));
        assert_eq!(mail.header("X-Campaign"), Some("none"));
        assert_eq!(mail.header("Auto-Submitted"), Some("auto-generated"));
        assert!(mail.header("Content-Type").is_some_and(|kind| kind.starts_with("multipart/alternative")));
        let code = code_of(mail.header("Subject").expect("a subject"));
        assert!(mail.text().contains(&code));
        if let Some(flow) = flow {
            let url = world.public(&format!("/self-service/verification?flow={flow}"));
            let (status, done) = world.send(world.http.post(url).json(&json!({ "method": "code", "code": code }))).await;
            assert_eq!((status, &done["state"]), (200, &json!("passed_challenge")), "{done}");
        }
        let sent = world.until("its record", async || world.messages().await, |list| list[0]["status"] == "sent").await;
        assert_eq!(sent[0]["body"], "<redacted-unless-dev-mode>");
        let (_, one) = world.get(world.admin(&format!("/admin/courier/messages/{}", sent[0]["id"].as_str().expect("an id")))).await;
        assert_eq!((&one["dispatches"][0]["status"], &one["dispatches"][0]["error"]), (&json!("success"), &Value::Null));
    }

    async fn smtps_and_a_client_certificate(database) {
        let own = rcgen::generate_simple_self_signed(["courier.test".to_owned()]).expect("a certificate");
        let server = MailServer::start(Options {
            implicit_tls: true,
            client_authority: Some(own.cert.der().clone()),
            ..Options::default()
        }).await;
        let mut world = World::new(database, "").await;
        world.write("client.crt", &own.cert.pem());
        world.write("client.key", &own.signing_key.serialize_pem());
        let place = world.folder.path().display().to_string();
        world.write("extra.yml", &format!(
            "courier: {{ smtp: {{ connection_uri: \"smtps://localhost:{}/?skip_ssl_verify=true\", \
             client_cert_path: {place}/client.crt, client_key_path: {place}/client.key }} }}\n", server.port));
        world.start().await;
        world.register("ann@example.test", "a-long-password-of-ann").await;
        let mails = world.until("the mail", async || server.mails(), |mails| !mails.is_empty()).await;
        assert!(mails[0].tls && mails[0].client_certificate);
    }

    async fn an_unknown_certificate_keeps_the_mail_in_the_queue(database) {
        let server = MailServer::start(Options::default()).await;
        let config = format!("courier: {{ smtp: {{ connection_uri: \"smtp://localhost:{}/\" }} }}\n", server.port);
        let world = World::serving(database, &config).await;
        world.register("ann@example.test", "a-long-password-of-ann").await;
        let list = world.until("a try", async || world.messages().await, |list| list[0]["send_count"] != 0).await;
        assert_eq!(list[0]["status"], "queued");
        let (_, one) = world.get(world.admin(&format!("/admin/courier/messages/{}", list[0]["id"].as_str().expect("an id")))).await;
        let error = one["dispatches"][0]["error"].to_string();
        assert!(error.to_lowercase().contains("certificate"), "{error}");
        assert!(server.mails().is_empty());
    }

    async fn three_couriers_and_an_outage_lose_nothing_and_send_nothing_twice(database) {
        let server = MailServer::start(Options::default()).await;
        server.down.store(true, Ordering::SeqCst);
        let config = format!(
            "watch-courier: false\ncourier: {{ message_retries: 2, worker: {{ pull_count: 5, pull_wait: 20ms }}, \
             smtp: {{ connection_uri: \"smtp://localhost:{}/?disable_starttls=true\" }} }}\n", server.port);
        let mut world = World::serving(database, &config).await;
        for _ in 0..3 {
            world.spawn(&["courier", "watch"]);
        }
        let everybody: BTreeSet<String> = (0..20).map(|number| format!("p{number}@example.test")).collect();
        for email in &everybody {
            world.register(email, "a-long-password-of-them").await;
        }
        world.until("tries during the outage", async || world.messages().await, |list| {
            list.iter().map(|message| message["send_count"].as_u64().unwrap_or_default()).sum::<u64>() > 3
        }).await;
        server.down.store(false, Ordering::SeqCst);
        world.until("everything sent", async || world.messages().await, |list| {
            list.len() == 20 && list.iter().all(|message| message["status"] == "sent")
        }).await;
        let mails = server.mails();
        let reached: BTreeSet<String> = mails.iter().map(|mail| mail.to.clone()).collect();
        assert_eq!(reached, everybody);
        assert_eq!(mails.len(), 20, "somebody got two");
    }

    async fn a_refused_mail_is_tried_again_and_given_up_in_the_end(database) {
        let server = MailServer::start(Options::default()).await;
        server.refusals.lock().expect("the list").extend(["451 4.7.1 greylisted", "550 5.1.1 nobody here"]);
        let config = format!(
            "courier: {{ smtp: {{ connection_uri: \"smtp://localhost:{}/?disable_starttls=true\" }} }}\n", server.port);
        let world = World::serving(database, &config).await;
        world.register("ann@example.test", "a-long-password-of-ann").await;
        let list = world.until("the end", async || world.messages().await, |list| list[0]["status"] == "abandoned").await;
        assert_eq!(list[0]["send_count"], 2);
        server.refusals.lock().expect("the list").extend(["451 4.7.1 greylisted"]);
        world.register("bea@example.test", "a-long-password-of-bea").await;
        world.until("the second try", async || server.mails(), |mails| mails.iter().any(|mail| mail.to == "bea@example.test")).await;
    }

    async fn a_crash_of_the_server_loses_no_mail(database) {
        let mut world = World::new(database, "watch-courier: false\n").await;
        let process = world.start().await;
        world.register("ann@example.test", "a-long-password-of-ann").await;
        world.kill(process);
        let server = MailServer::start(Options::default()).await;
        world.write("extra.yml", &format!(
            "courier: {{ smtp: {{ connection_uri: \"smtp://localhost:{}/?disable_starttls=true\" }} }}\n", server.port));
        world.spawn(&["courier", "watch"]);
        let mails = world.until("the mail", async || server.mails(), |mails| !mails.is_empty()).await;
        assert_eq!(mails[0].to, "ann@example.test");
    }

    async fn mails_speak_the_language_of_the_account_or_of_the_browser(database) {
        let server = MailServer::start(Options::default()).await;
        let config = format!(
            "courier: {{ smtp: {{ connection_uri: \"smtp://localhost:{}/?disable_starttls=true\" }} }}\n", server.port);
        let world = World::serving(database, &config).await;
        world.register_traits(json!({ "email": "ida@example.test", "language": "de" }), "a-long-password-of-ida").await;
        world.register("ann@example.test", "a-long-password-of-ann").await;
        let mails = world.until("the mails", async || server.mails(), |mails| mails.len() == 2).await;
        let to = |address: &str| mails.iter().find(|mail| mail.to == address).expect("a mail").text();
        assert!(to("ida@example.test").contains("<html lang=\"de\">") && to("ida@example.test").contains("Guten Tag"));
        assert!(to("ann@example.test").contains("<html lang=\"en\">") && to("ann@example.test").contains("Hello"));
    }

    async fn own_templates_are_used_and_values_in_html_are_escaped(database) {
        let server = MailServer::start(Options::default()).await;
        let mut world = World::new(database, "").await;
        let folder = "templates/verification_code/valid";
        world.write(&format!("{folder}/email.subject.gotmpl"), "{{ .VerificationCode }} for {{ .Identity.traits.name | upper }}");
        world.write(&format!("{folder}/email.body.gotmpl"), "<p>{{ .Identity.traits.name }}</p>{{ template \"email.body.more.gotmpl\" . }}");
        world.write(&format!("{folder}/email.body.more.gotmpl"), "<a href=\"/?q={{ .To }}\">x</a>");
        world.write("extra.yml", &format!(
            "courier: {{ template_override_path: {}/templates, smtp: {{ connection_uri: \"smtp://localhost:{}/?disable_starttls=true\" }} }}\n",
            world.folder.path().display(), server.port));
        world.start().await;
        world.register_traits(json!({ "email": "ann@example.test", "name": "<b>Ann</b>" }), "a-long-password-of-them").await;
        let mails = world.until("the mail", async || server.mails(), |mails| !mails.is_empty()).await;
        let text = mails[0].text();
        assert!(mails[0].header("Subject").is_some_and(|subject| subject.ends_with("for <B>ANN</B>")));
        assert!(text.contains("<p>&lt;b&gt;Ann&lt;/b&gt;</p><a href=\"/?q=ann%40example.test\">x</a>"), "{text}");
        assert!(text.contains("please show that") || text.contains("Please show that"), "the text part is ours: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_cannot_work_stops_the_start_and_names_file_and_line() {
    let world = World::new(support::Database::Sqlite, "").await;
    world.write("templates/recovery_code/valid/email.body.gotmpl", "<p>\n{{ .RecoveryCode | shout }}</p>");
    world.write("templates/login_code/valid/email.subject.gotmpl", "{{ .LogonCode }}");
    world.write(
        "extra.yml",
        &format!("courier: {{ template_override_path: {}/templates }}\n", world.folder.path().display()),
    );
    let output = world.run(&["serve"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{said}");
    assert!(
        said.contains("recovery_code/valid/email.body.gotmpl:2:") && said.contains("\"shout\" is not defined"),
        "{said}"
    );
    assert!(
        said.contains("login_code/valid/email.subject.gotmpl: reads .LogonCode") && said.contains(".LoginCode"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_template_that_is_no_jsonnet_stops_the_start() {
    let world = World::new(support::Database::Sqlite, "").await;
    world.write("body.jsonnet", "function(ctx) {\n  to: ,\n}");
    world.write("extra.yml", "courier: { delivery_strategy: http, http: { request_config: { url: \"http://127.0.0.1:9/\", body: \"file://./body.jsonnet\" } } }\n");
    let output = world.run(&["serve"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("body.jsonnet:2: "), "{said}");
}
