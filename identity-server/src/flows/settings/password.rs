//! Setting a password. The old one is not asked for: the privileged session stands for it.

use super::{Context, Saved, privileged};
use crate::flows::start::{method_button, password_node, schema_of};
use crate::flows::{Refusal, new_password};
use crate::model::{Credential, CredentialKind, Flow, Secret};
use crate::store::Change;
use identity_api::ui::NodeGroup;
use identity_api::{UiNode, messages};
use serde_json::json;

/// The field and its button.
pub fn nodes() -> Vec<UiNode> {
    vec![password_node("new-password"), method_button(NodeGroup::Password, "password", messages::label_save())]
}

/// Takes a new password that the policy accepts.
pub async fn submit(context: &Context<'_>, flow: &mut Flow) -> Result<Saved, Refusal> {
    let Context { app, config, identity, credentials, session, body } = context;
    privileged::require(app, config, session)?;
    body.transient_payload()?;
    let Some(password) = body.filled("password") else {
        return Err(Refusal::field("password", messages::required("password")));
    };
    let existing = credentials.iter().find(|credential| credential.kind == CredentialKind::Password);
    let identifiers = match existing.filter(|credential| !credential.identifiers.is_empty()) {
        Some(credential) => credential.identifiers.clone(),
        None => {
            let extracted = schema_of(app, flow).extract(&identity.traits);
            extracted.identifiers.get(&CredentialKind::Password).cloned().unwrap_or_default()
        }
    };
    if identifiers.is_empty() {
        return Err(Refusal::message(messages::identifier_missing()));
    }
    let password = Secret::from(password);
    new_password::check(app, config, &password, &identifiers).await?;
    if let Some(hash) = existing.and_then(Credential::password_hash)
        && app.hasher.verify(&password, hash).await?
    {
        return Err(Refusal::field("password", messages::password_same_as_old()));
    }
    let hash = app.hasher.hash(&password).await?;
    let now = app.now();
    let credential = Credential {
        kind: CredentialKind::Password,
        identifiers,
        config: json!({ "hashed_password": hash }),
        version: 0,
        created_at: existing.map_or(now, |credential| credential.created_at),
        updated_at: now,
    };
    Ok(Saved::of("password", vec![Change::PutCredential(identity.id, credential)]))
}
