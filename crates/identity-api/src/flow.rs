//! Self-service flows as clients see them.

use crate::{ContinueWith, Identity, Timestamp, UiContainer, rfc3339};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// Who runs the flow: a browser (cookies and CSRF tokens) or a native client (session tokens).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FlowType {
    /// A browser: a page or a single-page app.
    Browser,
    /// A native client.
    Api,
}

macro_rules! flow {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub struct $name {
            /// The flow's id.
            pub id: Uuid,
            /// Who runs it.
            #[serde(rename = "type")]
            pub flow_type: FlowType,
            /// When it can no longer be sent.
            #[serde(with = "rfc3339")]
            pub expires_at: Timestamp,
            /// When it was started.
            #[serde(with = "rfc3339")]
            pub issued_at: Timestamp,
            /// The URL of the request that started it.
            pub request_url: String,
            /// Where the browser goes afterwards.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub return_to: Option<String>,
            /// The method that took the flow last.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub active: Option<String>,
            /// The form.
            pub ui: UiContainer,
            /// Where the flow stands.
            pub state: String,
            /// What the client sent along for hooks and mail templates.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub transient_payload: Option<Value>,
            $($(#[$field_meta])* pub $field: $type,)*
        }
    };
}

flow! {
    /// A login.
    LoginFlow {
        /// The organisation, if one was named.
        #[serde(default)]
        organization_id: Option<Uuid>,
        /// The challenge of an OAuth 2.0 provider that waits for this login.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        oauth2_login_challenge: Option<String>,
        /// When the flow was stored.
        #[serde(with = "rfc3339")]
        created_at: Timestamp,
        /// When it changed last.
        #[serde(with = "rfc3339")]
        updated_at: Timestamp,
        /// Whether a session is confirmed rather than made.
        #[serde(default)]
        refresh: bool,
        /// The assurance level asked for: `aal1` or `aal2`.
        #[serde(default)]
        requested_aal: String,
        /// Handed out once, when the flow is made with `return_session_token_exchange_code`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session_token_exchange_code: Option<String>,
        /// The identity schema that was chosen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        identity_schema: Option<String>,
    }
}

flow! {
    /// A registration.
    RegistrationFlow {
        /// The organisation, if one was named.
        #[serde(default)]
        organization_id: Option<Uuid>,
        /// The challenge of an OAuth 2.0 provider that waits for this registration.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        oauth2_login_challenge: Option<String>,
        /// Handed out once, when the flow is made with `return_session_token_exchange_code`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session_token_exchange_code: Option<String>,
        /// The identity schema that was chosen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        identity_schema: Option<String>,
    }
}

flow! {
    /// A change of settings.
    SettingsFlow {
        /// Whose settings.
        identity: Identity,
        /// What to do next.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        continue_with: Vec<ContinueWith>,
    }
}

flow! {
    /// A recovery of an account.
    RecoveryFlow {
        /// What to do next.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        continue_with: Vec<ContinueWith>,
    }
}

flow! {
    /// A verification of an address.
    VerificationFlow {}
}
