//! Sessions.

use crate::{ContinueWith, Identity, Timestamp, rfc3339};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Authenticator assurance level of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Aal {
    /// Nothing was proven.
    #[default]
    Aal0,
    /// One factor.
    Aal1,
    /// Two factors of different classes.
    Aal2,
    /// Kept for the contract; nothing reaches it.
    Aal3,
}

impl Aal {
    /// The level's name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aal0 => "aal0",
            Self::Aal1 => "aal1",
            Self::Aal2 => "aal2",
            Self::Aal3 => "aal3",
        }
    }
}

/// One proof that the session rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuthenticationMethod {
    /// The method's name.
    pub method: String,
    /// The level that the method counts for.
    pub aal: Aal,
    /// When it was given.
    #[serde(with = "rfc3339")]
    pub completed_at: Timestamp,
    /// The social sign-in provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// `acr` of the provider's ID token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream_acr: Option<String>,
    /// `amr` of the provider's ID token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream_amr: Option<Vec<String>>,
}

/// Where a session was used from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Device {
    /// The record's id.
    pub id: Uuid,
    /// The client's address.
    #[serde(default)]
    pub ip_address: Option<String>,
    /// The client's `User-Agent`.
    #[serde(default)]
    pub user_agent: Option<String>,
    /// City and country, where a trusted proxy tells.
    #[serde(default)]
    pub location: Option<String>,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// The session's id.
    pub id: Uuid,
    /// Whether it can be used.
    pub active: bool,
    /// When it ends.
    #[serde(with = "rfc3339")]
    pub expires_at: Timestamp,
    /// When the last proof was given.
    #[serde(with = "rfc3339")]
    pub authenticated_at: Timestamp,
    /// The level that its methods reach.
    pub authenticator_assurance_level: Aal,
    /// The proofs it rests on, in order.
    pub authentication_methods: Vec<AuthenticationMethod>,
    /// When it began.
    #[serde(with = "rfc3339")]
    pub issued_at: Timestamp,
    /// Whose it is; `null` where the caller must not know yet.
    #[serde(default)]
    pub identity: Option<Identity>,
    /// Where it was used from.
    #[serde(default)]
    pub devices: Option<Vec<Device>>,
    /// The session as a JWT, when `tokenize_as` asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokenized: Option<String>,
}

/// Answer to a login of a native client or a single-page app.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SuccessfulLogin {
    /// The token; only for native clients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_token: Option<String>,
    /// The session.
    pub session: Session,
    /// What to do next; `null` when nothing.
    #[serde(default)]
    pub continue_with: Option<Vec<ContinueWith>>,
}

/// Answer to a registration of a native client or a single-page app.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SuccessfulRegistration {
    /// The token; only for native clients and with the `session` hook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_token: Option<String>,
    /// The session; only with the `session` hook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Session>,
    /// The new identity.
    pub identity: Identity,
    /// What to do next; `null` when nothing.
    #[serde(default)]
    pub continue_with: Option<Vec<ContinueWith>>,
}

/// Answer to `GET /self-service/logout/browser`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogoutFlow {
    /// The URL that ends the session.
    pub logout_url: String,
    /// The token in it.
    pub logout_token: String,
}

/// Answer to `DELETE /sessions`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RevokedSessions {
    /// How many sessions ended.
    pub count: u64,
}
