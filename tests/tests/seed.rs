//! Configuration written for Ory's servers loads, or says what to write instead.

use std::fs;
use std::path::Path;
use std::process::Output;

use anyhow::{Context, Result};
use nexus_e2e::person::{native_client, ok};
use nexus_e2e::{Database, Person, World};
use serde_json::json;
use xtask::artefacts::{Artefacts, Profile};
use xtask::workspace::Workspace;

const SEED_RULE: &str = r#"
- id: "django:graphql"
  upstream: { url: "http://nexus-api:8000" }
  match: { url: "https://api.example.com/graphql/<**>", methods: ["POST", "OPTIONS"] }
  authenticators: [{ handler: cookie_session }]
  authorizer: { handler: allow }
  mutators: [{ handler: header }]
"#;

fn lint(folder: &Path, strategy: &str) -> Result<Output> {
    fs::write(folder.join("rules.yml"), SEED_RULE)?;
    let config = json!({
        "access_rules": {
            "matching_strategy": strategy,
            "repositories": [format!("file://{}", folder.join("rules.yml").display())],
        },
        "authenticators": {"cookie_session": {
            "enabled": true,
            "config": {"check_session_url": "http://127.0.0.1:4433/sessions/whoami", "preserve_path": true,
                       "extra_from": "@this", "subject_from": "identity.id"},
        }},
        "authorizers": {"allow": {"enabled": true}},
        "mutators": {"header": {"enabled": true, "config": {"headers": {"X-User-Id": "{{ print .Subject }}"}}}},
    });
    fs::write(folder.join("oathkeeper.json"), config.to_string())?;
    let gateway = Artefacts::of(&Workspace::discover()?, Profile::Dev).gateway;
    std::process::Command::new(gateway)
        .arg("lint")
        .arg("-c")
        .arg(folder.join("oathkeeper.json"))
        .output()
        .context("the gateway tool cannot be started")
}

#[test]
#[ignore = "needs the built gateway: cargo xtask test"]
fn the_seed_rule_is_clean_under_glob_and_explained_under_regexp() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let glob = lint(folder.path(), "glob")?;
    let said = |output: &Output| {
        String::from_utf8_lossy(&output.stdout).into_owned() + &*String::from_utf8_lossy(&output.stderr)
    };
    assert!(glob.status.success(), "{}", said(&glob));

    let regexp = lint(folder.path(), "regexp")?;
    let text = said(&regexp);
    assert!(!regexp.status.success(), "`<**>` is no regular expression, and the linter says nothing: {text}");
    // Where, what, and the mend.
    for part in ["rules.yml", "django:graphql", "<**>", "<.*>"] {
        assert!(text.contains(part), "{part} is not in: {text}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the whole stack: cargo xtask test"]
async fn an_identity_schema_without_orys_extension_signs_people_up_by_e_mail() -> Result<()> {
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Person",
        "type": "object",
        "properties": {
            "traits": {
                "type": "object",
                "properties": {
                    "email": {"type": "string", "format": "email", "title": "E-Mail"},
                    "name": {"type": "object", "properties": {
                        "first": {"type": "string"}, "last": {"type": "string"},
                    }},
                },
                "required": ["email"],
                "additionalProperties": false,
            },
        },
    });
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("person.schema.json");
    fs::write(&file, schema.to_string())?;
    let overlay = json!({"identity": {
        "default_schema_id": "person",
        "schemas": [{"id": "person", "url": format!("file://{}", file.display())}],
    }});
    let world = World::start_with(Database::Sqlite, &[&overlay.to_string()]).await?;
    let (http, person) = (native_client()?, Person::new());
    let signed_up = person.sign_up(&http, &world.gateway()).await?;
    let signed_in = person.sign_in(&http, &world.gateway()).await?;
    assert_eq!(signed_in.identity, signed_up.identity);
    let identity = ok(http.get(format!("{}/admin/identities/{}", world.admin(), signed_in.identity))).await?;
    assert_eq!(identity["schema_id"], "person");
    assert_eq!(identity["verifiable_addresses"][0]["value"], person.email.as_str());
    Ok(())
}
