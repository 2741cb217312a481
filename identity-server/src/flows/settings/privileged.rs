//! Privileged sessions: whoever signed in long ago confirms it before credentials change (requirement 25, ASVS 7.5.1). A browser
//! that is sent to do so finds its submission again afterwards (Kratos' continuity).

use crate::config::Config;
use crate::crypto::token;
use crate::flows::Refusal;
use crate::flows::body::Body;
use crate::http::app::App;
use crate::model::{Flow, Session};
use identity_api::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use subtle::ConstantTimeEq as _;

/// How long a browser has to come back: ten minutes, as in Kratos.
pub const CONTINUITY: std::time::Duration = std::time::Duration::from_secs(600);

#[derive(Serialize, Deserialize)]
struct Stash {
    token_hash: String,
    body: Value,
    #[serde(with = "identity_api::rfc3339")]
    expires_at: Timestamp,
}

/// Refuses when the session is too old to change credentials.
///
/// # Errors
/// [`Refusal::Reauthenticate`].
pub fn require(app: &App, config: &Config, session: &Session) -> Result<(), Refusal> {
    let age = app.now() - session.authenticated_at;
    if age <= config.selfservice.flows.settings.privileged_session_max_age {
        Ok(())
    } else {
        Err(Refusal::Reauthenticate)
    }
}

/// Keeps a submission in the flow (which is stored sealed) and gives the token that the browser's cookie carries.
#[must_use]
pub fn stash(app: &App, flow: &mut Flow, body: &Body) -> String {
    let token = token::alphanumeric(&mut app.rng(), 32);
    let stash = Stash {
        token_hash: crate::crypto::sha256_hex(&token),
        body: body.0.clone(),
        expires_at: app.now() + CONTINUITY,
    };
    if let (Value::Object(internal), Ok(stash)) = (&mut flow.internal, serde_json::to_value(stash)) {
        internal.insert("continuity".into(), stash);
    }
    token
}

/// Takes the submission that `token` belongs to out of the flow, if there is one and its time is not over.
#[must_use]
pub fn take(app: &App, flow: &mut Flow, token: &str) -> Option<Body> {
    let stash = flow.internal.as_object_mut()?.remove("continuity")?;
    let stash: Stash = serde_json::from_value(stash).ok()?;
    let fits = crate::crypto::sha256_hex(token).as_bytes().ct_eq(stash.token_hash.as_bytes());
    (bool::from(fits) && app.now() < stash.expires_at).then_some(Body(stash.body))
}
