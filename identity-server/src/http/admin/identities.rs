//! Reading and removing identities.

use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::paging::Paging;
use crate::http::request::Req;
use crate::http::respond;
use crate::model::{Credential, Identity};
use crate::store::{Change, IdentityFilter, IdentityPage, StoreError};
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

/// An identity as administrators see it, its credentials without what they are made of.
pub(super) fn shown(app: &App, identity: &Identity, credentials: &[Credential]) -> identity_api::Identity {
    let mut shown = identity.to_admin_api(&app.config().public_url());
    let entry = |credential: &Credential| {
        let shown = identity_api::identity::Credential {
            kind: credential.kind.as_str().into(),
            identifiers: Some(credential.identifiers.clone()),
            config: None,
            version: credential.version,
            created_at: credential.created_at,
            updated_at: credential.updated_at,
        };
        (shown.kind.clone(), shown)
    };
    shown.credentials = Some(credentials.iter().map(entry).collect());
    shown
}

/// `GET /admin/identities`.
pub async fn list(State(app): State<Arc<App>>, req: Req) -> Response {
    let answer = async {
        let paging = Paging::of(&req, 0)?;
        let page = IdentityPage { after: None, position: None, offset: paging.offset(), limit: paging.size };
        let found = app.store.identities(&IdentityFilter::All, page).await?;
        let public = app.config().public_url();
        let body: Vec<_> = found.iter().map(|identity| identity.to_admin_api(&public)).collect();
        let total = app.store.count_identities(&IdentityFilter::All).await?;
        let mut response = respond::json(StatusCode::OK, &body);
        let url = format!("{}/identities", app.config().admin_url().as_str().trim_end_matches('/'));
        paging.add_headers(&mut response, &url, total);
        Ok::<_, ApiError>(response)
    };
    answer.await.unwrap_or_else(|error| error.json(req.header("x-request-id")))
}

/// `GET /admin/identities/{id}`.
pub async fn get(State(app): State<Arc<App>>, Path(id): Path<String>, req: Req) -> Response {
    let answer = async {
        let identity = find(&app, &id).await?;
        let credentials = app.store.credentials(identity.id).await?;
        Ok::<_, ApiError>(respond::json(StatusCode::OK, &shown(&app, &identity, &credentials)))
    };
    answer.await.unwrap_or_else(|error| error.json(req.header("x-request-id")))
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

/// `DELETE /admin/identities/{id}/sessions`: ends all of them.
pub async fn end_sessions(State(app): State<Arc<App>>, Path(id): Path<String>, req: Req) -> Response {
    let answer = async {
        let identity = find(&app, &id).await?;
        let now = app.now();
        let (_, count) = app.store.sessions_of(identity.id, Some(now), None, (1, 0)).await?;
        if count == 0 {
            return Err(ApiError::not_found("The identity has no active sessions."));
        }
        app.store.commit(vec![Change::EndSessions { identity_id: identity.id, except: None, at: now }]).await?;
        Ok::<_, ApiError>(respond::empty())
    };
    answer.await.unwrap_or_else(|error| error.json(req.header("x-request-id")))
}
