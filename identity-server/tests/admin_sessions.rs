//! Sessions as operators and their owners manage them, on both databases.

mod support;

use serde_json::{Value, json};
use support::World;

const PASSWORD: &str = "a password of Ada";

impl World {
    /// Registers Ada and signs her in `count` times in all; the identity, and the sessions with their tokens.
    async fn ada(&self, count: usize) -> (String, Vec<(String, String)>) {
        let registered = self.register("ada@nexus.example", PASSWORD).await;
        let pair = |answer: &Value| {
            let text = |value: &Value| value.as_str().expect("a text").to_owned();
            (text(&answer["session"]["id"]), text(&answer["session_token"]))
        };
        let mut sessions = vec![pair(&registered)];
        while sessions.len() < count {
            let (status, answer) = self.sign_in("ada@nexus.example", PASSWORD).await;
            assert_eq!(status, 200, "{answer}");
            sessions.push(pair(&answer));
        }
        (registered["identity"]["id"].as_str().expect("an id").to_owned(), sessions)
    }

    async fn is_in(&self, token: &str) -> bool {
        let whoami = self.http.get(self.public("/sessions/whoami")).header("x-session-token", token);
        self.send(whoami).await.0 == 200
    }

    async fn with_token(&self, request: reqwest::RequestBuilder, token: &str) -> (u16, Value) {
        self.send(request.header("x-session-token", token)).await
    }

    async fn manage(&self, body: Value) -> (u16, Value) {
        self.send(self.http.post(self.admin("/admin/sessions")).json(&body)).await
    }
}

const NOBODY: &str = "0c0c0c0c-0000-4000-8000-000000000000";

