//! The admin API of identities as an operator's programs call it, on both databases.

mod support;

use futures_util::future::join_all;
use serde_json::{Value, json};
use support::World;

/// Beside the default schema one with a username and any attributes, told as `base64://`.
fn two_schemas() -> String {
    use base64::Engine as _;
    let text = json!({ "type": "object", "properties": { "traits": { "type": "object", "properties": {
        "username": { "type": "string", "ory.sh/kratos": { "credentials": { "password": { "identifier": true } } } },
        "attributes": { "type": "object" },
    } } } });
    let text = base64::engine::general_purpose::STANDARD.encode(text.to_string());
    format!(
        "identity:\n  schemas:\n    - {{ id: default, url: \"file://./person.json\" }}\n    \
         - {{ id: member, url: \"base64://{text}\" }}\n"
    )
}

impl World {
    async fn create(&self, body: Value) -> (u16, Value) {
        self.send(self.http.post(self.admin("/admin/identities")).json(&body)).await
    }

    /// Makes somebody with a password; the id.
    async fn somebody(&self, email: &str, password: &str) -> String {
        let credentials = json!({ "password": { "config": { "password": password } } });
        let body = json!({ "schema_id": "default", "traits": { "email": email }, "credentials": credentials });
        let (status, identity) = self.create(body).await;
        assert_eq!(status, 201, "{identity}");
        identity["id"].as_str().expect("an id").to_owned()
    }

    async fn patch(&self, id: &str, operations: Value) -> (u16, Value) {
        self.send(self.http.patch(self.admin(&format!("/admin/identities/{id}"))).json(&operations)).await
    }

    async fn put(&self, id: &str, body: Value) -> (u16, Value) {
        self.send(self.http.put(self.admin(&format!("/admin/identities/{id}"))).json(&body)).await
    }

    async fn delete(&self, path: &str) -> (u16, Value) {
        self.send(self.http.delete(self.admin(path))).await
    }

    async fn identity(&self, id: &str) -> Value {
        let (status, identity) = self.get(self.admin(&format!("/admin/identities/{id}"))).await;
        assert_eq!(status, 200, "{identity}");
        identity
    }

    /// The list, and its `Link` and `X-Total-Count`.
    async fn page(&self, path: &str) -> (Vec<Value>, String, Option<String>) {
        let answer = self.http.get(self.admin(path)).send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 200, "{path}");
        let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().expect("text").to_owned());
        let (link, total) = (header("link").unwrap_or_default(), header("x-total-count"));
        (answer.json().await.expect("a list"), link, total)
    }
}

/// The address of a relation in a `Link`.
fn link(links: &str, rel: &str) -> Option<String> {
    let part = links.split(',').find(|part| part.ends_with(&format!("rel=\"{rel}\"")))?;
    Some(part.trim().strip_prefix('<')?.split_once('>')?.0.to_owned())
}

fn emails(list: &[Value]) -> Vec<&str> {
    list.iter().map(|identity| identity["traits"]["email"].as_str().expect("an address")).collect()
}

