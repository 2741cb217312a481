//! Recovery, settings and second factors, by HTTP.

mod support;

use serde_json::{Value, json};
use support::World;

const METHODS: &str = "selfservice:\n  methods: { totp: { enabled: true }, lookup_secret: { enabled: true }, link: { enabled: true } }\n\
                       \x20 flows: { recovery: { enabled: true } }\n\
                       feature_flags: { use_continue_with_transitions: true }\n";
const PASSWORD: &str = "the-first-secret-of-hers";

/// A native client that may hold a session.
struct Client<'w> {
    world: &'w World,
    token: String,
}

impl Client<'_> {
    async fn get(&self, path: &str) -> (u16, Value) {
        let request = self.world.http.get(self.world.public(path)).header("x-session-token", &self.token);
        self.world.send(request).await
    }

    async fn post(&self, flow: &Value, body: Value) -> (u16, Value) {
        // The path of the flow's action, on the port of this server.
        let action = url::Url::parse(flow["ui"]["action"].as_str().expect("an action")).expect("a URL");
        let target = format!("{}?{}", action.path(), action.query().unwrap_or_default());
        let request = self.world.http.post(self.world.public(&target)).header("x-session-token", &self.token);
        self.world.send(request.json(&body)).await
    }

    async fn settings(&self, body: Value) -> (u16, Value) {
        let (status, flow) = self.get("/self-service/settings/api").await;
        assert_eq!(status, 200, "{flow}");
        self.post(&flow, body).await
    }

    async fn level(&self) -> (u16, Value) {
        let (status, session) = self.get("/sessions/whoami").await;
        (status, session["authenticator_assurance_level"].clone())
    }
}

async fn signed_up<'w>(world: &'w World, email: &str) -> (Client<'w>, String) {
    let answer = world.register(email, PASSWORD).await;
    let token = answer["session_token"].as_str().expect("a token").to_owned();
    (Client { world, token }, answer["identity"]["id"].as_str().expect("an id").to_owned())
}

async fn signed_in<'w>(world: &'w World, email: &str) -> Client<'w> {
    let (status, answer) = world.sign_in(email, PASSWORD).await;
    assert_eq!(status, 200, "{answer}");
    Client { world, token: answer["session_token"].as_str().expect("a token").to_owned() }
}

fn node<'f>(flow: &'f Value, id: &str) -> Option<&'f Value> {
    let nodes = flow["ui"]["nodes"].as_array()?;
    nodes.iter().find(|node| node["attributes"]["name"] == id || node["attributes"]["id"] == id)
}

fn messages(flow: &Value) -> Vec<u64> {
    let list = flow["ui"]["messages"].as_array().cloned().unwrap_or_default();
    list.iter().filter_map(|message| message["id"].as_u64()).collect()
}

/// The code that an authenticator app shows, `steps` of thirty seconds from now.
fn app_code(secret: &str, steps: i64) -> String {
    let bytes = totp_rs::Secret::Encoded(secret.to_owned()).to_bytes().expect("base32");
    let totp = totp_rs::TOTP::new_unchecked(totp_rs::Algorithm::SHA1, 6, 1, 30, bytes, None, String::new());
    let now = i64::try_from(totp.generate_current_time()).expect("now");
    totp.generate(u64::try_from(now + steps * 30).expect("a time"))
}

trait CurrentTime {
    fn generate_current_time(&self) -> u64;
}

impl CurrentTime for totp_rs::TOTP {
    #[expect(clippy::disallowed_methods, reason = "an authenticator app goes by the real time")]
    fn generate_current_time(&self) -> u64 {
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs()
    }
}

/// Links an authenticator app; its secret.
async fn link_app(client: &Client<'_>) -> String {
    let (_, flow) = client.get("/self-service/settings/api").await;
    let secret =
        node(&flow, "totp_secret_key").expect("a secret")["attributes"]["text"]["text"].as_str().expect("text");
    let picture = node(&flow, "totp_qr").expect("a picture")["attributes"]["src"].as_str().expect("a source");
    assert!(picture.starts_with("data:image/png;base64,"), "{picture:.40}");
    let (status, wrong) = client.post(&flow, json!({ "method": "totp", "totp_code": "000000" })).await;
    assert_eq!((status, &node(&wrong, "totp_code").expect("the field")["messages"][0]["id"]), (400, &json!(4_000_008)));
    let code = app_code(secret, -1);
    let (status, saved) = client.post(&flow, json!({ "method": "totp", "totp_code": code })).await;
    assert_eq!((status, messages(&saved)), (200, vec![1_050_001]), "{saved}");
    secret.to_owned()
}