on_both! {
    async fn an_operator_lists_expands_and_ends_sessions(database) {
        let world = World::serving(database, "").await;
        let (identity, sessions) = world.ada(3).await;
        let (mut found, mut next) = (Vec::new(), Some("/admin/sessions?page_size=2".to_owned()));
        while let Some(path) = next {
            let answer = world.http.get(world.admin(&path)).send().await.expect("an answer");
            let links = answer.headers()["link"].to_str().expect("text").to_owned();
            next = links.split(',').find(|part| part.ends_with("rel=\"next\"")).map(|part| {
                part.trim_start_matches('<').split_once('>').expect("a link").0.to_owned()
            });
            let list: Vec<Value> = answer.json().await.expect("a list");
            found.extend(list.into_iter().map(|session| session["id"].as_str().expect("an id").to_owned()));
        }
        let newest_first: Vec<String> = sessions.iter().rev().map(|(id, _)| id.clone()).collect();
        assert_eq!(found, newest_first);

        let one = world.admin(&format!("/admin/sessions/{}", sessions[0].0));
        let (_, plain) = world.get(one.clone()).await;
        assert_eq!((&plain["identity"], &plain["devices"]), (&Value::Null, &json!([])));
        let (_, full) = world.get(format!("{one}?expand=identity&expand=devices")).await;
        assert_eq!(full["identity"]["id"], identity);
        assert_eq!(full["devices"].as_array().expect("a list").len(), 1);
        assert_eq!(world.get(format!("{one}?expand=soul")).await.0, 400);

        assert_eq!(world.send(world.http.delete(&one)).await.0, 204);
        assert_eq!(world.send(world.http.delete(&one)).await.0, 204, "again is no error");
        assert!(!world.is_in(&sessions[0].1).await && world.is_in(&sessions[1].1).await);
        assert_eq!(world.get(one).await.1["active"], false, "the row stays");
        for (filter, count) in [("active=true", 2), ("active=false", 1), ("page_size=0", 3)] {
            for path in ["/admin/sessions".to_owned(), format!("/admin/identities/{identity}/sessions")] {
                let (status, list) = world.get(world.admin(&format!("{path}?{filter}"))).await;
                assert_eq!((status, list.as_array().map(Vec::len)), (200, Some(count)), "{path}?{filter}");
            }
        }
        for (path, expected) in [
            (format!("/admin/sessions/{NOBODY}"), 404), ("/admin/sessions/not-a-uuid".into(), 400),
            ("/admin/sessions?active=maybe".into(), 400), ("/admin/sessions?page_size=x".into(), 400),
            ("/admin/sessions?page_token=rubbish".into(), 400), ("/admin/sessions?expand=soul".into(), 400),
            (format!("/admin/identities/{identity}/sessions?active=maybe"), 400),
            (format!("/admin/identities/{NOBODY}/sessions"), 200),
        ] {
            assert_eq!(world.get(world.admin(&path)).await.0, expected, "{path}");
        }
        assert_eq!(world.send(world.http.delete(world.admin(&format!("/admin/sessions/{NOBODY}")))).await.0, 404);
        assert_eq!(world.send(world.http.delete(world.admin("/admin/sessions/x"))).await.0, 400);

        let all = world.admin(&format!("/admin/identities/{identity}/sessions"));
        assert_eq!(world.send(world.http.delete(&all)).await.0, 204);
        assert_eq!(world.send(world.http.delete(&all)).await.0, 404);
        assert!(!world.is_in(&sessions[2].1).await);
    }

    async fn a_session_is_extended_within_what_the_configuration_allows(database) {
        let limits = "session: { lifespan: 1h, earliest_possible_extend: 2h }\nnexus: { session: { absolute_lifespan: 90m } }\n";
        let world = World::serving(database, limits).await;
        let (_, sessions) = world.ada(1).await;
        let path = world.admin(&format!("/admin/sessions/{}/extend", sessions[0].0));
        let (status, first) = world.send(world.http.patch(&path)).await;
        assert_eq!((status, &first["active"]), (200, &json!(true)), "{first}");
        let at = |session: &Value, key: &str| {
            let format = &time::format_description::well_known::Rfc3339;
            time::OffsetDateTime::parse(session[key].as_str().expect("a moment"), format).expect("a moment")
        };
        let age = at(&first, "expires_at") - at(&first, "issued_at");
        assert!(age > time::Duration::HOUR && age <= time::Duration::minutes(90), "{age}");
        assert_eq!(world.send(world.http.patch(world.admin(&format!("/admin/sessions/{NOBODY}/extend")))).await.0, 404);
        assert_eq!(world.send(world.http.patch(world.admin("/admin/sessions/x/extend"))).await.0, 400);
        world.send(world.http.delete(world.admin(&format!("/admin/sessions/{}", sessions[0].0)))).await;
        assert_eq!(world.send(world.http.patch(&path)).await.1["active"], false, "what has ended does not begin again");
        assert!(!world.is_in(&sessions[0].1).await);
    }

    async fn a_session_that_is_far_from_its_end_is_not_extended(database) {
        let world = World::serving(database, "session: { lifespan: 24h, earliest_possible_extend: 1h }\n").await;
        let (_, sessions) = world.ada(1).await;
        let one = world.admin(&format!("/admin/sessions/{}", sessions[0].0));
        let before = world.get(one.clone()).await.1["expires_at"].clone();
        let (status, after) = world.send(world.http.patch(format!("{one}/extend"))).await;
        assert_eq!((status, &after["expires_at"]), (200, &before));
    }

    async fn many_sessions_are_ended_or_deleted_at_once(database) {
        let world = World::serving(database, "").await;
        let (identity, sessions) = world.ada(3).await;
        let first = &sessions[0].0;
        let done = |count: u64| (200, json!({ "processed": count, "more": false }));
        assert_eq!(world.manage(json!({ "action": "disable", "sessions": [first] })).await, done(1));
        assert!(!world.is_in(&sessions[0].1).await && world.is_in(&sessions[1].1).await);
        assert_eq!(world.manage(json!({ "action": "disable", "identities": [identity] })).await, done(2), "only what runs");
        assert_eq!(world.manage(json!({ "action": "delete", "sessions": [first, NOBODY] })).await, done(1));
        assert_eq!(world.get(world.admin(&format!("/admin/sessions/{first}"))).await.0, 404);
        assert_eq!(world.manage(json!({ "action": "delete", "identities": ["*"] })).await, done(2));
        assert_eq!(world.get(world.admin("/admin/sessions")).await.1, json!([]));
        assert_eq!(world.manage(json!({ "action": "disable", "identities": [NOBODY] })).await, done(0));
        for wrong in [
            json!({ "action": "disable" }),
            json!({ "action": "disable", "sessions": [NOBODY], "identities": [NOBODY] }),
            json!({ "action": "disable", "sessions": [] }),
            json!({ "action": "freeze", "sessions": [NOBODY] }),
            json!({ "sessions": [NOBODY] }),
            json!({ "action": "disable", "sessions": ["seven"] }),
            json!({ "action": "disable", "sessions": ["*"] }),
            json!({ "action": "disable", "identities": ["*", NOBODY] }),
            json!({ "action": "disable", "sessions": vec![NOBODY; 501] }),
            json!("nope"),
        ] {
            assert_eq!(world.manage(wrong.clone()).await.0, 400, "{wrong}");
        }
    }

    async fn everybody_lists_and_ends_the_own_other_sessions_and_nobody_elses(database) {
        let world = World::serving(database, "").await;
        let (_, sessions) = world.ada(4).await;
        let eve = world.register("eve@nexus.example", "a password of Eve").await;
        let (eve_session, eve_token) = (eve["session"]["id"].as_str().expect("an id"), eve["session_token"].as_str().expect("a token"));
        let token = &sessions[3].1;
        let (mut found, mut next) = (Vec::new(), Some("/sessions?per_page=2&page=1".to_owned()));
        while let Some(path) = next {
            let answer = world.http.get(world.public(&path)).header("x-session-token", token).send().await.expect("an answer");
            assert_eq!(answer.headers()["x-total-count"], "3");
            let links = answer.headers()["link"].to_str().expect("text").to_owned();
            next = links.split(',').find(|part| part.ends_with("rel=\"next\"")).map(|part| {
                part.trim_start_matches('<').split_once('>').expect("a link").0.to_owned()
            });
            let list: Vec<Value> = answer.json().await.expect("a list");
            found.extend(list.into_iter().map(|session| session["id"].as_str().expect("an id").to_owned()));
        }
        let others: Vec<String> = sessions[..3].iter().rev().map(|(id, _)| id.clone()).collect();
        assert_eq!(found, others, "the links lead through all of them, without the own one");

        let end = |id: &str| world.http.delete(world.public(&format!("/sessions/{id}")));
        assert_eq!(world.with_token(end(&sessions[0].0), token).await.0, 204);
        assert!(!world.is_in(&sessions[0].1).await);
        assert_eq!(world.with_token(end(&sessions[3].0), token).await.0, 400, "the own one is logged out of");
        assert_eq!(world.with_token(end(eve_session), token).await.0, 204);
        assert!(world.is_in(eve_token).await, "nothing was said, nothing was done");
        assert_eq!(world.with_token(end("x"), token).await.0, 400);
        assert_eq!(world.send(end(&sessions[1].0)).await.0, 401);
        let (status, ended) = world.with_token(world.http.delete(world.public("/sessions")), token).await;
        assert_eq!((status, &ended["count"]), (200, &json!(2)));
        assert!(!world.is_in(&sessions[1].1).await && world.is_in(token).await && world.is_in(eve_token).await);
    }

    // Requirement 63.
    async fn where_a_session_comes_from_is_told_by_trusted_proxies_only(database) {
        for (proxies, expected) in [("", ""), ("nexus: { trusted_proxies: [127.0.0.0/8] }\n", "Bonn, DE")] {
            let world = World::serving(database, proxies).await;
            world.register("ada@nexus.example", PASSWORD).await;
            let (_, flow) = world.get(world.public("/self-service/login/api")).await;
            let body = json!({ "method": "password", "identifier": "ada@nexus.example", "password": PASSWORD });
            let submit = world.http.post(world.public(&format!("/self-service/login?flow={}", flow["id"].as_str().expect("an id"))));
            let submit = submit.header("cf-ipcity", "Bonn").header("cf-ipcountry", "DE").header("user-agent", "a browser");
            let (_, answer) = world.send(submit.json(&body)).await;
            let device = &answer["session"]["devices"][0];
            assert_eq!(device["location"], expected);
            assert_eq!(device["user_agent"], "a browser");
        }
    }

    async fn an_idle_session_ends_and_one_that_is_used_does_not(database) {
        let world = World::serving(database, "nexus: { session: { idle_timeout: 5s } }\n").await;
        let (_, sessions) = world.ada(2).await;
        let (idle, used) = (&sessions[0].1, &sessions[1].1);
        // Asking about the idle one would be using it, so its end shows only after the used one has outlived the bound.
        let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(7);
        while tokio::time::Instant::now() < deadline {
            assert!(world.is_in(used).await, "a session that is used goes on");
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        assert!(!world.is_in(idle).await);
        assert!(world.is_in(used).await);
    }

    async fn no_session_outlives_the_absolute_bound(database) {
        let limits = "session: { lifespan: 24h }\nnexus: { session: { absolute_lifespan: 1h } }\n";
        let world = World::serving(database, limits).await;
        let (_, sessions) = world.ada(1).await;
        let (_, session) = world.get(world.admin(&format!("/admin/sessions/{}", sessions[0].0))).await;
        let at = |key: &str| {
            let format = &time::format_description::well_known::Rfc3339;
            time::OffsetDateTime::parse(session[key].as_str().expect("a moment"), format).expect("a moment")
        };
        assert_eq!(at("expires_at") - at("issued_at"), time::Duration::HOUR);
    }
}
