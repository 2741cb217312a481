//! Self-service flows as they are kept.

use identity_api::flow::{FlowType, LoginFlow, RecoveryFlow, RegistrationFlow, SettingsFlow, VerificationFlow};
use identity_api::{Timestamp, UiContainer};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// The kind of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each name is that of a flow")]
pub enum FlowKind {
    Login,
    Registration,
    Settings,
    Recovery,
    Verification,
}

impl FlowKind {
    /// The kind's name in paths, the database and messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Registration => "registration",
            Self::Settings => "settings",
            Self::Recovery => "recovery",
            Self::Verification => "verification",
        }
    }
}

/// Where a flow stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowState {
    /// Nothing was proven yet.
    #[default]
    ChooseMethod,
    /// A code or link is under way.
    SentEmail,
    /// It is done.
    PassedChallenge,
    /// Recovery with a choice of addresses: any address is asked for.
    RecoveryAwaitingAddress,
    /// One of several is to be chosen.
    RecoveryAwaitingAddressChoice,
    /// The chosen one is to be typed in full.
    RecoveryConfirmingAddress,
    /// A code is under way to it.
    RecoveryAwaitingCode,
    /// Settings: the form is open.
    ShowForm,
    /// Settings: saved.
    Success,
}

impl FlowState {
    /// The state's name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ChooseMethod => "choose_method",
            Self::SentEmail => "sent_email",
            Self::PassedChallenge => "passed_challenge",
            Self::RecoveryAwaitingAddress => "recovery_awaiting_address",
            Self::RecoveryAwaitingAddressChoice => "recovery_awaiting_address_choice",
            Self::RecoveryConfirmingAddress => "recovery_confirming_address",
            Self::RecoveryAwaitingCode => "recovery_awaiting_code",
            Self::ShowForm => "show_form",
            Self::Success => "success",
        }
    }
}

/// A flow. What clients never see is at the end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Flow {
    /// The flow's id.
    pub id: Uuid,
    /// Its kind.
    pub kind: FlowKind,
    /// Who runs it.
    pub flow_type: FlowType,
    /// When it was started.
    #[serde(with = "identity_api::rfc3339")]
    pub issued_at: Timestamp,
    /// When it can no longer be sent.
    #[serde(with = "identity_api::rfc3339")]
    pub expires_at: Timestamp,
    /// When it changed last.
    #[serde(with = "identity_api::rfc3339")]
    pub updated_at: Timestamp,
    /// The raw URL of the request that started it.
    pub request_url: String,
    /// Where the browser goes afterwards, as the request said.
    pub return_to: Option<String>,
    /// The method that took it last.
    pub active: Option<String>,
    /// Where it stands.
    pub state: FlowState,
    /// The form.
    pub ui: UiContainer,
    /// The organisation that was named.
    #[serde(default)]
    pub organization_id: Option<Uuid>,
    /// The schema that was chosen.
    #[serde(default)]
    pub identity_schema: Option<String>,
    /// Login: whether a session is confirmed rather than made.
    #[serde(default)]
    pub refresh: bool,
    /// Login: `aal1` or `aal2`.
    #[serde(default)]
    pub requested_aal: String,
    /// What the client sent along.
    #[serde(default)]
    pub transient_payload: Option<Value>,
    /// Whose flow it is (settings, recovery, verification after registration).
    #[serde(default)]
    pub identity_id: Option<Uuid>,
    /// The session that it belongs to or that it made.
    #[serde(default)]
    pub session_id: Option<Uuid>,
    /// The anti-CSRF token of the browser that started it; empty in native flows.
    #[serde(default)]
    pub csrf_token: String,
    /// Whether the CSRF check is off: flows that an administrator made for somebody.
    #[serde(default)]
    pub skip_csrf_check: bool,
    /// What the methods remember between two submissions.
    #[serde(default)]
    pub internal: Value,
}

impl Flow {
    /// Whether a browser runs it.
    #[must_use]
    pub fn is_browser(&self) -> bool {
        self.flow_type == FlowType::Browser
    }

    /// Whether its time is over at `now`.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }

    /// A login as clients see it.
    #[must_use]
    pub fn to_login(&self) -> LoginFlow {
        LoginFlow {
            id: self.id,
            flow_type: self.flow_type,
            expires_at: self.expires_at,
            issued_at: self.issued_at,
            request_url: self.request_url.clone(),
            return_to: self.return_to.clone(),
            active: self.active.clone(),
            ui: self.ui.clone(),
            state: self.state.as_str().into(),
            transient_payload: None,
            organization_id: self.organization_id,
            oauth2_login_challenge: None,
            created_at: self.issued_at,
            updated_at: self.updated_at,
            refresh: self.refresh,
            requested_aal: self.requested_aal.clone(),
            session_token_exchange_code: None,
            identity_schema: self.identity_schema.clone(),
        }
    }

    /// A registration as clients see it.
    #[must_use]
    pub fn to_registration(&self) -> RegistrationFlow {
        RegistrationFlow {
            id: self.id,
            flow_type: self.flow_type,
            expires_at: self.expires_at,
            issued_at: self.issued_at,
            request_url: self.request_url.clone(),
            return_to: self.return_to.clone(),
            active: self.active.clone(),
            ui: self.ui.clone(),
            state: self.state.as_str().into(),
            transient_payload: None,
            organization_id: self.organization_id,
            oauth2_login_challenge: None,
            session_token_exchange_code: None,
            identity_schema: self.identity_schema.clone(),
        }
    }

    /// A verification as clients see it.
    #[must_use]
    pub fn to_verification(&self) -> VerificationFlow {
        VerificationFlow {
            id: self.id,
            flow_type: self.flow_type,
            expires_at: self.expires_at,
            issued_at: self.issued_at,
            request_url: self.request_url.clone(),
            return_to: self.return_to.clone(),
            active: self.active.clone(),
            ui: self.ui.clone(),
            state: self.state.as_str().into(),
            transient_payload: None,
        }
    }

    /// Settings of `identity` as clients see them. `public` is the public base URL.
    #[must_use]
    pub fn to_settings(&self, identity: &super::Identity, public: &url::Url) -> SettingsFlow {
        SettingsFlow {
            id: self.id,
            flow_type: self.flow_type,
            expires_at: self.expires_at,
            issued_at: self.issued_at,
            request_url: self.request_url.clone(),
            return_to: self.return_to.clone(),
            active: self.active.clone(),
            ui: self.ui.clone(),
            state: self.state.as_str().into(),
            transient_payload: None,
            identity: identity.to_api(public),
            continue_with: Vec::new(),
        }
    }

    /// A recovery as clients see it.
    #[must_use]
    pub fn to_recovery(&self) -> RecoveryFlow {
        RecoveryFlow {
            id: self.id,
            flow_type: self.flow_type,
            expires_at: self.expires_at,
            issued_at: self.issued_at,
            request_url: self.request_url.clone(),
            return_to: self.return_to.clone(),
            active: self.active.clone(),
            ui: self.ui.clone(),
            state: self.state.as_str().into(),
            transient_payload: None,
            continue_with: Vec::new(),
        }
    }
}
