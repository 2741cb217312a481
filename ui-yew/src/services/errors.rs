//! Errors that the server kept for the error page.

use identity_api::GenericError;
use serde::Deserialize;

use super::http;
use crate::Error;
use crate::logic::url::{Query, with_query};

#[derive(Deserialize)]
struct Kept {
    error: GenericError,
}

/// Reads an error by its id.
///
/// # Errors
/// When there is none, or it cannot be read.
pub async fn read(id: &str) -> Result<GenericError, Error> {
    let path = with_query("/self-service/errors", &Query::default().with("id", id));
    let kept: Kept = http::read(&http::get(&path).await?)?;
    Ok(kept.error)
}
