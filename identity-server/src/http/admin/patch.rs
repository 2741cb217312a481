//! `PATCH /admin/identities/{id}`: JSON Patch (RFC 6902) with `add`, `remove` and `replace`.

use super::body::{checked_traits, schema_of, state_of};
use super::change::{self, Present, Wanted};
use super::import::patched;
use super::show::{open_config, shown};
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::respond;
use crate::model::{CredentialKind, Identity};
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use identity_api::identity::VerifiableAddress;
use json_patch::{Patch, PatchOperation};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Changes what the operations name. They apply to the identity as it is when they are committed, so patches at the
/// same moment do not undo each other.
pub async fn patch(State(app): State<Arc<App>>, Path(id): Path<String>, req: Req) -> Response {
    match apply(&app, &id, &req).await {
        Ok(response) => response,
        Err(error) => error.json(req.header("x-request-id")),
    }
}

async fn apply(app: &App, id: &str, req: &Req) -> Result<Response, ApiError> {
    let operations: Patch = serde_json::from_slice(&req.body)
        .map_err(|error| ApiError::bad_request(&format!("The body cannot be read as a JSON Patch: {error}.")))?;
    for operation in &operations.0 {
        let path = match operation {
            PatchOperation::Add(add) => &add.path,
            PatchOperation::Remove(remove) => &remove.path,
            PatchOperation::Replace(replace) => &replace.path,
            _ => return Err(ApiError::bad_request("Only the operations add, remove and replace are supported.")),
        };
        if is_denied(path.as_str()) {
            return Err(ApiError::bad_request(&format!(
                "The path `{}` cannot be changed by a JSON Patch.",
                path.as_str()
            )));
        }
    }
    for _ in 0..change::TRIES {
        let present = change::read(app, id).await?;
        let document = document_of(app, &present).await?;
        let mut wanted = document.clone();
        json_patch::patch(&mut wanted, &operations)
            .map_err(|error| ApiError::bad_request(&format!("The JSON Patch cannot be applied: {error}.")))?;
        let schema = schema_of(&app.schemas, wanted["schema_id"].as_str())?;
        let wanted = wanted_of(app, &present, &document, wanted, schema).await?;
        if change::commit(app, schema, &present, wanted).await? {
            return Ok(respond::json(StatusCode::OK, &change::stored(app, id).await?));
        }
    }
    Err(change::too_busy())
}

/// Ids never change, and links to sign-in providers are proven by the provider, not set.
fn is_denied(path: &str) -> bool {
    let inside = |root: &str| path == root || path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'));
    matches!(path, "" | "/" | "/id" | "/stateChangedAt" | "/credentials")
        || inside("/credentials/oidc")
        || inside("/credentials/saml")
}

/// The identity as the operations see it: with every credential's configuration.
async fn document_of(app: &App, present: &Present) -> Result<Value, ApiError> {
    let mut document = json!(shown(app, &present.identity, &present.credentials));
    for credential in &present.credentials {
        let config = open_config(app, &present.identity, credential).await?;
        document["credentials"][credential.kind.as_str()]["config"] = config;
    }
    Ok(document)
}

async fn wanted_of(
    app: &App,
    present: &Present,
    before: &Value,
    mut after: Value,
    schema: &crate::schema::IdentitySchema,
) -> Result<Wanted, ApiError> {
    let traits = checked_traits(schema, after["traits"].take())?;
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let organization = text(&after["organization_id"]).map(|id| uuid::Uuid::parse_str(&id));
    let mut identity = Identity {
        schema_id: schema.id().into(),
        traits,
        external_id: text(&after["external_id"]),
        organization_id: organization
            .transpose()
            .map_err(|_| ApiError::bad_request("organization_id must be a UUID or null."))?,
        metadata_public: after["metadata_public"].take(),
        metadata_admin: after["metadata_admin"].take(),
        ..present.identity.clone()
    };
    let state = state_of(Some(after["state"].as_str().unwrap_or("?")), identity.state)?;
    change::set_state(app, &mut identity, state);
    if after["verifiable_addresses"] != before["verifiable_addresses"] {
        identity.verifiable_addresses = addresses_of(app, after["verifiable_addresses"].take())?;
    }
    let (mut credentials, mut gone, mut more) = (Vec::new(), Vec::new(), Vec::new());
    let empty = Map::new();
    let old = before["credentials"].as_object().unwrap_or(&empty);
    let new = after["credentials"].as_object().unwrap_or(&empty);
    for (name, credential) in new.iter().filter(|(name, credential)| old.get(*name) != Some(credential)) {
        let kind = CredentialKind::parse(name).filter(|_| credential["type"] == name.as_str());
        let kind = kind.ok_or_else(|| {
            ApiError::bad_request(&format!("credentials.{name}.type must be `{name}`, and a known type."))
        })?;
        if old.get(name).map(|old| &old["config"]) == Some(&credential["config"]) {
            continue;
        }
        if let Some((credential, uses)) = patched(app, identity.id, kind, &credential["config"]).await? {
            credentials.push(credential);
            more.extend(uses);
        }
    }
    gone.extend(old.keys().filter(|name| !new.contains_key(*name)).filter_map(|name| CredentialKind::parse(name)));
    Ok(Wanted { identity, credentials, gone, more })
}

fn addresses_of(app: &App, list: Value) -> Result<Vec<VerifiableAddress>, ApiError> {
    let list = if list.is_null() { json!([]) } else { list };
    let mut addresses: Vec<VerifiableAddress> = serde_json::from_value(list)
        .map_err(|error| ApiError::bad_request(&format!("verifiable_addresses: {error}.")))?;
    for address in &mut addresses {
        if !matches!(address.status.as_str(), "pending" | "sent" | "completed") {
            let reason =
                format!("verifiable_addresses: the status `{}` is none of pending, sent, completed.", address.status);
            return Err(ApiError::bad_request(&reason));
        }
        address.verified_at = if address.verified { address.verified_at.or_else(|| Some(app.now())) } else { None };
    }
    Ok(addresses)
}
