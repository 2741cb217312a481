//! `DELETE /admin/identities/{id}/credentials/{type}`: takes a credential away.

use super::change;
use crate::config::Config;
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::respond;
use crate::model::{Credential, CredentialKind};
use crate::store::Change;
use axum::extract::{Path, State};
use axum::response::Response;
use identity_api::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// Takes it away. A first factor goes only while another one is left; links to sign-in providers are named by
/// `identifier`, the provider and the subject with a colon between them.
pub async fn delete(State(app): State<Arc<App>>, Path((id, kind)): Path<(String, String)>, req: Req) -> Response {
    let answer = async {
        let present = change::read(&app, &id).await?;
        let (identity, credentials) = (present.identity.id, present.credentials);
        let missing = || ApiError::not_found(&format!("The identity has no {kind}."));
        let known = CredentialKind::parse(&kind).ok_or_else(missing)?;
        let there = credentials.iter().find(|credential| credential.kind == known);
        let now = app.now();
        let changed = match known {
            CredentialKind::Totp | CredentialKind::LookupSecret => {
                there.ok_or_else(missing)?;
                Change::DeleteCredential(identity, known)
            }
            CredentialKind::Password => {
                let credential = there.filter(|credential| is_set(&credential.config)).ok_or_else(missing)?;
                keep_one(&app.config(), &credentials, 1)?;
                put(identity, credential, json!({}), now)
            }
            CredentialKind::Oidc | CredentialKind::Saml => {
                let identifier = req.param("identifier").ok_or_else(|| {
                    ApiError::bad_request(
                        "The parameter identifier is needed: the provider and the subject, PROVIDER:SUBJECT.",
                    )
                })?;
                let credential = there.ok_or_else(missing)?;
                let left = without(credential, identifier).ok_or_else(|| {
                    ApiError::not_found(&format!("The identity has no {kind} credential `{identifier}`."))
                })?;
                keep_one(&app.config(), &credentials, 1)?;
                left_of(identity, credential, left, now)
            }
            CredentialKind::Webauthn => {
                let credential = there.filter(|credential| !second_factors(&credential.config).is_empty());
                let credential = credential.ok_or_else(missing)?;
                let mut config = credential.config.clone();
                let left: Vec<Value> = keys(&config).into_iter().filter(is_passwordless).collect();
                config["credentials"] = json!(left);
                put(identity, credential, config, now)
            }
            _ => return Err(ApiError::bad_request(&format!("A credential of type {kind} cannot be deleted."))),
        };
        app.store.commit(vec![changed, Change::AnnounceIdentity(identity, now)]).await?;
        Ok::<_, ApiError>(respond::empty())
    };
    answer.await.unwrap_or_else(|error| error.json(req.header("x-request-id")))
}

fn is_set(password: &Value) -> bool {
    let hash = password["hashed_password"].as_str().is_some_and(|hash| !hash.is_empty());
    hash || password["use_password_migration_hook"] == true
}

fn keys(config: &Value) -> Vec<Value> {
    config["credentials"].as_array().cloned().unwrap_or_default()
}

fn is_passwordless(key: &Value) -> bool {
    key["is_passwordless"] == true
}

fn second_factors(config: &Value) -> Vec<Value> {
    keys(config).into_iter().filter(|key| !is_passwordless(key)).collect()
}

/// Refuses to take `less` first factors away when none would be left.
fn keep_one(config: &Config, credentials: &[Credential], less: usize) -> Result<(), ApiError> {
    let count = |credential: &Credential| match credential.kind {
        CredentialKind::Password => usize::from(is_set(&credential.config) && !credential.identifiers.is_empty()),
        CredentialKind::Oidc | CredentialKind::Saml => credential.identifiers.len(),
        CredentialKind::Passkey => keys(&credential.config).len(),
        CredentialKind::Webauthn => keys(&credential.config).iter().filter(|key| is_passwordless(key)).count(),
        CredentialKind::Code if config.selfservice.methods.code.passwordless_enabled => credential.identifiers.len(),
        _ => 0,
    };
    if credentials.iter().map(count).sum::<usize>() <= less {
        return Err(ApiError::bad_request("The last first factor cannot be taken away."));
    }
    Ok(())
}

/// The providers that are left without the named one; `None` when it is not among them.
fn without(credential: &Credential, identifier: &str) -> Option<Vec<Value>> {
    let name = |provider: &Value| {
        format!(
            "{}:{}",
            provider["provider"].as_str().unwrap_or_default(),
            provider["subject"].as_str().unwrap_or_default()
        )
    };
    let all = credential.config["providers"].as_array()?;
    let left: Vec<Value> = all.iter().filter(|provider| name(provider) != identifier).cloned().collect();
    (left.len() < all.len()).then_some(left)
}

fn left_of(identity: Uuid, credential: &Credential, providers: Vec<Value>, now: Timestamp) -> Change {
    let text = |provider: &Value, key: &str| provider[key].as_str().unwrap_or_default().to_owned();
    let name = |provider: &Value| format!("{}:{}", text(provider, "provider"), text(provider, "subject"));
    let mut left = credential.clone();
    left.identifiers = providers.iter().map(name).collect();
    left.config["providers"] = json!(providers);
    left.updated_at = now;
    Change::PutCredential(identity, left)
}

fn put(identity: Uuid, credential: &Credential, config: Value, now: Timestamp) -> Change {
    Change::PutCredential(identity, Credential { config, updated_at: now, ..credential.clone() })
}
