//! Signing out.

use identity_api::session::LogoutFlow;

use super::http;
use crate::Error;
use crate::logic::url::path_of;

/// The path that ends this browser's session when the browser goes there; `None` when nobody is signed in.
///
/// # Errors
/// When the server does not give one.
pub async fn path() -> Result<Option<String>, Error> {
    let answer = http::get("/self-service/logout/browser").await?;
    if answer.status == 401 {
        return Ok(None);
    }
    let flow: LogoutFlow = http::read(&answer)?;
    Ok(Some(path_of(&flow.logout_url)))
}
