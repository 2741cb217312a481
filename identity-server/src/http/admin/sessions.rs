//! `/admin/sessions`: everybody's sessions.

use super::identities::find;
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::keyset::Keyset;
use crate::http::paging::Paging;
use crate::http::request::Req;
use crate::http::respond;
use crate::model::{Identity, Session};
use crate::store::{Change, IdentityFilter, IdentityPage};
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use identity_api::Session as ApiSession;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

const PATH: &str = "/admin/sessions";
const USUAL_SIZE: u32 = 250;
const LARGEST_SIZE: u32 = 1000;

/// Where the next page begins: after a session.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Position {
    id: Uuid,
    at: i64,
}

/// What is shown with a session.
#[derive(Clone, Copy, Default)]
struct Expand {
    identity: bool,
    devices: bool,
}

impl Expand {
    fn of(req: &Req) -> Result<Self, ApiError> {
        let mut expand = Self::default();
        for (_, what) in req.query.iter().filter(|(name, _)| name == "expand") {
            match what.to_ascii_lowercase().as_str() {
                "identity" => expand.identity = true,
                "devices" => expand.devices = true,
                _ => return Err(ApiError::bad_request(&format!("expand: `{what}` is neither identity nor devices."))),
            }
        }
        Ok(expand)
    }
}

/// `active` as a filter.
fn active_of(req: &Req) -> Result<Option<bool>, ApiError> {
    match req.param("active") {
        None => Ok(None),
        Some("1" | "t" | "T" | "true" | "TRUE" | "True") => Ok(Some(true)),
        Some("0" | "f" | "F" | "false" | "FALSE" | "False") => Ok(Some(false)),
        Some(other) => Err(ApiError::bad_request(&format!("active: found `{other}`, expected true or false."))),
    }
}

fn no_session() -> ApiError {
    ApiError::not_found("There is no such session.")
}

fn id_of(text: &str) -> Result<Uuid, ApiError> {
    Uuid::parse_str(text).map_err(|_| ApiError::bad_request("The session id is no UUID."))
}

/// A session; its identity as administrators see it, but without addresses, which Kratos does not load here.
fn shown(app: &App, session: &Session, identity: Option<&Identity>, devices: bool) -> ApiSession {
    let public = app.config().public_url();
    let mut shown = session.to_api(None, &public);
    shown.identity = identity.map(|identity| identity.to_admin_api(&public));
    if !devices {
        shown.devices = None;
    }
    shown
}

/// `GET /admin/sessions`: newest first.
pub async fn list(State(app): State<Arc<App>>, req: Req) -> Response {
    let answer = async {
        let keyset: Keyset<Position> = Keyset::of(&req, USUAL_SIZE, LARGEST_SIZE)?;
        let (expand, active) = (Expand::of(&req)?, active_of(&req)?);
        let position = keyset.position.map(|position| (position.at, position.id));
        let mut found = app.store.all_sessions(active, app.now(), position, keyset.size + 1).await?;
        let more = found.len() > keyset.size as usize;
        found.truncate(keyset.size as usize);
        let identities = if expand.identity { owners(&app, &found).await? } else { HashMap::new() };
        let body: Vec<ApiSession> = found
            .iter()
            .map(|session| shown(&app, session, identities.get(&session.identity_id), expand.devices))
            .collect();
        let mut response = respond::json(StatusCode::OK, &body);
        let at = |session: &Session| i64::try_from(session.issued_at.unix_timestamp_nanos() / 1000).unwrap_or_default();
        let next = found.last().filter(|_| more).map(|last| Position { id: last.id, at: at(last) });
        keyset.add_link(&mut response, &req, PATH, next.as_ref());
        Ok::<_, ApiError>(response)
    };
    answer.await.unwrap_or_else(|error| error.json(req.header("x-request-id")))
}