on_both! {
    async fn twenty_patches_at_the_same_moment_all_stay(database) {
        let world = World::serving(database, &two_schemas()).await;
        let body = json!({ "schema_id": "member", "traits": { "username": "ada", "attributes": {} } });
        let (_, made) = world.create(body).await;
        let id = made["id"].as_str().expect("an id");
        let patches = (0..20).map(|n| {
            world.patch(id, json!([{ "op": "add", "path": format!("/traits/attributes/k{n}"), "value": n }]))
        });
        for (status, answer) in join_all(patches).await {
            assert_eq!(status, 200, "{answer}");
        }
        let attributes = &world.identity(id).await["traits"]["attributes"];
        assert_eq!(attributes.as_object().expect("an object").len(), 20, "{attributes}");
    }

    async fn patches_and_replacements_at_the_same_moment_never_mix(database) {
        let world = World::serving(database, &two_schemas()).await;
        let body = json!({ "schema_id": "member", "traits": { "username": "ada", "attributes": {} } });
        let (_, made) = world.create(body).await;
        let id = made["id"].as_str().expect("an id");
        let world = &world;
        let puts = (0..5).map(|n| async move {
            let traits = json!({ "username": "ada", "attributes": { "put": n, "twin": n } });
            world.put(id, json!({ "schema_id": "member", "traits": traits })).await
        });
        let patches = (0..10).map(|n| async move {
            world.patch(id, json!([{ "op": "add", "path": "/metadata_public", "value": { "n": n } }])).await
        });
        let (puts, patches) = futures_util::future::join(join_all(puts), join_all(patches)).await;
        for (status, answer) in puts.into_iter().chain(patches) {
            assert_eq!(status, 200, "{answer}");
        }
        let attributes = &world.identity(id).await["traits"]["attributes"];
        assert_eq!(attributes["put"], attributes["twin"], "{attributes}");
    }

    async fn twenty_creations_with_one_address_make_one_identity(database) {
        let world = World::serving(database, "").await;
        let body = || json!({ "schema_id": "default", "traits": { "email": "ada@nexus.example" } });
        let mut statuses: Vec<u16> = join_all((0..20).map(|_| world.create(body()))).await.into_iter().map(|a| a.0).collect();
        statuses.sort_unstable();
        assert_eq!(statuses[0], 201);
        assert!(statuses[1..].iter().all(|status| *status == 409), "{statuses:?}");
    }

    async fn an_identity_is_made_with_every_field_and_read_in_every_way(database) {
        let world = World::serving(database, "").await;
        let answer = world.http.post(world.admin("/admin/identities")).json(&json!({
            "schema_id": "default",
            "external_id": "crm/7",
            "traits": { "email": "Ada@Nexus.example", "name": "Ada" },
            "metadata_public": { "plan": "gold" },
            "metadata_admin": { "risk": 0.25 },
            "verifiable_addresses": [{ "value": "ada@nexus.example", "via": "email", "verified": true }],
            "recovery_addresses": [{ "value": "ada@nexus.example", "via": "email" }],
            "credentials": { "password": { "config": { "password": "a password of Ada" } } },
        })).send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 201);
        let place = answer.headers()["location"].to_str().expect("text").to_owned();
        let made: Value = answer.json().await.expect("an identity");
        let id = made["id"].as_str().expect("an id");
        assert!(place.ends_with(&format!("/identities/{id}")), "{place}");
        assert_eq!(made["verifiable_addresses"][0]["status"], "completed");

        let read = world.identity(id).await;
        assert_eq!(read["metadata_admin"]["risk"], 0.25);
        assert_eq!(read["credentials"]["password"]["identifiers"], json!(["ada@nexus.example"]));
        assert!(read["credentials"]["password"].get("config").is_none(), "no hash unless asked for");
        let (_, same) = world.get(world.admin("/admin/identities/by/external/crm%2F7")).await;
        assert_eq!(same["id"], id);
        let (_, full) = world.get(world.admin(&format!("/admin/identities/{id}?include_credential=password"))).await;
        assert!(full["credentials"]["password"]["config"]["hashed_password"].is_string());
        let (status, _) = world.get(world.admin(&format!("/admin/identities/{id}?include_credential=soul"))).await;
        assert_eq!(status, 400);
        let (status, session) = world.sign_in("ada@nexus.example", "a password of Ada").await;
        assert_eq!(status, 200, "{session}");
        assert!(session["session"]["identity"].get("metadata_admin").is_none(), "only administrators see it");
    }

    async fn bodies_that_make_no_identity_are_refused_and_nothing_is_stored(database) {
        let world = World::serving(database, "").await;
        let email = json!({ "email": "ada@nexus.example" });
        let hash = |hash: &str| json!({ "password": { "config": { "hashed_password": hash } } });
        let bodies = [
            json!({ "traits": email, "colour": "blue" }),
            json!({ "traits": email, "schema_id": "no-such" }),
            json!({ "traits": { "name": "Ada" } }),
            json!({ "schema_id": "default" }),
            json!({ "traits": { "email": "ada@nexus.example", "shoe": 42 } }),
            json!({ "traits": { "email": "nonsense" } }),
            json!({ "traits": { "email": 7 } }),
            json!({ "traits": email, "state": "asleep" }),
            json!({ "traits": email, "organization_id": "acme" }),
            json!({ "traits": email, "credentials": hash("$what$ever") }),
            json!({ "traits": email, "credentials": hash("$2b$16$w4IEMzQs7RoAjPx1Vnfo3uKcO4w45qiD8Og1YJgqML6mo5Kk3PfAC") }),
            json!({ "traits": email, "credentials": { "password": { "config": {} } } }),
            json!({ "traits": email, "credentials": { "password": { "config": { "salt": "x" } } } }),
            json!({ "traits": email, "credentials": { "totp": { "config": { "totp_url": "rubbish" } } } }),
            json!({ "traits": email, "credentials": { "oidc": { "config": { "providers": [{ "provider": "hub", "subject": "" }] } } } }),
            json!({ "traits": email, "credentials": { "passkey": { "config": { "credentials": [] } } } }),
            json!({ "traits": email, "credentials": { "magic": {} } }),
            json!([1, 2]),
        ];
        for body in bodies {
            let (status, answer) = world.create(body.clone()).await;
            assert_eq!(status, 400, "{body}: {answer}");
            assert_eq!(answer["error"]["code"], 400, "{body}");
            assert!(answer["error"]["reason"].as_str().is_some_and(|reason| reason.len() > 10), "{body}: {answer}");
        }
        for raw in ["", "{ not json"] {
            let request = world.http.post(world.admin("/admin/identities")).header("content-type", "application/json");
            assert_eq!(world.send(request.body(raw)).await.0, 400);
        }
        assert_eq!(world.page("/admin/identities").await.0.len(), 0);
    }

    async fn identifiers_addresses_and_external_ids_are_unique_however_they_are_spelt(database) {
        let world = World::serving(database, "").await;
        let body = |email: &str, external: &str| json!({ "traits": { "email": email }, "external_id": external });
        assert_eq!(world.create(body("ada@nexus.example", "a")).await.0, 201);
        for (email, external) in [("ADA@nexus.example", "b"), ("eve@nexus.example", "a")] {
            let (status, answer) = world.create(body(email, external)).await;
            assert_eq!((status, &answer["error"]["code"]), (409, &json!(409)), "{email}");
        }
        let (_, eve) = world.create(body("eve@nexus.example", "e")).await;
        let id = eve["id"].as_str().expect("an id");
        let taken = json!({ "traits": { "email": "ada@nexus.example" } });
        assert_eq!(world.put(id, taken).await.0, 409);
        assert_eq!(world.patch(id, json!([{ "op": "replace", "path": "/external_id", "value": "a" }])).await.0, 409);
        assert_eq!(world.identity(id).await["external_id"], "e", "nothing of a refused change stays");
    }

    async fn a_replacement_keeps_credentials_and_moves_addresses_with_the_traits(database) {
        let world = World::serving(database, &two_schemas()).await;
        let id = world.somebody("ada@nexus.example", "a password of Ada").await;
        let verified = json!([{ "op": "replace", "path": "/verifiable_addresses/0/verified", "value": true },
            { "op": "add", "path": "/metadata_admin", "value": { "note": 1 } }]);
        assert_eq!(world.patch(&id, verified).await.0, 200);
        let (status, same) = world.put(&id, json!({ "traits": { "email": "ada@nexus.example", "name": "Ada" } })).await;
        assert_eq!(status, 200, "{same}");
        assert_eq!(same["verifiable_addresses"][0]["verified"], true, "the same address stays proven");
        assert_eq!(world.identity(&id).await["metadata_admin"], Value::Null, "what is not sent is gone");
        let (_, moved) = world.put(&id, json!({ "traits": { "email": "new@nexus.example" }, "state": "inactive" })).await;
        assert_eq!(moved["verifiable_addresses"][0]["verified"], false, "a new address is not");
        assert_eq!(moved["state"], "inactive");
        assert_eq!(world.sign_in("new@nexus.example", "a password of Ada").await.0, 400, "inactive");
        let active = json!({ "traits": { "email": "new@nexus.example" }, "state": "active",
            "credentials": { "password": { "config": { "password": "another password" } } }, "colour": "ignored" });
        assert_eq!(world.put(&id, active).await.0, 200);
        assert_eq!(world.sign_in("new@nexus.example", "a password of Ada").await.0, 400);
        assert_eq!(world.sign_in("new@nexus.example", "another password").await.0, 200);
        assert_eq!(world.sign_in("ada@nexus.example", "another password").await.0, 400, "the old address is free");
        let member = json!({ "schema_id": "member", "traits": { "username": "ada" } });
        let (_, member) = world.put(&id, member).await;
        assert_eq!(member["credentials"]["password"]["identifiers"], json!(["ada"]));
        assert_eq!(world.sign_in("ada", "another password").await.0, 200);
        for (body, expected) in [
            (json!({ "schema_id": "default" }), 400),
            (json!({ "traits": { "username": 7 } }), 400),
            (json!({ "schema_id": "none", "traits": {} }), 400),
            (json!({ "traits": { "username": "ada" }, "state": "asleep" }), 400),
            (json!("text"), 400),
        ] {
            assert_eq!(world.put(&id, body.clone()).await.0, expected, "{body}");
        }
        let body = json!({ "traits": { "email": "x@nexus.example" } });
        assert_eq!(world.put("0a0a0a0a-0000-4000-8000-000000000000", body.clone()).await.0, 404);
        assert_eq!(world.put("not-a-uuid", body).await.0, 404);
    }

    async fn a_json_patch_changes_what_it_names_or_nothing(database) {
        let world = World::serving(database, "").await;
        let id = world.somebody("ada@nexus.example", "a password of Ada").await;
        let (status, patched) = world.patch(&id, json!([
            { "op": "add", "path": "/traits/name", "value": "Ada" },
            { "op": "add", "path": "/external_id", "value": "x" },
            { "op": "add", "path": "/metadata_public", "value": { "tags": ["a"] } },
            { "op": "add", "path": "/metadata_public/tags/-", "value": "b" },
            { "op": "replace", "path": "/created_at", "value": "2020-01-01T00:00:00Z" },
        ])).await;
        assert_eq!(status, 200, "{patched}");
        assert_eq!(patched["metadata_public"]["tags"], json!(["a", "b"]));
        assert_ne!(patched["created_at"], "2020-01-01T00:00:00Z", "what is not to be changed stays as it is");
        let before = world.identity(&id).await;
        for operation in [
            json!({ "op": "replace", "path": "/id", "value": "0a0a0a0a-0000-4000-8000-000000000000" }),
            json!({ "op": "replace", "path": "", "value": {} }),
            json!({ "op": "remove", "path": "/credentials" }),
            json!({ "op": "add", "path": "/credentials/oidc/config", "value": { "providers": [] } }),
            json!({ "op": "add", "path": "/credentials/saml", "value": {} }),
            json!({ "op": "add", "path": "/stateChangedAt", "value": "2020-01-01T00:00:00Z" }),
            json!({ "op": "add", "path": "/credentials/totp", "value": { "config": {} } }),
            json!({ "op": "replace", "path": "/credentials/password/config/hashed_password", "value": "$no$hash" }),
            json!({ "op": "replace", "path": "/state", "value": "asleep" }),
            json!({ "op": "remove", "path": "/traits/email" }),
            json!({ "op": "replace", "path": "/schema_id", "value": "no-such" }),
            json!({ "op": "remove", "path": "/traits/language" }),
            json!({ "op": "replace", "path": "/verifiable_addresses/0/status", "value": "perhaps" }),
            json!({ "op": "test", "path": "/traits/name", "value": "Ada" }),
            json!({ "op": "copy", "from": "/traits/name", "path": "/traits/language" }),
            json!({ "op": "move", "from": "/traits/name", "path": "/traits/language" }),
            json!({ "op": "shout", "path": "/traits/name" }),
        ] {
            let good = json!({ "op": "replace", "path": "/traits/name", "value": "Eve" });
            let (status, answer) = world.patch(&id, json!([good, operation])).await;
            assert_eq!(status, 400, "{operation}: {answer}");
        }
        assert_eq!(world.patch(&id, json!({ "op": "replace" })).await.0, 400);
        assert_eq!(world.identity(&id).await, before);
        assert_eq!(world.patch(&id, json!([])).await.0, 200);
        assert_eq!(world.patch("0a0a0a0a-0000-4000-8000-000000000000", json!([])).await.0, 404);
        assert_eq!(world.patch("not-a-uuid", json!([])).await.0, 404);

        let hash = "$md5$tboTl7mwEDrTBFPyf//xCw==";
        let path = "/credentials/password/config/hashed_password";
        assert_eq!(world.patch(&id, json!([{ "op": "replace", "path": path, "value": hash }])).await.0, 200);
        assert_eq!(world.sign_in("ada@nexus.example", "Kupfer-Ahorn-42").await.0, 200, "the new hash works at once");
    }

    async fn a_batch_makes_what_can_be_made_and_says_what_cannot(database) {
        let world = World::serving(database, "").await;
        let batch = async |body: Value| world.send(world.http.patch(world.admin("/admin/identities")).json(&body)).await;
        let new = |email: &str| json!({ "create": { "traits": { "email": email } } });
        world.somebody("old@nexus.example", "a password of old").await;
        let mut first = new("a@nexus.example");
        first["patch_id"] = json!("11111111-1111-4111-8111-111111111111");
        let entries = [first, new("old@nexus.example"), new("nonsense"), new("b@nexus.example"), new("b@nexus.example"), json!({})];
        let (status, answer) = batch(json!({ "identities": entries })).await;
        assert_eq!(status, 200, "{answer}");
        let results = answer["identities"].as_array().expect("a list");
        let codes: Vec<&Value> = results.iter().map(|result| &result["error"]["code"]).collect();
        assert_eq!(codes, [&Value::Null, &json!(409), &json!(400), &Value::Null, &json!(409), &Value::Null]);
        assert_eq!(results[0]["patch_id"], "11111111-1111-4111-8111-111111111111");
        assert_eq!(results[5], Value::Null);
        assert_eq!(world.page("/admin/identities").await.0.len(), 3);
        assert_eq!(batch(json!({ "identities": [new("old@nexus.example")] })).await.0, 409, "the error that all have");
        assert_eq!(batch(json!({ "identities": [] })).await, (200, json!({ "identities": [] })));
        let clear = json!({ "create": { "traits": { "email": "x@nexus.example" }, "credentials": { "password": { "config": { "password": "x" } } } } });
        for wrong in [
            json!({ "identities": [], "mode": "fast" }),
            json!({ "identities": [{ "create": { "traits": { "email": "c@nexus.example" }, "shoe": 1 } }] }),
            json!({ "identities": [{ "patch_id": "seven" }] }),
            json!({ "identities": [new("c@nexus.example"), { "create": { "state": "asleep", "traits": { "email": "d@nexus.example" } } }] }),
            json!({ "identities": vec![json!({}); 1001] }),
            json!({ "identities": vec![clear; 201] }),
        ] {
            assert_eq!(batch(wrong).await.0, 400);
        }
        assert_eq!(world.page("/admin/identities").await.0.len(), 3, "nothing of a refused batch stays");
    }

    async fn pages_show_everybody_once_in_both_ways_of_paging(database) {
        let world = World::serving(database, "").await;
        for n in 0..5 {
            world.create(json!({ "traits": { "email": format!("p{n}@nexus.example") } })).await;
        }
        let all = ["p0@nexus.example", "p1@nexus.example", "p2@nexus.example", "p3@nexus.example", "p4@nexus.example"];
        for start in ["/admin/identities?page_size=2", "/admin/identities?page=0&per_page=2", "/admin/identities?per_page=2&search=p"] {
            let (mut found, mut next) = (Vec::new(), Some(start.to_owned()));
            while let Some(path) = next {
                let (list, links, total) = world.page(&path).await;
                assert!(list.len() <= 2);
                assert_eq!(total.is_some(), start.contains("page=0"), "only numbered pages are counted");
                assert!(total.is_none_or(|total| total == "5"));
                found.extend(emails(&list).into_iter().map(str::to_owned));
                next = link(&links, "next");
            }
            found.sort();
            assert_eq!(found, all, "{start}");
        }
        let (_, links, _) = world.page("/admin/identities?page=1&per_page=2").await;
        assert_eq!(link(&links, "prev").as_deref(), Some("/admin/identities?page=0&per_page=2"));
        assert_eq!(link(&links, "last").as_deref(), Some("/admin/identities?page=2&per_page=2"));
        assert_eq!(world.page("/admin/identities?page=9&per_page=2").await.0.len(), 0);
        assert_eq!(world.page("/admin/identities?page_size=0").await.0.len(), 5);
        assert_eq!(world.page("/admin/identities?page=-1").await.0.len(), 5);
        for wrong in ["page_size=many", "page_token=rubbish", "page=600&per_page=2"] {
            let (status, answer) = world.get(world.admin(&format!("/admin/identities?{wrong}"))).await;
            assert_eq!(status, 400, "{wrong}: {answer}");
        }
    }

    async fn every_filter_finds_its_identities_and_two_at_once_are_refused(database) {
        let world = World::serving(database, "").await;
        let ada = world.somebody("ada@nexus.example", "a password of Ada").await;
        let organization = "0b0b0b0b-0000-4000-8000-000000000000";
        world.create(json!({ "traits": { "email": "100%_eve@nexus.example" }, "organization_id": organization,
            "credentials": { "oidc": { "config": { "providers": [{ "provider": "hub", "subject": "Eve-1" }] } } } })).await;
        let found = async |query: &str| {
            let (list, ..) = world.page(&format!("/admin/identities?{query}")).await;
            list.iter().map(|i| i["traits"]["email"].as_str().expect("text").chars().take(3).collect::<String>()).collect::<Vec<_>>()
        };
        let nobody = "0c0c0c0c-0000-4000-8000-000000000000";
        assert_eq!(found(&format!("ids={ada}&ids={ada}&ids={nobody}")).await, ["ada"]);
        assert_eq!(found("credentials_identifier=ADA@nexus.example").await, ["ada"]);
        assert_eq!(found("credentials_identifier=hub:Eve-1").await, ["100"]);
        assert!(found("credentials_identifier=nobody@nexus.example").await.is_empty());
        assert_eq!(found("preview_credentials_identifier_similar=0%25_E").await, ["100"], "nothing is a wildcard");
        assert!(found("preview_credentials_identifier_similar=a_a").await.is_empty());
        assert_eq!(found(&format!("organization_id={organization}")).await, ["100"]);
        assert_eq!(found("consistency=strong&page_size=10").await.len(), 2);
        let (list, ..) = world.page(&format!("/admin/identities?ids={ada}&include_credential=password")).await;
        assert!(list[0]["credentials"]["password"]["config"]["hashed_password"].is_string());
        let (list, ..) = world.page("/admin/identities").await;
        assert!(list[0].get("credentials").is_none());
        for wrong in ["ids=first", "organization_id=acme", "include_credential=soul"] {
            assert_eq!(world.get(world.admin(&format!("/admin/identities?{wrong}"))).await.0, 400, "{wrong}");
        }
        let two = world.admin(&format!("/admin/identities?ids={ada}&credentials_identifier=x"));
        assert_eq!(world.get(two).await.0, 400);
        let many = vec![format!("ids={nobody}"); 501].join("&");
        assert_eq!(world.get(world.admin(&format!("/admin/identities?{many}"))).await.0, 400);
    }

    async fn a_search_finds_words_states_proofs_and_days(database) {
        let world = World::serving(database, "").await;
        for (email, name, state, verified) in [
            ("ada.lovelace@nexus.example", "Ada Lovelace", "active", true),
            ("grace@navy.example", "Grace Hopper", "inactive", false),
            ("alan@nexus.example", "Alan Größe", "active", false),
        ] {
            let known = json!([{ "value": email, "via": "email", "verified": verified }]);
            let body = json!({ "traits": { "email": email, "name": name }, "state": state, "verifiable_addresses": known });
            assert_eq!(world.create(body).await.0, 201);
        }
        let found = async |search: &str| {
            let request = world.http.get(world.admin("/admin/identities")).query(&[("search", search)]);
            let (status, list) = world.send(request).await;
            assert_eq!(status, 200, "{search}: {list}");
            let mut found: Vec<String> = emails(list.as_array().expect("a list")).into_iter().map(|email| email[..3].to_owned()).collect();
            found.sort();
            found
        };
        assert_eq!(found("love").await, ["ada"], "the beginning of a word");
        assert_eq!(found("ADA.LOVELACE@nexus.example").await, ["ada"]);
        assert_eq!(found("nexus").await, ["ada", "ala"]);
        assert_eq!(found("grö").await, ["ala"]);
        assert_eq!(found("nexus state:active verified:false").await, ["ala"], "all of it holds");
        assert_eq!(found("state:inactive").await, ["gra"]);
        assert_eq!(found("verified:true").await, ["ada"]);
        assert_eq!(found("schema:default").await.len(), 3);
        assert_eq!(found("created:2020-01-01..").await.len(), 3);
        assert!(found("created:..2020-01-01").await.is_empty());
        assert!(found("ovelace").await.is_empty(), "the middle of a word is not looked into");
        assert!(found("100% '; DROP TABLE identities").await.is_empty());
        let (list, ..) = world.page("/admin/identities?search=").await;
        let id = list.iter().find(|i| i["traits"]["name"] == "Alan Größe").expect("Alan")["id"].as_str().expect("an id");
        world.patch(id, json!([{ "op": "replace", "path": "/traits/name", "value": "Turing" }])).await;
        assert_eq!(found("turing").await, ["ala"]);
        assert!(found("größe").await.is_empty(), "what was changed is found as it is now");
        for wrong in ["state:asleep", "verified:maybe", "created:yesterday", "created:.."] {
            let request = world.http.get(world.admin("/admin/identities")).query(&[("search", wrong)]);
            let (status, answer) = world.send(request).await;
            assert_eq!(status, 400, "{wrong}");
            assert!(answer["error"]["reason"].as_str().expect("a reason").contains(wrong), "{answer}");
        }
    }

    async fn deleting_an_identity_ends_its_sessions_and_frees_its_address(database) {
        let world = World::serving(database, "").await;
        let id = world.somebody("ada@nexus.example", "a password of Ada").await;
        let (_, session) = world.sign_in("ada@nexus.example", "a password of Ada").await;
        let token = session["session_token"].as_str().expect("a token");
        assert_eq!(world.delete(&format!("/admin/identities/{id}")).await.0, 204);
        assert_eq!(world.delete(&format!("/admin/identities/{id}")).await.0, 404);
        assert_eq!(world.delete("/admin/identities/not-a-uuid").await.0, 404);
        assert_eq!(world.get(world.admin(&format!("/admin/identities/{id}"))).await.0, 404);
        let whoami = world.http.get(world.public("/sessions/whoami")).header("x-session-token", token);
        assert_eq!(world.send(whoami).await.0, 401);
        world.somebody("ada@nexus.example", "another password").await;
    }

    async fn credentials_are_taken_away_but_never_the_last_first_factor(database) {
        let world = World::serving(database, "").await;
        let otpauth = "otpauth://totp/Nexus:ada?algorithm=SHA1&digits=6&issuer=Nexus&period=30&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        let key = |id: &str, alone: bool| json!({ "id": id, "public_key": "AQID", "is_passwordless": alone });
        let (status, made) = world.create(json!({ "traits": { "email": "ada@nexus.example" }, "credentials": {
            "password": { "config": { "password": "a password of Ada" } },
            "totp": { "config": { "totp_url": otpauth } },
            "lookup_secret": { "config": { "codes": [{ "code": "aaaa1111" }, { "code": "bbbb2222", "used_at": "2024-01-02T03:04:05Z" }] } },
            "oidc": { "config": { "providers": [{ "provider": "hub", "subject": "1" }, { "provider": "lab", "subject": "2" }] } },
            "webauthn": { "config": { "credentials": [key("AQ==", false)] } },
        } })).await;
        assert_eq!(status, 201, "{made}");
        let id = made["id"].as_str().expect("an id");
        let all = "include_credential=totp&include_credential=lookup_secret&include_credential=oidc&include_credential=webauthn";
        let (_, full) = world.get(world.admin(&format!("/admin/identities/{id}?{all}"))).await;
        assert_eq!(full["credentials"]["totp"]["config"]["totp_url"], otpauth);
        let codes = &full["credentials"]["lookup_secret"]["config"]["recovery_codes"];
        assert_eq!(codes[0], json!({ "code": "aaaa1111", "used_at": null }));
        assert_eq!(codes[1], json!({ "code": "bbbb2222", "used_at": "2024-01-02T03:04:05Z" }));
        assert_eq!(full["credentials"]["webauthn"]["config"]["credentials"][0]["id"], "AQ==");

        let path = |rest: &str| format!("/admin/identities/{id}/credentials/{rest}");
        for (rest, expected) in [
            ("totp", 204), ("totp", 404), ("lookup_secret", 204), ("webauthn", 204), ("webauthn", 404),
            ("oidc", 400), ("oidc?identifier=hub:nobody", 404), ("oidc?identifier=hub:1", 204),
            ("password", 204), ("password", 404), ("oidc?identifier=lab:2", 400),
            ("code", 400), ("passkey", 400), ("fingerprint", 404),
        ] {
            let (status, answer) = world.delete(&path(rest)).await;
            assert_eq!(status, expected, "{rest}: {answer}");
        }
        assert_eq!(world.sign_in("ada@nexus.example", "a password of Ada").await.0, 400);
        assert_eq!(world.identity(id).await["credentials"]["oidc"]["identifiers"], json!(["lab:2"]));
        assert_eq!(world.delete("/admin/identities/0c0c0c0c-0000-4000-8000-000000000000/credentials/totp").await.0, 404);
    }

    async fn administration_is_done_on_the_admin_port_only(database) {
        let world = World::serving(database, "").await;
        let id = world.somebody("ada@nexus.example", "a password of Ada").await;
        for path in ["/admin/identities", "/identities", &format!("/admin/identities/{id}"), "/admin/courier/messages"] {
            let answer = world.http.get(world.public(path)).send().await.expect("an answer");
            assert_eq!(answer.status().as_u16(), 307, "{path}");
            let place = answer.headers()["location"].to_str().expect("text");
            assert!(place.contains("/admin/"), "{place}");
            assert!(!answer.text().await.expect("text").contains("ada@nexus.example"));
        }
        let deleted = world.http.delete(world.public(&format!("/admin/identities/{id}"))).send().await.expect("an answer");
        assert_eq!(deleted.status().as_u16(), 307);
        for path in ["/admin/sessions", &format!("/admin/identities/{id}/sessions")] {
            assert_eq!(world.get(world.public(path)).await.0, 404, "{path}");
        }
        world.identity(&id).await;
        let (status, _) = world.get(world.admin(&format!("/identities/{id}"))).await;
        assert_eq!(status, 200, "the prefix may be left out on the admin port");
        for path in ["/sessions/whoami", "/sessions", "/self-service/login/browser", "/schemas/default"] {
            assert_eq!(world.get(world.admin(path)).await.0, 307, "{path}");
        }
        let wrong = world.http.post(world.admin(&format!("/admin/identities/{id}"))).send().await.expect("an answer");
        assert_eq!(wrong.status().as_u16(), 405);
        assert_eq!(wrong.headers()["allow"], "DELETE, GET, HEAD, PATCH, PUT");
        assert_eq!(world.get(world.admin("/admin/no/such/path")).await.0, 404);
    }
}
