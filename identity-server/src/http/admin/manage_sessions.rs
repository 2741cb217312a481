//! `POST /admin/sessions`: ends or deletes many sessions at once.

use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::respond;
use crate::store::{Change, Whose};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// How many ids one request may name.
const MOST_IDS: usize = 500;
/// How many sessions one request ends when it means everybody's.
const BATCH: u32 = 5000;

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    action: String,
    #[serde(default)]
    identities: Option<Vec<String>>,
    #[serde(default)]
    sessions: Option<Vec<String>>,
}

/// Does what the action says; `more` tells that there are others left and the request should be sent again.
pub async fn manage(State(app): State<Arc<App>>, req: Req) -> Response {
    let answer = async {
        let body: Body = serde_json::from_slice(&req.body)
            .map_err(|error| ApiError::bad_request(&format!("The body cannot be read: {error}.")))?;
        let delete = match body.action.as_str() {
            "disable" => false,
            "delete" => true,
            other => {
                return Err(ApiError::bad_request(&format!("action: found `{other}`, expected disable or delete.")));
            }
        };
        let whose = whose(body)?;
        let limit = if matches!(whose, Whose::Everybody) { BATCH } else { u32::MAX - 1 };
        let mut ids = app.store.session_ids(&whose, !delete, limit + 1).await?;
        let more = ids.len() > limit as usize;
        ids.truncate(limit as usize);
        let processed = ids.len();
        let now = app.now();
        let change = if delete { Change::DeleteSessions(ids, now) } else { Change::EndSessionList(ids, now) };
        app.store.commit(vec![change]).await?;
        Ok::<_, ApiError>(respond::json(StatusCode::OK, &json!({ "processed": processed, "more": more })))
    };
    answer.await.unwrap_or_else(|error| error.json(req.header("x-request-id")))
}

fn whose(body: Body) -> Result<Whose, ApiError> {
    let filled = |list: Option<Vec<String>>| list.filter(|list| !list.is_empty());
    match (filled(body.identities), filled(body.sessions)) {
        (Some(list), None) if list == ["*"] => Ok(Whose::Everybody),
        (Some(list), None) => Ok(Whose::Identities(ids("identities", &list)?)),
        (None, Some(list)) => Ok(Whose::Sessions(ids("sessions", &list)?)),
        _ => Err(ApiError::bad_request("Exactly one of identities and sessions must be a list that is not empty.")),
    }
}

fn ids(name: &str, list: &[String]) -> Result<Vec<Uuid>, ApiError> {
    if list.len() > MOST_IDS {
        let reason = format!("{name} names {} ids, at most {MOST_IDS} are allowed.", list.len());
        return Err(ApiError::bad_request(&reason));
    }
    let id = |text: &String| {
        let reason = match text.as_str() {
            "*" => format!("{name}: `*` stands alone, and only for identities."),
            text => format!("{name}: `{text}` is no UUID."),
        };
        Uuid::parse_str(text).map_err(|_| ApiError::bad_request(&reason))
    };
    list.iter().map(id).collect()
}