async fn administrators_code(world: &World, identity: &str) -> (Value, String) {
    let request = world.http.post(world.admin("/admin/recovery/code")).json(&json!({ "identity_id": identity }));
    let (status, made) = world.send(request).await;
    assert_eq!(status, 201, "{made}");
    let link = url::Url::parse(made["recovery_link"].as_str().expect("a link")).expect("a URL");
    let id = link.query_pairs().find(|(key, _)| key == "flow").expect("a flow").1.into_owned();
    (json!({ "ui": { "action": world.public(&format!("/self-service/recovery?flow={id}")) } }), {
        made["recovery_code"].as_str().expect("a code").to_owned()
    })
}

on_both! {
    async fn whoever_has_the_administrators_code_gets_in_once_and_sets_a_password(database) {
        let world = World::serving(database, METHODS).await;
        let (old, id) = signed_up(&world, "ada@example.test").await;
        let (flow, code) = administrators_code(&world, &id).await;
        let nobody = Client { world: &world, token: String::new() };
        let (status, wrong) = nobody.post(&flow, json!({ "method": "code", "code": "000000" })).await;
        assert_eq!((status, messages(&wrong)), (200, vec![4_060_006]), "{wrong}");

        // Requirement 22: of twenty at once one gets in.
        let tries = (0..20).map(|_| nobody.post(&flow, json!({ "method": "code", "code": code })));
        let answers = futures_util::future::join_all(tries).await;
        let passed = answers.iter().filter(|(_, answer)| answer["state"] == "passed_challenge").count();
        assert_eq!(passed, 1, "{answers:?}");
        assert_eq!(old.level().await.0, 200);
    }

    async fn a_new_password_must_differ_and_replaces_the_old_one(database) {
        let world = World::serving(database, METHODS).await;
        let (client, _) = signed_up(&world, "bob@example.test").await;
        let (status, same) = client.settings(json!({ "method": "password", "password": PASSWORD })).await;
        assert_eq!((status, &node(&same, "password").expect("the field")["messages"][0]["id"]), (400, &json!(4_000_039)));
        let (status, saved) = client.settings(json!({ "method": "password", "password": "another-secret-of-his" })).await;
        assert_eq!((status, messages(&saved)), (200, vec![1_050_001]), "{saved}");
        assert_eq!(world.sign_in("bob@example.test", PASSWORD).await.0, 400);
        assert_eq!(world.sign_in("bob@example.test", "another-secret-of-his").await.0, 200);
    }

    /// Requirement 25, ASVS 7.5.1.
    async fn credentials_change_only_soon_after_signing_in(database) {
        let config = METHODS.replace("flows: {", "flows: { settings: { privileged_session_max_age: 0s },");
        let world = World::serving(database, &config).await;
        let (client, _) = signed_up(&world, "cleo@example.test").await;
        for body in [
            json!({ "method": "password", "password": "another-secret-of-hers" }),
            json!({ "method": "profile", "traits": { "email": "other@example.test" } }),
            json!({ "method": "lookup_secret", "lookup_secret_regenerate": true }),
        ] {
            let (status, refused) = client.settings(body.clone()).await;
            assert_eq!((status, &refused["error"]["id"]), (403, &json!("session_refresh_required")), "{body}: {refused}");
        }
        let body = json!({ "method": "profile", "traits": { "email": "cleo@example.test", "name": "Cleo" } });
        let (status, saved) = client.settings(body).await;
        assert_eq!((status, &saved["identity"]["traits"]["name"]), (200, &json!("Cleo")), "{saved}");
    }

    /// Requirements 22, 23 and 25.
    async fn an_authenticator_app_is_asked_for_and_each_of_its_codes_works_once(database) {
        let world = World::serving(database, METHODS).await;
        let (first, _) = signed_up(&world, "dora@example.test").await;
        let secret = link_app(&first).await;
        assert_eq!(first.level().await, (200, json!("aal2")));

        // The password alone is not enough any more, neither for the session nor for the settings.
        let second = signed_in(&world, "dora@example.test").await;
        assert_eq!(second.level().await.0, 403);
        let (status, refused) = second.get("/self-service/settings/api").await;
        assert_eq!((status, &refused["error"]["id"]), (403, &json!("session_aal2_required")));
        let (_, flow) = second.get("/self-service/login/api?aal=aal2").await;
        assert!(node(&flow, "totp_code").is_some(), "{flow}");
        let code = app_code(&secret, 0);
        let tries = (0..20).map(|_| second.post(&flow, json!({ "method": "totp", "totp_code": code })));
        let answers = futures_util::future::join_all(tries).await;
        assert_eq!(answers.iter().filter(|(status, _)| *status == 200).count(), 1, "{answers:?}");
        assert_eq!(second.level().await, (200, json!("aal2")));

        // Nor does it work in another session.
        let third = signed_in(&world, "dora@example.test").await;
        let (_, flow) = third.get("/self-service/login/api?aal=aal2").await;
        let (status, again) = third.post(&flow, json!({ "method": "totp", "totp_code": code })).await;
        assert_eq!(status, 400, "{again}");
        assert_eq!(third.level().await.0, 403);
    }

    /// Requirements 22 and 27.
    async fn a_backup_code_works_once_and_only_after_it_was_confirmed(database) {
        let world = World::serving(database, METHODS).await;
        let (client, _) = signed_up(&world, "emil@example.test").await;
        let (_, flow) = client.get("/self-service/settings/api").await;
        let make = json!({ "method": "lookup_secret", "lookup_secret_regenerate": true });
        let (status, made) = client.post(&flow, make).await;
        assert_eq!(status, 200, "{made}");
        let secrets = &node(&made, "lookup_secret_codes").expect("codes")["attributes"]["text"]["context"]["secrets"];
        let codes: Vec<String> = secrets.as_array().expect("a list").iter()
            .filter_map(|secret| secret["context"]["secret"].as_str().map(str::to_owned)).collect();
        assert_eq!(codes.len(), 12);
        assert_eq!(signed_in(&world, "emil@example.test").await.level().await, (200, json!("aal1")));
        let (status, saved) = client.post(&flow, json!({ "method": "lookup_secret", "lookup_secret_confirm": true })).await;
        assert_eq!((status, messages(&saved)), (200, vec![1_050_001]), "{saved}");

        let second = signed_in(&world, "emil@example.test").await;
        let (_, flow) = second.get("/self-service/login/api?aal=aal2").await;
        let use_it = json!({ "method": "lookup_secret", "lookup_secret": codes[3] });
        let tries = (0..10).map(|_| second.post(&flow, use_it.clone()));
        let answers = futures_util::future::join_all(tries).await;
        assert_eq!(answers.iter().filter(|(status, _)| *status == 200).count(), 1, "{answers:?}");
        assert_eq!(second.level().await, (200, json!("aal2")));
    }
}

