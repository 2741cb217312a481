//! Health and version.

use super::app::App;
use super::respond;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use serde_json::json;
use std::sync::Arc;

/// The routes of both ports.
pub fn router() -> Router<Arc<App>> {
    Router::new().route("/health/alive", get(alive)).route("/health/ready", get(ready))
}

async fn alive() -> Response {
    respond::json(StatusCode::OK, &json!({ "status": "ok" }))
}

/// Ready once the database answers and its schema is there.
async fn ready(State(app): State<Arc<App>>) -> Response {
    match app.store.ready().await {
        Ok(()) => alive().await,
        Err(error) => {
            tracing::warn!(%error, "not ready");
            let reason = "the database does not answer or is not migrated";
            respond::json(StatusCode::SERVICE_UNAVAILABLE, &json!({ "errors": { "database": reason } }))
        }
    }
}

/// `/version`, on the admin port only.
pub async fn version() -> Response {
    respond::json(StatusCode::OK, &json!({ "version": env!("CARGO_PKG_VERSION") }))
}
