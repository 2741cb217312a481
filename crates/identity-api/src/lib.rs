//! Wire types of the identity contract, as Ory Kratos speaks it.
//!
//! The server builds its answers from these types and the browser app reads them, so the two cannot drift apart.
//! Everything here is data: no I/O, no logic beyond (de)serialisation and small look-ups on UI nodes. Keys that are
//! absent in Kratos' answers are absent here; keys that Kratos sends as `null` are sent as `null`.

pub mod continue_with;
pub mod courier;
pub mod error;
pub mod flow;
pub mod identity;
pub mod messages;
pub mod session;
pub mod ui;

pub use continue_with::ContinueWith;
pub use error::{ErrorEnvelope, GenericError};
pub use flow::{FlowType, LoginFlow, RecoveryFlow, RegistrationFlow, SettingsFlow, VerificationFlow};
pub use identity::{Identity, IdentityState};
pub use session::{Aal, Session};
pub use ui::{UiContainer, UiNode, UiText};

/// A moment, written as RFC 3339 in UTC with a fraction of a second when there is one.
pub use time::OffsetDateTime as Timestamp;
pub use time::serde::rfc3339;
