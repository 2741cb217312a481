//! Guessing is bounded, whoever guesses and however fast.

mod support;

use serde_json::json;
use support::World;

const FEW: &str = "nexus: { hashing: { max_wait: 60s }, throttle: { password: { limit: 10, window: 1h } } }\n";

on_both! {
    /// Requirement 13.
    async fn fifty_wrong_passwords_at_once_are_checked_ten_times_at_most(database) {
        let world = World::serving(database, FEW).await;
        world.register("ann@example.test", "the-right-one-of-ann").await;
        for email in ["ann@example.test", "nobody@example.test"] {
            let guesses = (0..50).map(|number| {
                let world = &world;
                async move { world.sign_in(email, &format!("wrong-guess-{number}")).await }
            });
            let answers = futures_util::future::join_all(guesses).await;
            let checked = answers.iter().filter(|(status, _)| *status == 400).count();
            let turned_away = answers.iter().filter(|(status, _)| *status == 429).count();
            // Requirements 16 and 18: the same for a name that nobody has.
            assert_eq!((checked, turned_away), (10, 40), "{email}");
            let (_, refusal) = answers.iter().find(|(status, _)| *status == 429).expect("one of them");
            assert_eq!(refusal["error"]["code"], 429, "{refusal}");
        }
        // Nor does the right one get through now, and a variant of the name is the same account (12).
        let (status, _) = world.sign_in("ANN@example.test ", "the-right-one-of-ann").await;
        assert_eq!(status, 429);
    }

    /// Requirement 14.
    async fn who_is_kept_from_guessing_keeps_the_session(database) {
        let world = World::serving(database, FEW).await;
        let signed_up = world.register("bea@example.test", "the-right-one-of-bea").await;
        let token = signed_up["session_token"].as_str().expect("a token");
        for _ in 0..11 {
            world.sign_in("bea@example.test", "wrong-guess-of-many").await;
        }
        assert_eq!(world.sign_in("bea@example.test", "the-right-one-of-bea").await.0, 429);
        let whoami = world.http.get(world.public("/sessions/whoami")).header("x-session-token", token);
        assert_eq!(world.send(whoami).await.0, 200);
    }

    async fn a_right_password_starts_the_count_anew(database) {
        let world = World::serving(database, FEW).await;
        world.register("cleo@example.test", "the-right-one-of-cleo").await;
        for _ in 0..3 {
            for _ in 0..9 {
                assert_eq!(world.sign_in("cleo@example.test", "wrong-guess-of-many").await.0, 400);
            }
            assert_eq!(world.sign_in("cleo@example.test", "the-right-one-of-cleo").await.0, 200);
        }
    }

    async fn one_client_cannot_guess_at_many_accounts(database) {
        let config = "nexus: { trusted_proxies: [127.0.0.0/8], throttle: { address: { limit: 5, window: 1h } } }\n";
        let world = World::serving(database, config).await;
        let from = async |client: &str, number: usize| {
            let (_, flow) = world.get(world.public("/self-service/login/api")).await;
            let url = world.public(&format!("/self-service/login?flow={}", flow["id"].as_str().expect("a flow")));
            let body = json!({ "method": "password", "identifier": format!("p{number}@example.test"), "password": "a guess" });
            world.send(world.http.post(url).header("x-forwarded-for", client).json(&body)).await.0
        };
        for number in 0..5 {
            assert_eq!(from("192.0.2.7", number).await, 400);
        }
        assert_eq!(from("192.0.2.7", 6).await, 429);
        assert_eq!(from("192.0.2.8", 7).await, 400, "somebody else");
        for number in 0..5 {
            assert_eq!(from(&format!("2001:db8::{number}"), 10 + number).await, 400);
        }
        assert_eq!(from("2001:db8::ffff", 20).await, 429, "one household has a whole network");
    }

    async fn the_answer_says_when_to_come_back(database) {
        let world = World::serving(database, "nexus: { throttle: { password: { limit: 1, window: 90m } } }\n").await;
        world.sign_in("dora@example.test", "wrong-guess-of-many").await;
        let (_, flow) = world.get(world.public("/self-service/login/api")).await;
        let url = world.public(&format!("/self-service/login?flow={}", flow["id"].as_str().expect("a flow")));
        let body = json!({ "method": "password", "identifier": "dora@example.test", "password": "another" });
        let answer = world.http.post(url).json(&body).send().await.expect("an answer");
        assert_eq!(answer.status(), 429);
        let seconds: u64 = answer.headers()["retry-after"].to_str().expect("text").parse().expect("a number");
        assert!((5000..=5400).contains(&seconds), "{seconds}");
    }
}
