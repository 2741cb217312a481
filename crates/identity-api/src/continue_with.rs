//! What a client should do after a flow.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One next step; clients take the steps that they understand, in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum ContinueWith {
    /// Keep this token: it is the session of a native client.
    SetOrySessionToken {
        /// The token.
        ory_session_token: String,
    },
    /// Show the verification of an address.
    ShowVerificationUi {
        /// The verification flow.
        flow: VerificationTarget,
    },
    /// Show the settings.
    ShowSettingsUi {
        /// The settings flow.
        flow: FlowTarget,
    },
    /// Show the recovery.
    ShowRecoveryUi {
        /// The recovery flow.
        flow: FlowTarget,
    },
    /// Send the browser there.
    RedirectBrowserTo {
        /// The URL.
        redirect_browser_to: String,
    },
    /// A step that this version does not know; clients pass over it.
    #[serde(other)]
    Unknown,
}

/// A flow to go on with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlowTarget {
    /// The flow's id.
    pub id: Uuid,
    /// The page that shows it; only for browsers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A verification flow to go on with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerificationTarget {
    /// The flow's id.
    pub id: Uuid,
    /// The address that is verified.
    pub verifiable_address: String,
    /// The page that shows it; only for browsers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}
