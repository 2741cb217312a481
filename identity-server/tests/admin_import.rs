//! People who move in with the password hashes of another program, on both databases.

mod support;

use serde::Deserialize;
use serde_json::json;
use support::World;

/// Hashes that other programs have made.
#[derive(Deserialize)]
struct Vector {
    family: String,
    made_by: String,
    password: String,
    hash: String,
}

on_both! {
    // Requirement 10.
    async fn hashes_of_every_format_open_their_account_once_and_are_then_replaced(database) {
        // Quicker than the bcrypt of the other tests, which is never below cost 12.
        let argon2 = "hashers: { algorithm: argon2, argon2: { memory: 19MB, iterations: 2, parallelism: 1 } }\n";
        let world = World::serving(database, argon2).await;
        let vectors: Vec<Vector> = serde_json::from_str(include_str!("../src/hashing/vectors.json")).expect("vectors");
        let vectors: Vec<Vector> = vectors.into_iter().filter(|vector| vector.password.len() < 20).collect();
        let families: std::collections::BTreeSet<&str> = vectors.iter().map(|vector| vector.family.as_str()).collect();
        for family in ["argon2", "bcrypt", "crypt", "digest", "django", "hmac", "ldap", "pbkdf2", "phpass", "scrypt", "werkzeug"] {
            assert!(families.contains(family), "{family}");
        }
        // The formats are the same on both databases: one of each family is enough on the second.
        let mut seen = std::collections::BTreeSet::new();
        let wanted = |vector: &&Vector| database == support::Database::Sqlite || seen.insert(vector.family.clone());
        let vectors: Vec<&Vector> = vectors.iter().filter(wanted).collect();
        for (n, vector) in vectors.iter().enumerate() {
            let name = format!("{} by {}", &vector.hash[..vector.hash.len().min(24)], vector.made_by);
            let email = format!("p{n}@nexus.example");
            let body = json!({ "traits": { "email": email }, "credentials": { "password": { "config": { "hashed_password": vector.hash } } } });
            let (status, made) = world.send(world.http.post(world.admin("/admin/identities")).json(&body)).await;
            assert_eq!(status, 201, "{name}: {made}");
            let (status, _) = world.sign_in(&email, "another password").await;
            assert_eq!(status, 400, "{name}: a wrong password");
            for _ in 0..2 {
                let (status, answer) = world.sign_in(&email, &vector.password).await;
                assert_eq!(status, 200, "{name}: {answer}");
            }
            let id = made["id"].as_str().expect("an id");
            let (_, read) = world.get(world.admin(&format!("/admin/identities/{id}?include_credential=password"))).await;
            let hash = read["credentials"]["password"]["config"]["hashed_password"].as_str().expect("a hash");
            assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{name} is now {hash}");
        }
    }

    async fn a_password_that_is_changed_while_its_hash_is_upgraded_stays_changed(database) {
        let world = World::serving(database, "").await;
        for n in 0..10 {
            let email = format!("p{n}@nexus.example");
            let old = json!({ "password": { "config": { "hashed_password": "$md5$tboTl7mwEDrTBFPyf//xCw==" } } });
            let body = json!({ "traits": { "email": email }, "credentials": old });
            let (_, made) = world.send(world.http.post(world.admin("/admin/identities")).json(&body)).await;
            let url = world.admin(&format!("/admin/identities/{}", made["id"].as_str().expect("an id")));
            let new = json!({ "password": { "config": { "password": "a new password" } } });
            let change = world.send(world.http.put(url).json(&json!({ "traits": { "email": email }, "credentials": new })));
            let ((changed, _), _) = futures_util::future::join(change, world.sign_in(&email, "Kupfer-Ahorn-42")).await;
            assert_eq!(changed, 200);
            assert_eq!(world.sign_in(&email, "a new password").await.0, 200);
            assert_eq!(world.sign_in(&email, "Kupfer-Ahorn-42").await.0, 400, "the old password does not come back");
        }
    }
}
