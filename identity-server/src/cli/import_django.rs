//! `import django`: the users of a Django project, from `manage.py dumpdata`, with their password hashes.

use super::api::Endpoint;
use super::identities::feed::Entry;
use super::identities::{Batches, send};
use super::output;
use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The arguments.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    endpoint: Endpoint,
    /// What `manage.py dumpdata auth.user` (or the project's own user model) wrote
    file: PathBuf,
    /// The model that holds the users; without it every model with a password and a name or address
    #[arg(long)]
    model: Option<String>,
    /// The identity schema
    #[arg(long, default_value = "default")]
    schema_id: String,
    /// Where a trait comes from, e.g. `name.first=first_name`; may be repeated. Traits of the schema that are called
    /// like a field, and email, username, first and last name, are found without
    #[arg(long = "trait", value_name = "TRAIT=FIELD", value_parser = pair)]
    traits: Vec<(String, String)>,
    /// Takes the addresses as verified
    #[arg(long)]
    verified: bool,
    /// Prints the identities as JSON Lines instead of sending them
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    batches: Batches,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, field)) if !name.is_empty() && !field.is_empty() => Ok((name.into(), field.into())),
        _ => Err("expected TRAIT=FIELD, e.g. name.first=first_name".into()),
    }
}

/// An object of a dump.
#[derive(Deserialize)]
struct Object {
    model: String,
    #[serde(default)]
    pk: Value,
    #[serde(default)]
    fields: Map<String, Value>,
}

/// Fields that say nothing of the person to the server, or that have a place of their own.
const ELSEWHERE: [&str; 2] = ["password", "is_active"];

/// Sends the users, or prints them.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let name = args.file.display().to_string();
    let text = std::fs::read(&args.file).with_context(|| format!("{name} cannot be read"))?;
    let objects: Vec<Object> = serde_json::from_slice(&text).with_context(|| {
        format!("{name} is no dump of Django; expected the list that `manage.py dumpdata auth.user` writes")
    })?;
    let api = args.endpoint.connect()?;
    let schema = api.get(&format!("schemas/{}", args.schema_id), &[]).await?.success("reading the identity schema")?;
    let traits = mapping(&schema, &args.traits)?;
    let is_user = |object: &Object| match &args.model {
        Some(model) => object.model.eq_ignore_ascii_case(model),
        None => {
            let has = |field: &str| object.fields.contains_key(field);
            has("password") && (has("username") || has("email"))
        }
    };
    let users = objects.iter().enumerate().filter(|(_, object)| is_user(object));
    let entries: Vec<Entry> = users
        .map(|(position, object)| Entry {
            place: format!("{name}[{position}] ({} {})", object.model, object.pk),
            body: identity_of(object, &args, &traits),
        })
        .collect();
    if entries.is_empty() {
        let mut models: Vec<&str> = objects.iter().map(|object| object.model.as_str()).collect();
        models.sort_unstable();
        models.dedup();
        bail!("{name} holds no users, only {}; name the model with --model", models.join(", "));
    }
    if args.dry_run {
        entries.iter().for_each(|entry| output::print(&entry.body.to_string()));
        return Ok(());
    }
    match send(&api, &args.file, entries, &args.batches).await? {
        0 => Ok(()),
        failed => bail!("{failed} users were not imported"),
    }
}

/// Which trait comes from which field: what was said, and what the schema has under a well-known name.
fn mapping(schema: &Value, said: &[(String, String)]) -> anyhow::Result<BTreeMap<String, String>> {
    let usual = [
        ("email", "email"),
        ("username", "username"),
        ("first_name", "first_name"),
        ("last_name", "last_name"),
        ("given_name", "first_name"),
        ("family_name", "last_name"),
        ("name.first", "first_name"),
        ("name.last", "last_name"),
    ];
    let place = |name: &str| format!("/properties/traits/properties/{}", name.replace('.', "/properties/"));
    let mut found = BTreeMap::new();
    for (name, field) in usual {
        if schema.pointer(&place(name)).is_some() {
            found.insert(name.to_owned(), field.to_owned());
        }
    }
    for (name, field) in said {
        if schema.pointer(&place(name)).is_none() {
            bail!("--trait {name}={field}: the schema has no trait {name}");
        }
        found.insert(name.clone(), field.clone());
    }
    Ok(found)
}

fn identity_of(object: &Object, args: &Args, mapping: &BTreeMap<String, String>) -> Value {
    let mut traits = json!({});
    for (name, field) in mapping {
        let value = object.fields.get(field).filter(|value| !value.is_null() && *value != "");
        if let Some(value) = value {
            let mut place = &mut traits;
            for part in name.split('.') {
                place = &mut place[part];
            }
            *place = value.clone();
        }
    }
    let active = object.fields.get("is_active") != Some(&Value::Bool(false));
    let used: Vec<&String> = mapping.values().collect();
    let rest: Map<String, Value> = object
        .fields
        .iter()
        .filter(|(field, _)| !ELSEWHERE.contains(&field.as_str()) && !used.contains(field))
        .map(|(field, value)| (field.clone(), value.clone()))
        .collect();
    let mut body = json!({
        "schema_id": args.schema_id,
        "traits": traits,
        "state": if active { "active" } else { "inactive" },
        "metadata_admin": { "django": { "model": object.model, "pk": object.pk, "fields": rest } },
    });
    // Django marks accounts that cannot sign in with a password by a `!` in front.
    let hash = object.fields.get("password").and_then(Value::as_str).filter(|hash| !hash.is_empty());
    if let Some(hash) = hash.filter(|hash| !hash.starts_with('!')) {
        body["credentials"] = json!({ "password": { "config": { "hashed_password": hash } } });
    }
    if args.verified
        && let Some(email) = object.fields.get("email").and_then(Value::as_str).filter(|email| !email.is_empty())
    {
        let address = json!({ "value": email, "via": "email", "verified": true, "status": "completed" });
        body["verifiable_addresses"] = json!([address]);
    }
    body
}
