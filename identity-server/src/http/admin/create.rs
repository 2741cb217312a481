//! `POST /admin/identities`.

use super::identities::shown;
use crate::flows::registration::{credentials_of, new_identity};
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::respond;
use crate::model::Secret;
use crate::schema::FieldFault;
use crate::store::{Change, StoreError};
use axum::extract::State;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use identity_api::IdentityState;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// The body; unknown keys are refused, as Kratos refuses them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewIdentity {
    schema_id: String,
    traits: Value,
    #[serde(default)]
    credentials: Option<NewCredentials>,
    #[serde(default)]
    metadata_public: Value,
    #[serde(default)]
    metadata_admin: Value,
    #[serde(default)]
    state: Option<IdentityState>,
    #[serde(default)]
    external_id: Option<String>,
    #[serde(default)]
    verifiable_addresses: Vec<KnownAddress>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewCredentials {
    #[serde(default)]
    password: Option<NewPassword>,
}

#[derive(Deserialize)]
struct NewPassword {
    config: PasswordConfig,
}

#[derive(Deserialize)]
struct PasswordConfig {
    #[serde(default)]
    password: Option<String>,
    #[serde(default)]
    hashed_password: Option<String>,
}

/// What the administrator knows about an address that the traits name.
#[derive(Deserialize)]
struct KnownAddress {
    value: String,
    #[serde(default)]
    verified: bool,
}

/// What a schema finds wrong, as one sentence.
pub(super) fn faults_as_error(faults: &[FieldFault]) -> ApiError {
    let told: Vec<String> = faults.iter().map(|fault| format!("{}: {}", fault.name, fault.message.text)).collect();
    ApiError::bad_request(&format!("The traits do not fit the identity schema: {}", told.join("; ")))
}

/// Makes an identity. Clear passwords are hashed but not held against the password policy, as in Kratos.
pub async fn create(State(app): State<Arc<App>>, req: Req) -> Response {
    match make(&app, &req).await {
        Ok(response) => response,
        Err(error) => error.json(req.header("x-request-id")),
    }
}

async fn make(app: &App, req: &Req) -> Result<Response, ApiError> {
    let body: NewIdentity = serde_json::from_slice(&req.body)
        .map_err(|error| ApiError::bad_request(&format!("The body cannot be read as an identity: {error}")))?;
    let schema = app.schemas.get(&body.schema_id);
    let schema = schema.ok_or_else(|| ApiError::bad_request("schema_id names no configured identity schema."))?;
    let traits = schema.normalise(body.traits);
    let faults = schema.validate(&traits);
    if !faults.is_empty() {
        return Err(faults_as_error(&faults));
    }
    let hash = match body.credentials.and_then(|credentials| credentials.password) {
        Some(NewPassword { config: PasswordConfig { password: Some(clear), .. } }) if !clear.is_empty() => {
            Some(app.hasher.hash(&Secret::from(clear)).await?)
        }
        Some(NewPassword { config: PasswordConfig { hashed_password: Some(hash), .. } }) => {
            let refused = |error: crate::hashing::ImportError| ApiError::bad_request(&error.to_string());
            app.hasher.check_import(&hash).map_err(refused)?;
            Some(hash)
        }
        Some(_) => {
            return Err(ApiError::bad_request("credentials.password.config needs password or hashed_password."));
        }
        None => None,
    };
    let extracted = schema.extract(&traits);
    let mut identity = new_identity(app, schema.id(), traits, &extracted);
    identity.external_id = body.external_id.filter(|id| !id.is_empty());
    identity.metadata_public = body.metadata_public;
    identity.metadata_admin = body.metadata_admin;
    identity.state = body.state.unwrap_or_default();
    for known in body.verifiable_addresses.iter().filter(|known| known.verified) {
        for address in identity.verifiable_addresses.iter_mut().filter(|address| address.value == known.value) {
            address.verified = true;
            address.status = "completed".into();
            address.verified_at = Some(identity.created_at);
        }
    }
    let credentials = credentials_of(app, &extracted, hash);
    let mut answer = shown(app, &identity, &credentials);
    // Kratos tells the stored version only when the identity is read again.
    for (kind, credential) in answer.credentials.iter_mut().flatten() {
        credential.version = u32::from(kind == "code");
    }
    match app.store.commit(vec![Change::CreateIdentity(identity.clone(), credentials)]).await {
        Ok(()) => {}
        Err(StoreError::Conflict) => {
            return Err(ApiError::conflict("Another identity has the same identifier, address or external id."));
        }
        Err(error) => return Err(error.into()),
    }
    let mut response = respond::json(StatusCode::CREATED, &answer);
    let place = format!("{}/identities/{}", app.config().admin_url().as_str().trim_end_matches('/'), identity.id);
    if let Ok(place) = HeaderValue::from_str(&place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}
