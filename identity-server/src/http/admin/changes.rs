//! `GET /admin/sessions/changes`: the feed that gateways follow to forget ended sessions. Beyond Kratos.

use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::respond;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde_json::json;
use std::sync::Arc;

const LARGEST_PAGE: u32 = 1000;

/// Without `since` the present end; `reset` tells a reader to forget all it knows.
pub async fn since(State(app): State<Arc<App>>, req: Req) -> Response {
    let answer = async {
        let limit = match req.param("limit").map(str::parse::<u32>) {
            None => LARGEST_PAGE,
            Some(Ok(limit)) if limit > 0 => limit.min(LARGEST_PAGE),
            Some(_) => {
                return Err(ApiError::bad_request("limit must be a number from 1 to 1000."));
            }
        };
        let page = app.store.changes_since(req.param("since"), limit).await?;
        let changes: Vec<_> = page
            .changes
            .iter()
            .map(|change| {
                let at = change.at.format(&time::format_description::well_known::Rfc3339).unwrap_or_default();
                match change.session_id {
                    Some(session) => {
                        json!({ "kind": "session", "session_id": session, "identity_id": change.identity_id, "at": at })
                    }
                    None => json!({ "kind": "identity", "identity_id": change.identity_id, "at": at }),
                }
            })
            .collect();
        let body = json!({ "cursor": page.cursor, "reset": page.reset, "more": page.more, "changes": changes });
        Ok::<_, ApiError>(respond::json(StatusCode::OK, &body))
    };
    answer.await.unwrap_or_else(|error| error.json(req.header("x-request-id")))
}
