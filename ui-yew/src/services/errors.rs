//! `/self-service/errors`.

use crate::error::Error;
use crate::model::query::Query;
use crate::services::http;
use serde_json::Value;

/// The error that a browser was sent to the error page with: `{"id": …, "error": …}`.
///
/// # Errors
/// 404 when the server does not know it.
pub async fn get(id: &str) -> Result<Value, Error> {
    let path = Query::default().with("id", Some(id)).on("/self-service/errors");
    http::get(&path).await?.ok()
}