/// Requirements 20, 26 and 27.
#[tokio::test(flavor = "multi_thread")]
async fn the_database_holds_no_secret_code_or_token_in_clear() {
    let world = World::serving(support::Database::Sqlite, METHODS).await;
    let (client, id) = signed_up(&world, "fritz@example.test").await;
    let secret = link_app(&client).await;
    let (_, code) = administrators_code(&world, &id).await;
    let (_, flow) = client.get("/self-service/settings/api").await;
    let (_, made) = client.post(&flow, json!({ "method": "lookup_secret", "lookup_secret_regenerate": true })).await;
    let text = &node(&made, "lookup_secret_codes").expect("codes")["attributes"]["text"];
    let backup = text["context"]["secrets"][0]["context"]["secret"].as_str().expect("a code").to_owned();
    let mut clear: Vec<(&str, Vec<u8>)> = vec![
        ("the app's secret", secret.into_bytes()),
        ("the recovery code", format!("\"{code}\"").into_bytes()),
        ("a backup code", backup.into_bytes()),
        ("the session token", client.token.clone().into_bytes()),
        ("the password", PASSWORD.as_bytes().to_vec()),
    ];
    clear.dedup();
    let mut files = Vec::new();
    for name in ["identity.sqlite", "identity.sqlite-wal"] {
        files.extend(std::fs::read(world.path(name)).unwrap_or_default());
    }
    assert!(files.windows(18).any(|window| window == b"fritz@example.test"), "the files are the database");
    for (what, needle) in clear {
        assert!(!files.windows(needle.len()).any(|window| window == needle), "{what} stands in the database");
    }
}
