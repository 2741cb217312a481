//! Answers.

use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

/// JSON of that status.
pub fn json(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_string(body) {
        Ok(text) => {
            let mut response = (status, text).into_response();
            let kind = HeaderValue::from_static("application/json; charset=utf-8");
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            response
        }
        Err(error) => super::error::ApiError::internal(&error).json(None),
    }
}

/// A redirect. Only answers to GET have a body that names the place, as Go's server does.
pub fn redirect(status: StatusCode, to: &str, with_body: bool) -> Response {
    let escaped = to.replace('&', "&amp;").replace('"', "&#34;").replace('<', "&lt;").replace('>', "&gt;");
    let reason = status.canonical_reason().unwrap_or_default();
    let body = if with_body { format!("<a href=\"{escaped}\">{reason}</a>.\n\n") } else { String::new() };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    if with_body {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    }
    match HeaderValue::from_str(to) {
        Ok(value) => headers.insert(header::LOCATION, value),
        Err(error) => return super::error::ApiError::internal(&error).json(None),
    };
    response
}

/// No content.
pub fn empty() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// Adds a cookie to an answer.
pub fn set_cookie(response: &mut Response, cookie: HeaderValue) {
    response.headers_mut().append(header::SET_COOKIE, cookie);
}

/// `url` with `key=value` in its query, sorted by key as Go writes it.
#[must_use]
pub fn with_query(url: &url::Url, key: &str, value: &str) -> String {
    let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().filter(|(name, _)| name != key).collect();
    pairs.push((key.into(), value.into()));
    pairs.sort();
    let mut url = url.clone();
    url.query_pairs_mut().clear().extend_pairs(pairs);
    url.into()
}
