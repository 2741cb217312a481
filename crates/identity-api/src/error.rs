//! The error envelope.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// `{"error": {…}}`, with the extra keys that some errors carry beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ErrorEnvelope {
    /// The error.
    pub error: GenericError,
    /// Where the browser should go (401, 403, 422).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_browser_to: Option<String>,
    /// The flow that took this one's place (410).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub use_flow_id: Option<uuid::Uuid>,
    /// Keys that only one error has.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What went wrong.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GenericError {
    /// The machine-readable id, for errors that clients act on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The HTTP status.
    pub code: u16,
    /// The status as text.
    #[serde(default)]
    pub status: String,
    /// `X-Request-ID` of the request, if it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What, for people.
    #[serde(default)]
    pub message: String,
    /// More, for developers; only in development mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debug: Option<String>,
    /// More, for programs.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub details: Map<String, Value>,
}

/// Answer to `GET /self-service/errors`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlowError {
    /// The error's id.
    pub id: String,
    /// The error.
    pub error: Value,
    /// When it happened.
    #[serde(with = "crate::rfc3339")]
    pub created_at: crate::Timestamp,
    /// The same.
    #[serde(with = "crate::rfc3339")]
    pub updated_at: crate::Timestamp,
}

/// Ids of errors that clients act on.
pub mod id {
    /// The person is signed in already.
    pub const SESSION_ALREADY_AVAILABLE: &str = "session_already_available";
    /// The flow's kind is switched off.
    pub const FLOW_DISABLED: &str = "self_service_flow_disabled";
    /// `return_to` is not on the list.
    pub const RETURN_TO_FORBIDDEN: &str = "self_service_flow_return_to_forbidden";
    /// There is no session.
    pub const SESSION_INACTIVE: &str = "session_inactive";
    /// A second factor needs a first one.
    pub const SESSION_AAL1_REQUIRED: &str = "session_aal1_required";
    /// A second factor is needed.
    pub const SESSION_AAL2_REQUIRED: &str = "session_aal2_required";
    /// The session is too old for this.
    pub const SESSION_REFRESH_REQUIRED: &str = "session_refresh_required";
    /// The address must be verified first.
    pub const VERIFIED_ADDRESS_REQUIRED: &str = "session_verified_address_required";
    /// The CSRF token is missing or wrong.
    pub const CSRF_VIOLATION: &str = "security_csrf_violation";
    /// The flow belongs to somebody else.
    pub const IDENTITY_MISMATCH: &str = "security_identity_mismatch";
    /// The flow's time is over.
    pub const FLOW_EXPIRED: &str = "self_service_flow_expired";
    /// Another flow took its place.
    pub const FLOW_REPLACED: &str = "self_service_flow_replaced";
    /// The browser must navigate.
    pub const BROWSER_LOCATION_CHANGE_REQUIRED: &str = "browser_location_change_required";
    /// The account is switched off.
    pub const IDENTITY_DISABLED: &str = "identity_disabled";
    /// The configuration does not allow it.
    pub const INVALID_CONFIGURATION: &str = "invalid_configuration";
}
