//! `POST /admin/identities`, and what a batch makes of each of its entries.

use super::body::{NewIdentity, checked_traits, mark_known, schema_of, state_of, unreadable};
use super::import;
use super::show::shown;
use crate::flows::registration::{credentials_of, new_identity};
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::respond;
use crate::model::{Credential, Identity};
use crate::store::{Change, StoreError};
use axum::extract::State;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use identity_api::IdentityState;
use std::sync::Arc;

/// An identity that can be made.
pub(super) struct Prepared {
    pub(super) identity: Identity,
    pub(super) credentials: Vec<Credential>,
    /// What follows in the same transaction.
    more: Vec<Change>,
}

/// Why an identity cannot be made.
pub(super) enum Fault {
    /// The entry itself is wrong: in a batch, only this one fails.
    Entry(ApiError),
    /// The request is wrong: in a batch, all of it is refused, as in Kratos.
    Request(ApiError),
}

impl Fault {
    pub(super) fn into_error(self) -> ApiError {
        match self {
            Self::Entry(error) | Self::Request(error) => error,
        }
    }
}

impl Prepared {
    /// Everything to commit.
    pub(super) fn changes(&self) -> Vec<Change> {
        let mut changes = vec![Change::CreateIdentity(self.identity.clone(), self.credentials.clone())];
        changes.extend(self.more.iter().cloned());
        changes
    }
}

/// Checks a body and makes an identity of it, without storing it.
pub(super) async fn prepare(app: &App, body: NewIdentity) -> Result<Prepared, Fault> {
    let state = state_of(body.state.as_deref(), IdentityState::Active).map_err(Fault::Request)?;
    let imported = body.credentials.unwrap_or_default();
    let schema = schema_of(&app.schemas, body.schema_id.as_deref()).map_err(Fault::Entry)?;
    let traits = checked_traits(schema, body.traits).map_err(Fault::Entry);
    let password = match &traits {
        // A wrong hash is told before wrong traits; a clear password is not hashed in vain.
        Err(_) if imported.has_clear_password() => None,
        _ => imported.password_config(app).await.map_err(Fault::Request)?,
    };
    let traits = traits?;
    let extracted = schema.extract(&traits);
    let mut identity = new_identity(app, schema.id(), traits, &extracted);
    identity.external_id = body.external_id.filter(|id| !id.is_empty());
    identity.organization_id = body.organization_id;
    identity.metadata_public = body.metadata_public;
    identity.metadata_admin = body.metadata_admin;
    identity.state = state;
    mark_known(&mut identity, body.verifiable_addresses.as_deref().unwrap_or_default());
    let mut credentials = credentials_of(app, &extracted, None);
    let (others, more) = imported.others(app, identity.id, &[]).await.map_err(Fault::Request)?;
    for other in others.into_iter().chain(password.map(|config| import::password(app, config))) {
        match credentials.iter_mut().find(|credential| credential.kind == other.kind) {
            // Keys are found by what the schema names, passkeys and the rest by their own.
            Some(credential) => credential.config = other.config,
            None => credentials.push(other),
        }
    }
    Ok(Prepared { identity, credentials, more })
}

/// The error for an identifier, address or external id that somebody else has.
pub(super) fn taken() -> ApiError {
    ApiError::conflict("Another identity has the same identifier, address or external id.")
}

/// Makes an identity.
pub async fn create(State(app): State<Arc<App>>, req: Req) -> Response {
    match make(&app, &req).await {
        Ok(response) => response,
        Err(error) => error.json(req.header("x-request-id")),
    }
}

async fn make(app: &App, req: &Req) -> Result<Response, ApiError> {
    let body: NewIdentity = serde_json::from_slice(&req.body).map_err(|error| unreadable("an identity", &error))?;
    let prepared = prepare(app, body).await.map_err(Fault::into_error)?;
    match app.store.commit(prepared.changes()).await {
        Ok(()) => {}
        Err(StoreError::Conflict) => return Err(taken()),
        Err(error) => return Err(error.into()),
    }
    let mut answer = shown(app, &prepared.identity, &prepared.credentials);
    // Kratos tells the stored version only when the identity is read again.
    for (kind, credential) in answer.credentials.iter_mut().flatten() {
        credential.version = u32::from(kind == "code");
    }
    answer.metadata_admin = answer.metadata_admin.filter(|metadata| !metadata.is_null());
    let mut response = respond::json(StatusCode::CREATED, &answer);
    let base = app.config().admin_url();
    let place = format!("{}/identities/{}", base.as_str().trim_end_matches('/'), prepared.identity.id);
    if let Ok(place) = HeaderValue::from_str(&place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}
