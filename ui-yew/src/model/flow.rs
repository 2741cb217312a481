//! A self-service flow as this app reads it: one shape for all kinds.

use crate::model::next::{Step, steps};
use crate::model::wire::{self, flag, text, text_or_empty};
use identity_api::UiContainer;
use serde_json::Value;

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

/// The parts of a flow that the app needs: the five flow types of [`identity_api::flow`] all read as this one.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// The flow's id.
    pub id: String,
    /// Where the browser goes afterwards.
    pub return_to: Option<String>,
    /// The method that took the flow last.
    pub active: Option<String>,
    /// The form.
    pub ui: UiContainer,
    /// Where the flow stands: `choose_method`, `sent_email`, `passed_challenge`, `show_form`, `success`.
    pub state: String,
    /// Login: whether a session is confirmed rather than made.
    pub refresh: bool,
    /// Login: the assurance level asked for.
    pub requested_aal: String,
    /// Settings and recovery: what to do next.
    pub continue_with: Vec<Step>,
    /// Settings: the traits of whose they are.
    pub traits: Option<Value>,
}

impl Flow {
    /// Reads a flow of any kind; `None` when it has no id or no form.
    #[must_use]
    pub fn read(value: &Value) -> Option<Self> {
        Some(Self {
            id: text(value, "id")?,
            return_to: text(value, "return_to").filter(|address| !address.is_empty()),
            active: text(value, "active"),
            ui: wire::ui(value.get("ui")?)?,
            state: text_or_empty(value, "state"),
            refresh: flag(value, "refresh"),
            requested_aal: text_or_empty(value, "requested_aal"),
            continue_with: steps(value),
            traits: value.pointer("/identity/traits").cloned(),
        })
    }

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
    use identity_api::{ContinueWith, Identity, SettingsFlow, Timestamp, identity::IdentityState};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

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
        let flow = Flow::read(&serde_json::to_value(&login).expect("it is written")).expect("it is read");
        assert_eq!(flow.id, login.id.to_string());
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
        let flow = Flow::read(&serde_json::to_value(&settings).expect("it is written")).expect("it is read");
        assert!(flow.is_done());
        assert_eq!(flow.continue_with, [Step::Redirect("http://localhost/settings".into())]);
        assert_eq!(flow.traits, Some(settings.identity.traits));
    }
}
