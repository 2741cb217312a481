//! `GET /admin/identities`: every identity, by filter, page by page.

use super::search;
use super::show::{Included, shown_with};
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::keyset::Keyset;
use crate::http::paging::Paging;
use crate::http::request::Req;
use crate::http::respond;
use crate::model::Identity;
use crate::store::{IdentityFilter, IdentityPage, SearchPosition};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

const PATH: &str = "/admin/identities";
const USUAL_SIZE: u32 = 250;
const LARGEST_SIZE: u32 = 500;
/// How deep pages can be counted by number.
const DEEPEST: u32 = 1000;
/// How many ids may be named.
const MOST_IDS: usize = 500;

/// Where the next page begins: after an identity. A search is in the order of creation, so it needs that as well.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Position {
    id: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<i64>,
}

/// Answers the list. Pages are counted by number only when `page` is given and `page_size` is not.
pub async fn list(State(app): State<Arc<App>>, req: Req) -> Response {
    let answer = async {
        let included = Included::of(&req)?;
        let filter = filter_of(&req)?;
        let with_credentials =
            included.any() || matches!(filter, IdentityFilter::Identifier(_) | IdentityFilter::Similar(_));
        if req.param("page").is_some() && req.param("page_size").is_none() {
            let paging = Paging::of(&req, 0)?;
            if paging.offset() > DEEPEST {
                let reason = "Pages can be counted by number up to 1000 identities; use page_token and page_size.";
                return Err(ApiError::bad_request(reason));
            }
            let page = IdentityPage { after: None, position: None, offset: paging.offset(), limit: paging.size };
            let found = app.store.identities(&filter, page).await?;
            let total = app.store.count_identities(&filter).await?;
            let mut response = answer_with(&app, &found, with_credentials, &included).await?;
            paging.add_headers(&mut response, &req, PATH, total, false);
            return Ok(response);
        }
        let keyset: Keyset<Position> = Keyset::of(&req, USUAL_SIZE, LARGEST_SIZE)?;
        let position =
            keyset.position.and_then(|position| Some(SearchPosition { created_at: position.at?, id: position.id }));
        let after = keyset.position.map(|position| position.id);
        // One more than the page has tells whether there is another.
        let page = IdentityPage { after, position, offset: 0, limit: keyset.size + 1 };
        let mut found = app.store.identities(&filter, page).await?;
        let more = found.len() > keyset.size as usize;
        found.truncate(keyset.size as usize);
        let mut response = answer_with(&app, &found, with_credentials, &included).await?;
        let at = |identity: &Identity| {
            let micros = || i64::try_from(identity.created_at.unix_timestamp_nanos() / 1000).ok();
            if matches!(filter, IdentityFilter::Search(_)) { micros() } else { None }
        };
        let next = found.last().filter(|_| more).map(|last| Position { id: last.id, at: at(last) });
        keyset.add_link(&mut response, &req, PATH, next.as_ref());
        Ok(response)
    };
    answer.await.unwrap_or_else(|error| error.json(req.header("x-request-id")))
}

async fn answer_with(
    app: &App,
    found: &[Identity],
    with_credentials: bool,
    included: &Included,
) -> Result<Response, ApiError> {
    if !with_credentials {
        let public = app.config().public_url();
        let body: Vec<_> = found.iter().map(|identity| identity.to_admin_api(&public)).collect();
        return Ok(respond::json(StatusCode::OK, &body));
    }
    let ids: Vec<Uuid> = found.iter().map(|identity| identity.id).collect();
    let mut credentials = app.store.credentials_of_all(&ids).await?;
    let mut body = Vec::with_capacity(found.len());
    for identity in found {
        let own = credentials.remove(&identity.id).unwrap_or_default();
        body.push(shown_with(app, identity, &own, included).await?);
    }
    Ok(respond::json(StatusCode::OK, &body))
}

fn filter_of(req: &Req) -> Result<IdentityFilter, ApiError> {
    let mut filters = Vec::new();
    let ids: Vec<&str> = req.query.iter().filter(|(name, _)| name == "ids").map(|(_, id)| id.as_str()).collect();
    let uuid = |name: &str, text: &str| {
        Uuid::parse_str(text).map_err(|_| ApiError::bad_request(&format!("{name}: `{text}` is no UUID.")))
    };
    if ids.len() > MOST_IDS {
        return Err(ApiError::bad_request(&format!(
            "ids names {} identities, at most {MOST_IDS} are allowed.",
            ids.len()
        )));
    }
    if !ids.is_empty() {
        let ids = ids.into_iter().map(|id| uuid("ids", id)).collect::<Result<_, _>>()?;
        filters.push(IdentityFilter::Ids(ids));
    }
    if let Some(identifier) = req.param("credentials_identifier") {
        filters.push(IdentityFilter::Identifier(identifier.into()));
    }
    if let Some(text) = req.param("preview_credentials_identifier_similar") {
        filters.push(IdentityFilter::Similar(text.into()));
    }
    if let Some(id) = req.param("organization_id") {
        filters.push(IdentityFilter::Organization(uuid("organization_id", id)?));
    }
    if let Some(text) = req.param("search") {
        filters.push(IdentityFilter::Search(search::parse(text)?));
    }
    if filters.len() > 1 {
        return Err(ApiError::bad_request("Only one filter can be used at a time."));
    }
    Ok(filters.pop().unwrap_or_default())
}
