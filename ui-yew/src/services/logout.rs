//! `/self-service/logout`.

use crate::error::Error;
use crate::model::next::server_path;
use crate::model::wire::text;
use crate::services::http;

/// The address that ends this browser's session when the browser goes there; `None` when it has none.
///
/// # Errors
/// When the server cannot tell.
pub async fn address() -> Result<Option<String>, Error> {
    let answer = http::get("/self-service/logout/browser").await?;
    if answer.status == 401 {
        return Ok(None);
    }
    let url = text(&answer.ok()?, "logout_url").ok_or(Error::Unreadable { status: answer.status })?;
    Ok(Some(server_path(&url).to_owned()))
}
