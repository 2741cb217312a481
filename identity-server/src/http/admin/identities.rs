//! Reading and removing one identity.

use super::show::{Included, shown_with};
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::respond;
use crate::model::Identity;
use crate::store::{Change, StoreError};
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use std::sync::Arc;
use uuid::Uuid;

pub(super) fn no_identity() -> ApiError {
    ApiError::not_found("There is no such identity.")
}

/// The identity that a path names.
pub(super) async fn find(app: &App, id: &str) -> Result<Identity, ApiError> {
    let id = Uuid::parse_str(id).map_err(|_| no_identity())?;
    app.store.identity(id).await?.ok_or_else(no_identity)
}

async fn answer(app: &App, req: &Req, identity: &Identity) -> Result<Response, ApiError> {
    let included = Included::of(req)?;
    let credentials = app.store.credentials(identity.id).await?;
    Ok(respond::json(StatusCode::OK, &shown_with(app, identity, &credentials, &included).await?))
}

/// `GET /admin/identities/{id}`.
pub async fn get(State(app): State<Arc<App>>, Path(id): Path<String>, req: Req) -> Response {
    let found = async { answer(&app, &req, &find(&app, &id).await?).await };
    found.await.unwrap_or_else(|error| error.json(req.header("x-request-id")))
}

/// `GET /admin/identities/by/external/{external_id}`.
pub async fn by_external_id(State(app): State<Arc<App>>, Path(id): Path<String>, req: Req) -> Response {
    let found = async {
        let identity = app.store.identity_by_external_id(&id).await?.ok_or_else(no_identity)?;
        answer(&app, &req, &identity).await
    };
    found.await.unwrap_or_else(|error| error.json(req.header("x-request-id")))
}

/// `DELETE /admin/identities/{id}`: with its sessions and all else.
pub async fn delete(State(app): State<Arc<App>>, Path(id): Path<String>, req: Req) -> Response {
    let answer = async {
        let id = Uuid::parse_str(&id).map_err(|_| no_identity())?;
        let changes = vec![Change::AnnounceIdentity(id, app.now()), Change::DeleteIdentity(id)];
        match app.store.commit(changes).await {
            Ok(()) => Ok(respond::empty()),
            Err(StoreError::Stale) => Err(no_identity()),
            Err(error) => Err(error.into()),
        }
    };
    answer.await.unwrap_or_else(|error: ApiError| error.json(req.header("x-request-id")))
}
