//! A self-service flow as this app reads it: one shape for all kinds.

use identity_api::{ContinueWith, Identity, Timestamp, UiContainer, rfc3339};
use serde::Deserialize;

/// The kinds of self-service flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowKind {
    /// Signing in, proving a second factor, confirming a session.
    Login,
    /// Making an account.
    Registration,
    /// Getting back into an account.
    Recovery,
    /// Proving an address.
    Verification,
    /// Changing the profile and the ways to sign in.
    Settings,
}

impl FlowKind {
    /// The kind's name in paths, in the API and in this app alike.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Registration => "registration",
            Self::Recovery => "recovery",
            Self::Verification => "verification",
            Self::Settings => "settings",
        }
    }

    /// The path of the page that shows such a flow.
    #[must_use]
    pub const fn page(self) -> &'static str {
        match self {
            Self::Login => "/login",
            Self::Registration => "/registration",
            Self::Recovery => "/recovery",
            Self::Verification => "/verification",
            Self::Settings => "/settings",
        }
    }
}

/// The parts of a flow that the app needs. The five flow types of [`identity_api::flow`] all read as this one, so
/// that the bundle carries one parser instead of five.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Flow {
    /// The flow's id.
    pub id: String,
    /// When it can no longer be sent.
    #[serde(with = "rfc3339")]
    pub expires_at: Timestamp,
    /// Where the browser goes afterwards.
    #[serde(default)]
    pub return_to: Option<String>,
    /// The method that took the flow last.
    #[serde(default)]
    pub active: Option<String>,
    /// The form.
    pub ui: UiContainer,
    /// Where the flow stands: `choose_method`, `sent_email`, `passed_challenge`, `show_form`, `success`.
    #[serde(default)]
    pub state: String,
    /// Login: whether a session is confirmed rather than made.
    #[serde(default)]
    pub refresh: bool,
    /// Login: the assurance level asked for.
    #[serde(default)]
    pub requested_aal: String,
    /// Settings and recovery: what to do next.
    #[serde(default)]
    pub continue_with: Option<Vec<ContinueWith>>,
    /// Settings: whose.
    #[serde(default)]
    pub identity: Option<Identity>,
}

impl Flow {
    /// Whether the flow has done what it was for.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self.state.as_str(), "passed_challenge" | "success")
    }

    /// Whether a code or link was sent and the flow waits for it.
    #[must_use]
    pub fn has_sent(&self) -> bool {
        self.state == "sent_email"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use identity_api::flow::{FlowType, LoginFlow};
    use identity_api::{SettingsFlow, identity::IdentityState};

    #[test]
    fn the_servers_own_types_read_as_a_flow() {
        let now = Timestamp::UNIX_EPOCH;
        let login = LoginFlow {
            id: uuid::Uuid::from_u128(7),
            flow_type: FlowType::Browser,
            expires_at: now,
            issued_at: now,
            request_url: "http://localhost/self-service/login/browser".into(),
            return_to: Some("http://localhost/inbox".into()),
            active: None,
            ui: UiContainer::default(),
            state: "choose_method".into(),
            transient_payload: None,
            organization_id: None,
            oauth2_login_challenge: None,
            created_at: now,
            updated_at: now,
            refresh: true,
            requested_aal: "aal2".into(),
            session_token_exchange_code: None,
            identity_schema: None,
        };
        let text = serde_json::to_string(&login).expect("it is written");
        let flow: Flow = serde_json::from_str(&text).expect("it is read");
        assert_eq!(flow.return_to, login.return_to);
        assert!(flow.refresh && flow.requested_aal == "aal2" && flow.ui.nodes.is_empty());

        let settings = SettingsFlow {
            id: uuid::Uuid::from_u128(8),
            flow_type: FlowType::Browser,
            expires_at: now,
            issued_at: now,
            request_url: String::new(),
            return_to: None,
            active: None,
            ui: UiContainer::default(),
            state: "success".into(),
            transient_payload: None,
            identity: Identity {
                id: uuid::Uuid::nil(),
                external_id: None,
                credentials: None,
                schema_id: "default".into(),
                schema_url: String::new(),
                state: IdentityState::Active,
                state_changed_at: None,
                traits: serde_json::json!({"email": "ada@example.org"}),
                verifiable_addresses: Vec::new(),
                recovery_addresses: Vec::new(),
                metadata_public: serde_json::Value::Null,
                metadata_admin: None,
                created_at: now,
                updated_at: now,
                organization_id: None,
            },
            continue_with: vec![ContinueWith::RedirectBrowserTo {
                redirect_browser_to: "http://localhost/settings".into(),
            }],
        };
        let text = serde_json::to_string(&settings).expect("it is written");
        let flow: Flow = serde_json::from_str(&text).expect("it is read");
        assert!(flow.is_done());
        assert_eq!(flow.continue_with.map(|steps| steps.len()), Some(1));
        assert_eq!(flow.identity.map(|identity| identity.traits), Some(settings.identity.traits));
    }
}
