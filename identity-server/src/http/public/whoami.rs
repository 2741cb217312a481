//! `/sessions/whoami`, by any method: who is calling. One query; gateways live on it.

use crate::flows::aal;
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::{respond, session};
use axum::extract::State;
use axum::response::Response;
use http::{HeaderValue, StatusCode};
use std::sync::Arc;

/// Answers the session, or 401 without an error id, as Kratos does.
pub async fn whoami(State(app): State<Arc<App>>, req: Req) -> Response {
    let config = app.config();
    let request_id = req.header("x-request-id").filter(|id| !id.is_empty());
    let found = match session::usable(&app, &config, &req).await {
        Ok(Some(found)) if found.identity.is_active() => found,
        Ok(_) => {
            return ApiError::unauthorized("No valid session credentials found in the request.").json(request_id);
        }
        Err(error) => return error.json(request_id),
    };
    if aal::falls_short(&config, config.session.whoami.required_aal, &found) {
        return ApiError::aal2_required(aal::step_up_url(&config, None)).json(request_id);
    }
    if let Some(template) = req.param("tokenize_as") {
        let known = config.session.whoami.tokenizer.templates.contains_key(template);
        let reason =
            if known { "Tokenizing sessions is not available." } else { "There is no such tokenizer template." };
        return ApiError::bad_request(reason).json(request_id);
    }
    let body = found.session.to_api(Some(&found.identity), &config.public_url());
    let mut response = respond::json(StatusCode::OK, &body);
    if let Ok(id) = HeaderValue::from_str(&found.identity.id.to_string()) {
        response.headers_mut().insert("x-kratos-authenticated-identity-id", id);
    }
    response
}
