//! `/sessions`: the caller's other sessions.

use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::paging::Paging;
use crate::http::request::Req;
use crate::http::{respond, session};
use crate::store::{Change, SessionWithIdentity};
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use identity_api::session::RevokedSessions;
use std::sync::Arc;
use uuid::Uuid;

async fn current(app: &App, req: &Req) -> Result<SessionWithIdentity, ApiError> {
    let found = session::usable(app, &app.config(), req).await?;
    found.ok_or_else(|| ApiError::unauthorized("No valid session cookie found."))
}

/// `GET /sessions`: newest first, without the current one.
pub async fn list(State(app): State<Arc<App>>, req: Req) -> Response {
    let config = app.config();
    let answer = async {
        let found = current(&app, &req).await?;
        let paging = Paging::of(&req, 1)?;
        let (limit, offset) = (paging.size, paging.offset());
        let (id, except) = (found.identity.id, Some(found.session.id));
        let (sessions, total) = app.store.sessions_of(id, Some(app.now()), except, (limit, offset)).await?;
        let public = config.public_url();
        let body: Vec<_> = sessions
            .iter()
            .map(|session| {
                let mut session = session.to_api(Some(&found.identity), &public);
                if let Some(identity) = &mut session.identity {
                    // As in Kratos, which does not fill it in where sessions are listed.
                    identity.schema_url.clear();
                }
                session
            })
            .collect();
        let mut response = respond::json(StatusCode::OK, &body);
        paging.add_headers(&mut response, &req, "/sessions", total, true);
        Ok::<_, ApiError>(response)
    };
    answer.await.unwrap_or_else(|error| error.json(req.header("x-request-id")))
}

/// `DELETE /sessions`: ends all but the current one.
pub async fn revoke_others(State(app): State<Arc<App>>, req: Req) -> Response {
    let answer = async {
        let found = current(&app, &req).await?;
        let (identity_id, except, now) = (found.identity.id, Some(found.session.id), app.now());
        let (_, count) = app.store.sessions_of(identity_id, Some(now), except, (1, 0)).await?;
        app.store.commit(vec![Change::EndSessions { identity_id, except, at: now }]).await?;
        Ok::<_, ApiError>(respond::json(StatusCode::OK, &RevokedSessions { count }))
    };
    answer.await.unwrap_or_else(|error| error.json(req.header("x-request-id")))
}

/// `DELETE /sessions/{id}`: ends one of the caller's; anybody else's is left alone without a word.
pub async fn revoke(State(app): State<Arc<App>>, Path(id): Path<String>, req: Req) -> Response {
    let answer = async {
        let found = current(&app, &req).await?;
        let id = Uuid::parse_str(&id).map_err(|_| ApiError::bad_request("The session id is no UUID."))?;
        if id == found.session.id {
            return Err(ApiError::bad_request("The current session cannot be ended here; log out instead."));
        }
        let theirs = app.store.session(id).await?.is_some_and(|other| other.identity_id == found.identity.id);
        if theirs {
            app.store.commit(vec![Change::EndSession(id, app.now())]).await?;
        }
        Ok::<_, ApiError>(respond::empty())
    };
    answer.await.unwrap_or_else(|error| error.json(req.header("x-request-id")))
}
