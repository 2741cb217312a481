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

fn plain(kind: &'static str, body: String) -> Response {
    use axum::response::IntoResponse as _;
    let mut response = body.into_response();
    response.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(kind));
    response
}

/// `/metrics/prometheus`, on the admin port only.
pub async fn metrics(State(app): State<Arc<App>>) -> Response {
    plain("text/plain; version=0.0.4; charset=utf-8; escaping=underscores", app.metrics.text(&app).await)
}

/// `/health/config`: tells one configuration from another; its `revision` when it has one.
pub async fn config(State(app): State<Arc<App>>) -> Response {
    let config = app.config();
    plain("text/plain", config.revision.clone().unwrap_or_else(|| config.fingerprint.clone()))
}

/// `/version`, on the admin port only.
pub async fn version() -> Response {
    respond::json(StatusCode::OK, &json!({ "version": env!("CARGO_PKG_VERSION") }))
}
