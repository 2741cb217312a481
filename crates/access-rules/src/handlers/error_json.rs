//! `json`: the error as a JSON document.

use super::{ErrorRequest, when::WHEN};
use crate::{
    denial::Denial,
    document::{Key, Shape, key},
    engine::Response,
};
use serde_json::json;

pub(super) const KEYS: &[Key] = &[key("verbose", &Shape::Bool), key("when", &WHEN)];

/// Settings of `json`.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Json {
    #[serde(default)]
    verbose: bool,
}

impl Json {
    pub(super) fn answer(&self, request: &ErrorRequest<'_>, denial: &Denial) -> Response {
        let mut error = serde_json::Map::new();
        error.insert("code".into(), json!(denial.status));
        error.insert("status".into(), json!(denial.status_text()));
        if let Some(id) = request.headers.text("x-request-id").filter(|id| !id.is_empty()) {
            error.insert("request".into(), json!(id));
        }
        if (self.verbose || denial.in_error_pipeline)
            && let Some(reason) = &denial.reason
        {
            error.insert("reason".into(), json!(reason));
        }
        let message = if self.verbose { &denial.message } else { plain(denial) };
        error.insert("message".into(), json!(message));
        let mut headers = vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("ory-error-id".to_owned(), String::new()),
        ];
        headers.extend(denial.headers.iter().cloned());
        Response { status: denial.status, headers, body: json!({ "error": error }).to_string() + "\n" }
    }
}

/// What a client is told who need not know more.
fn plain(denial: &Denial) -> &str {
    match denial.status {
        400 => "The request was malformed or contained invalid parameters",
        401 => "The request could not be authorized",
        403 => "The requested action was forbidden",
        404 => "The requested resource could not be found",
        409 => "The resource could not be created due to a conflict",
        415 => "The request is using an unknown content type",
        429 => "Too many requests",
        500 => "An internal server error occurred, please contact the system administrator",
        _ => &denial.message,
    }
}
