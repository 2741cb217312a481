//! The session of this browser.

use identity_api::{ErrorEnvelope, Session};

use super::http;
use crate::Error;
use crate::logic::url::is_place;

/// Who uses this browser.
#[derive(Clone, Debug, PartialEq)]
pub enum Who {
    /// Somebody.
    SignedIn(Box<Session>),
    /// Nobody.
    SignedOut,
    /// Somebody who must go there first, e.g. for a second factor.
    Elsewhere(String),
}

/// Asks who is signed in.
///
/// # Errors
/// When the server does not say.
pub async fn whoami() -> Result<Who, Error> {
    let answer = http::get("/sessions/whoami").await?;
    match answer.status {
        401 => Ok(Who::SignedOut),
        403 => {
            let envelope = serde_json::from_str::<ErrorEnvelope>(&answer.body).ok();
            let place = envelope.and_then(|envelope| envelope.redirect_browser_to).filter(|url| is_place(url));
            place.map(Who::Elsewhere).ok_or_else(|| http::refusal(&answer))
        }
        _ => http::read(&answer).map(|session| Who::SignedIn(Box::new(session))),
    }
}
