//! `GET /self-service/errors?id=`: what the error page shows.

use crate::http::app::App;
use crate::http::csrf::Csrf;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::{cookies, respond};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// An error by id; `error` wins over `id`, and `stub:500` is one for building pages.
pub async fn get(State(app): State<Arc<App>>, req: Req) -> Response {
    let config = app.config();
    let csrf = Csrf::of(&app, &req, &config.public_url());
    let answer = async {
        let missing = || ApiError::not_found("There is no such error.");
        let id = req.param("error").or_else(|| req.param("id")).ok_or_else(missing)?;
        if id == "stub:500" {
            return Ok(stub(&app));
        }
        let id = Uuid::parse_str(id).map_err(|_| missing())?;
        let found = app.store.error(id).await?.ok_or_else(missing)?;
        let body = identity_api::error::FlowError {
            id: id.to_string(),
            error: found.body,
            created_at: found.created_at,
            updated_at: found.created_at,
        };
        Ok::<_, ApiError>(respond::json(StatusCode::OK, &body))
    };
    let mut response = answer.await.unwrap_or_else(|error| error.json(req.header("x-request-id")));
    if !csrf.known {
        respond::set_cookie(&mut response, cookies::csrf(&config, &csrf));
    }
    response
}

fn stub(app: &App) -> Response {
    let error = ApiError::internal(&"stub for error pages").body(None)["error"].clone();
    let mut error: Value = error;
    error["reason"] = "This is a stub error.".into();
    let id = crate::crypto::token::uuid(&mut app.rng());
    let never = "0001-01-01T00:00:00Z";
    respond::json(StatusCode::OK, &json!({ "id": id, "error": error, "created_at": never, "updated_at": never }))
}
