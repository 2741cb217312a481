//! `admin create`: an administrator's identity and a link that signs in once, over the admin API of a running server.

use super::api::Endpoint;
use super::output;
use anyhow::{Context as _, bail};
use serde_json::{Value, json};

/// The arguments.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    endpoint: Endpoint,
    /// The administrator's e-mail address
    #[arg(long)]
    email: String,
}

/// Makes the identity unless it is there, marks it as administrator, and prints a recovery link.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let api = args.endpoint.connect()?;
    let query = [("credentials_identifier", args.email.as_str())];
    let found = api.get("admin/identities", &query).await?.success("looking the address up")?;
    let id = match found.as_array().and_then(|list| list.first()) {
        Some(identity) => {
            if identity.pointer("/metadata_public/role").and_then(Value::as_str) != Some("admin") {
                bail!("{} is somebody who is no administrator; choose another address", args.email);
            }
            text(identity, "id")?
        }
        None => {
            let body = json!({
                "schema_id": "default",
                "traits": { "email": args.email },
                "metadata_public": { "role": "admin" },
            });
            text(&api.post("admin/identities", &body).await?.success("making the identity")?, "id")?
        }
    };
    let recovery = api.post("admin/recovery/code", &json!({ "identity_id": id })).await?;
    let recovery = recovery.success("making the recovery link")?;
    let (link, code) = (text(&recovery, "recovery_link")?, text(&recovery, "recovery_code")?);
    output::print(&format!("administrator: {}\nsign in once: {link}\ncode: {code}", args.email));
    Ok(())
}

fn text(value: &Value, key: &str) -> anyhow::Result<String> {
    let found = value.get(key).and_then(Value::as_str).map(str::to_owned);
    found.with_context(|| format!("the admin API's answer has no `{key}`"))
}
