//! `/schemas`: the identity schemas.

use crate::http::app::App;
use crate::http::csrf::Csrf;
use crate::http::error::ApiError;
use crate::http::paging::Paging;
use crate::http::request::Req;
use crate::http::{cookies, respond};
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;

/// `GET /schemas`: all of them, in the order of the configuration.
pub async fn list(State(app): State<Arc<App>>, req: Req) -> Response {
    let config = app.config();
    let csrf = Csrf::of(&app, &req, &config.public_url());
    let answer = || {
        let paging = Paging::of(&req, 0)?;
        let all: Vec<Value> = app.schemas.iter().map(|s| json!({ "id": s.id(), "schema": s.raw() })).collect();
        let page: Vec<&Value> = all.iter().skip(paging.offset() as usize).take(paging.size as usize).collect();
        let mut response = respond::json(StatusCode::OK, &page);
        paging.add_headers(&mut response, &req, "/schemas", all.len() as u64, true);
        Ok::<_, ApiError>(response)
    };
    let mut response = answer().unwrap_or_else(|error| error.json(req.header("x-request-id")));
    if !csrf.known {
        respond::set_cookie(&mut response, cookies::csrf(&config, &csrf));
    }
    response
}

/// `GET /schemas/{id}`: one by its id, plain or as unpadded base64url.
pub async fn get(State(app): State<Arc<App>>, Path(id): Path<String>, req: Req) -> Response {
    match app.schemas.get(&id).or_else(|| app.schemas.by_url_name(&id)) {
        Some(schema) => respond::json(StatusCode::OK, schema.raw()),
        None => ApiError::not_found("There is no such identity schema.").json(req.header("x-request-id")),
    }
}
