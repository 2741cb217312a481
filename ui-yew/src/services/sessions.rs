//! `/sessions`.

use crate::error::Error;
use crate::services::http;
use identity_api::{ErrorEnvelope, Session};

/// Who is signed in.
#[derive(Clone, Debug, PartialEq)]
pub enum Whoami {
    /// This session.
    Session(Box<Session>),
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
            let envelope: ErrorEnvelope = answer.json()?;
            let detail = envelope.error.details.get("redirect_browser_to");
            let address = envelope.redirect_browser_to.clone().or_else(|| Some(detail?.as_str()?.to_owned()));
            if let Some(address) = address {
                return Ok(Whoami::NeedsMore(address));
            }
        }
        _ => {}
    }
    answer.ok().map(|session| Whoami::Session(Box::new(session)))
}
