//! `/self-service/logout`.

use crate::error::Error;
use crate::model::next::server_path;
use crate::services::http;
use identity_api::session::LogoutFlow;

/// The address that ends this browser's session when the browser goes there; `None` when it has none.
///
/// # Errors
/// When the server cannot tell.
pub async fn address() -> Result<Option<String>, Error> {
    let answer = http::get("/self-service/logout/browser").await?;
    if answer.status == 401 {
        return Ok(None);
    }
    let flow: LogoutFlow = answer.ok()?;
    Ok(Some(server_path(&flow.logout_url).to_owned()))
}