async fn owners(app: &App, sessions: &[Session]) -> Result<HashMap<Uuid, Identity>, ApiError> {
    let mut ids: Vec<Uuid> = sessions.iter().map(|session| session.identity_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let page = IdentityPage { after: None, position: None, offset: 0, limit: LARGEST_SIZE };
    let found = app.store.identities(&IdentityFilter::Ids(ids), page).await?;
    Ok(found.into_iter().map(|identity| (identity.id, identity)).collect())
}

/// `GET /admin/sessions/{id}`.
pub async fn get(State(app): State<Arc<App>>, Path(id): Path<String>, req: Req) -> Response {
    let answer = async {
        let expand = Expand::of(&req)?;
        let session = app.store.session(id_of(&id)?).await?.ok_or_else(no_session)?;
        let identity = if expand.identity { app.store.identity(session.identity_id).await? } else { None };
        let mut body = shown(&app, &session, identity.as_ref(), expand.devices);
        body.devices.get_or_insert_default();
        Ok::<_, ApiError>(respond::json(StatusCode::OK, &body))
    };
    answer.await.unwrap_or_else(|error| error.json(req.header("x-request-id")))
}

/// `DELETE /admin/sessions/{id}`: ends it; the row stays.
pub async fn disable(State(app): State<Arc<App>>, Path(id): Path<String>, req: Req) -> Response {
    let answer = async {
        let session = app.store.session(id_of(&id)?).await?.ok_or_else(no_session)?;
        app.store.commit(vec![Change::EndSession(session.id, app.now())]).await?;
        Ok::<_, ApiError>(respond::empty())
    };
    answer.await.unwrap_or_else(|error| error.json(req.header("x-request-id")))
}

/// `PATCH /admin/sessions/{id}/extend`: a whole lifespan from now, unless that is earlier than the configuration
/// allows; never beyond `nexus.session.absolute_lifespan`.
pub async fn extend(State(app): State<Arc<App>>, Path(id): Path<String>, req: Req) -> Response {
    let answer = async {
        let config = app.config();
        let mut session = app.store.session(id_of(&id)?).await?.ok_or_else(no_session)?;
        let now = app.now();
        let expires_at = session.extended(&config, now);
        if expires_at != session.expires_at {
            session.expires_at = expires_at;
            app.store.commit(vec![Change::ExtendSession { id: session.id, expires_at, at: now }]).await?;
        }
        if config.feature_flags.faster_session_extend {
            return Ok(respond::empty());
        }
        let identity = app.store.identity(session.identity_id).await?.ok_or_else(no_session)?;
        let mut body = session.to_api(Some(&identity), &config.public_url());
        // Kratos does not load devices here.
        body.devices = Some(Vec::new());
        Ok::<_, ApiError>(respond::json(StatusCode::OK, &body))
    };
    answer.await.unwrap_or_else(|error| error.json(req.header("x-request-id")))
}

/// `GET /admin/identities/{id}/sessions`: newest first; empty for an identity that is not there.
pub async fn of_identity(State(app): State<Arc<App>>, Path(id): Path<String>, req: Req) -> Response {
    let answer = async {
        let active = active_of(&req)?;
        let paging = Paging::of(&req, 0)?;
        let id = Uuid::parse_str(&id).map_err(|_| ApiError::bad_request("The identity id is no UUID."))?;
        let page = (paging.size, paging.offset());
        let (sessions, total) = app.store.sessions_of_identity(id, (active, app.now()), page).await?;
        let identity = app.store.identity(id).await?;
        let body: Vec<ApiSession> = sessions
            .iter()
            .map(|session| {
                let mut session = shown(&app, session, identity.as_ref(), true);
                if let Some(identity) = &mut session.identity {
                    // As in Kratos, which does not fill it in where sessions are listed.
                    identity.schema_url.clear();
                }
                session
            })
            .collect();
        let mut response = respond::json(StatusCode::OK, &body);
        let path = format!("/admin/identities/{id}/sessions");
        paging.add_headers(&mut response, &req, &path, total, true);
        Ok::<_, ApiError>(response)
    };
    answer.await.unwrap_or_else(|error| error.json(req.header("x-request-id")))
}

/// `DELETE /admin/identities/{id}/sessions`: deletes all of them; 404 when there are none.
pub async fn end_all(State(app): State<Arc<App>>, Path(id): Path<String>, req: Req) -> Response {
    let answer = async {
        let identity = find(&app, &id).await?;
        let whose = crate::store::Whose::Identities(vec![identity.id]);
        let ids = app.store.session_ids(&whose, false, u32::MAX).await?;
        if ids.is_empty() {
            return Err(ApiError::not_found("The identity has no sessions."));
        }
        app.store.commit(vec![Change::DeleteSessions(ids, app.now())]).await?;
        Ok::<_, ApiError>(respond::empty())
    };
    answer.await.unwrap_or_else(|error| error.json(req.header("x-request-id")))
}
