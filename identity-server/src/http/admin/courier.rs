//! `/admin/courier/messages`: what was sent to whom, and what waits.

use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::respond;
use crate::store::MessageFilter;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use identity_api::courier::Message;
use std::sync::Arc;
use uuid::Uuid;

const REDACTED: &str = "<redacted-unless-dev-mode>";

fn shown(app: &App, mut message: Message) -> Message {
    // The local mailbox is there to be read; anywhere else a mail's text is nobody's business.
    let config = app.config();
    if !config.dev && config.nexus.mailbox_dir.is_none() {
        message.body = REDACTED.into();
        message.subject = REDACTED.into();
    }
    message
}

/// Newest first; `status`, `recipient` and `page_size` (10, at most 500).
pub async fn list(State(app): State<Arc<App>>, req: Req) -> Response {
    let answer = async {
        let status = req.param("status").map(str::to_owned);
        let known = ["queued", "sent", "processing", "abandoned"];
        if status.as_deref().is_some_and(|status| !known.contains(&status)) {
            return Err(ApiError::bad_request("status must be queued, sent, processing or abandoned."));
        }
        let limit = req.param("page_size").and_then(|text| text.parse().ok()).unwrap_or(10).clamp(1, 500);
        let filter =
            MessageFilter { status, recipient: req.param("recipient").map(str::to_owned), before: None, limit };
        let found = app.store.messages(&filter).await?;
        let body: Vec<Message> = found.into_iter().map(|stored| shown(&app, stored.message)).collect();
        Ok::<_, ApiError>(respond::json(StatusCode::OK, &body))
    };
    answer.await.unwrap_or_else(|error| error.json(req.header("x-request-id")))
}

/// One message with every try to deliver it.
pub async fn get(State(app): State<Arc<App>>, Path(id): Path<String>, req: Req) -> Response {
    let answer = async {
        let id = Uuid::parse_str(&id).map_err(|_| ApiError::bad_request("The message id is no UUID."))?;
        let found = app.store.message(id).await?;
        let found = found.ok_or_else(|| ApiError::not_found("There is no such message."))?;
        Ok::<_, ApiError>(respond::json(StatusCode::OK, &shown(&app, found.message)))
    };
    answer.await.unwrap_or_else(|error| error.json(req.header("x-request-id")))
}
