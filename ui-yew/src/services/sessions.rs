//! `/sessions`.

use crate::error::Error;
use crate::model::session::Session;
use crate::model::wire::text;
use crate::services::http;
use serde_json::Value;

/// Who is signed in.
#[derive(Clone, Debug, PartialEq)]
pub enum Whoami {
    /// This session, read and as it came.
    Session(Box<(Session, Value)>),
    /// Nobody.
    Nobody,
    /// Somebody who must prove more; the address leads there.
    NeedsMore(String),
}

/// Asks whose session this browser has.
///
/// # Errors
/// When the server cannot tell.
pub async fn whoami() -> Result<Whoami, Error> {
    let answer = http::get("/sessions/whoami").await?;
    match answer.status {
        401 => return Ok(Whoami::Nobody),
        403 => {
            let body = answer.json()?;
            let detail = body.pointer("/error/details").and_then(|details| text(details, "redirect_browser_to"));
            if let Some(address) = text(&body, "redirect_browser_to").or(detail) {
                return Ok(Whoami::NeedsMore(address));
            }
        }
        _ => {}
    }
    let body = answer.ok()?;
    let session = Session::read(&body).ok_or(Error::Unreadable { status: answer.status })?;
    Ok(Whoami::Session(Box::new((session, body))))
}
