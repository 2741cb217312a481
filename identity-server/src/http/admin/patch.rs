//! `PATCH /admin/identities/{id}`: JSON Patch (RFC 6902) with `add`, `remove` and `replace`.

use super::create::faults_as_error;
use super::identities::{find, shown};
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::respond;
use crate::store::Change;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use identity_api::IdentityState;
use json_patch::{Patch, PatchOperation};
use serde_json::{Value, json};
use std::sync::Arc;

/// Changes what the operations name: state, metadata and external id, and traits that keep the same addresses.
pub async fn patch(State(app): State<Arc<App>>, Path(id): Path<String>, req: Req) -> Response {
    match apply(&app, &id, &req).await {
        Ok(response) => response,
        Err(error) => error.json(req.header("x-request-id")),
    }
}

async fn apply(app: &App, id: &str, req: &Req) -> Result<Response, ApiError> {
    let bad =
        |error: &dyn std::fmt::Display| ApiError::bad_request(&format!("The JSON Patch cannot be applied: {error}"));
    let operations: Patch = serde_json::from_slice(&req.body).map_err(|error| bad(&error))?;
    for operation in &operations.0 {
        let path = match operation {
            PatchOperation::Add(add) => &add.path,
            PatchOperation::Remove(remove) => &remove.path,
            PatchOperation::Replace(replace) => &replace.path,
            _ => {
                return Err(ApiError::bad_request("Only the operations add, remove and replace are supported."));
            }
        };
        let first = path.as_str().trim_start_matches('/').split('/').next().unwrap_or_default();
        if !matches!(first, "state" | "metadata_public" | "metadata_admin" | "external_id" | "traits") {
            return Err(ApiError::bad_request(&format!("The path /{first} cannot be changed here.")));
        }
    }
    let mut identity = find(app, id).await?;
    let mut document = json!({
        "state": identity.state,
        "metadata_public": identity.metadata_public,
        "metadata_admin": identity.metadata_admin,
        "external_id": identity.external_id,
        "traits": identity.traits,
    });
    json_patch::patch(&mut document, &operations).map_err(|error| bad(&error))?;
    let state: IdentityState = serde_json::from_value(document["state"].take())
        .map_err(|_| ApiError::bad_request("state must be active or inactive."))?;
    let now = app.now();
    if state != identity.state {
        identity.state = state;
        identity.state_changed_at = now;
    }
    identity.metadata_public = document["metadata_public"].take();
    identity.metadata_admin = document["metadata_admin"].take();
    identity.external_id = document["external_id"].as_str().filter(|id| !id.is_empty()).map(str::to_owned);
    let traits: Value = document["traits"].take();
    if traits != identity.traits {
        let schema = app.schemas.get(&identity.schema_id).unwrap_or_else(|| app.schemas.default());
        let faults = schema.validate(&traits);
        if !faults.is_empty() {
            return Err(faults_as_error(&faults));
        }
        if schema.extract(&traits) != schema.extract(&identity.traits) {
            return Err(ApiError::bad_request("Traits that are identifiers or addresses cannot be changed here."));
        }
        identity.traits = traits;
    }
    identity.updated_at = now;
    app.store.commit(vec![Change::UpdateIdentity(identity.clone())]).await?;
    let credentials = app.store.credentials(identity.id).await?;
    Ok(respond::json(StatusCode::OK, &shown(app, &identity, &credentials)))
}
