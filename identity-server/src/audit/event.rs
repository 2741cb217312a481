//! What an event says.

use crate::http::app::App;
use crate::http::context::{self, PortName};
use identity_api::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Kind {
    Login,
    SecondFactor,
    Registration,
    RecoveryRequest,
    Recovery,
    VerificationRequest,
    Verification,
    CredentialChange,
    CredentialRemoval,
    AddressChange,
    IdentityCreation,
    IdentityChange,
    IdentityDeletion,
    SessionStart,
    SessionChange,
    SessionEnd,
    AdminAction,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 17] = [
        Self::Login,
        Self::SecondFactor,
        Self::Registration,
        Self::RecoveryRequest,
        Self::Recovery,
        Self::VerificationRequest,
        Self::Verification,
        Self::CredentialChange,
        Self::CredentialRemoval,
        Self::AddressChange,
        Self::IdentityCreation,
        Self::IdentityChange,
        Self::IdentityDeletion,
        Self::SessionStart,
        Self::SessionChange,
        Self::SessionEnd,
        Self::AdminAction,
    ];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::SecondFactor => "second_factor",
            Self::Registration => "registration",
            Self::RecoveryRequest => "recovery_request",
            Self::Recovery => "recovery",
            Self::VerificationRequest => "verification_request",
            Self::Verification => "verification",
            Self::CredentialChange => "credential_change",
            Self::CredentialRemoval => "credential_removal",
            Self::AddressChange => "address_change",
            Self::IdentityCreation => "identity_creation",
            Self::IdentityChange => "identity_change",
            Self::IdentityDeletion => "identity_deletion",
            Self::SessionStart => "session_start",
            Self::SessionChange => "session_change",
            Self::SessionEnd => "session_end",
            Self::AdminAction => "admin_action",
        }
    }
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Outcome {
    Success,
    Failure,
    /// It was not even tried: there were too many tries.
    Throttled,
}

impl Outcome {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Throttled => "throttled",
        }
    }
}

/// One event. It holds no password, code, token or address of a mailbox.
#[derive(Clone, Debug, Serialize)]
pub struct AuditEvent {
    /// Its id.
    pub id: Uuid,
    /// When it happened.
    #[serde(with = "identity_api::rfc3339")]
    pub at: Timestamp,
    /// What happened.
    pub kind: String,
    /// How it ended.
    pub outcome: String,
    /// Who did it: `identity:<id>`, `admin`, `admin:<name>`, `anonymous` or `system`.
    pub actor: String,
    /// Whose account it is about.
    pub identity_id: Option<Uuid>,
    /// `password`, `code`, `totp`, ….
    pub method: Option<String>,
    /// The session.
    pub session_id: Option<Uuid>,
    /// The flow.
    pub flow_id: Option<Uuid>,
    /// The client's address.
    pub client_address: Option<String>,
    /// The client's program.
    pub user_agent: Option<String>,
    /// The request, as in the log.
    pub request_id: Option<String>,
    /// Anything else: why it failed, which fields changed.
    pub detail: Value,
}

impl AuditEvent {
    /// An event of this moment and request; the builder methods add what is known.
    #[must_use]
    pub fn new(app: &App, kind: Kind, outcome: Outcome) -> Self {
        Self::at(app.now(), crate::crypto::token::uuid(&mut app.rng()), kind, outcome)
    }

    pub(crate) fn at(at: Timestamp, id: Uuid, kind: Kind, outcome: Outcome) -> Self {
        let request = context::current();
        let request = request.as_deref();
        let actor = match request {
            None => "system".to_owned(),
            Some(request) if request.port == PortName::Admin => match &request.administrator {
                Some(name) => format!("admin:{name}"),
                None => "admin".into(),
            },
            Some(request) => request.identity().map_or_else(|| "anonymous".into(), |id| format!("identity:{id}")),
        };
        Self {
            id,
            at,
            kind: kind.as_str().into(),
            outcome: outcome.as_str().into(),
            actor,
            identity_id: None,
            method: None,
            session_id: None,
            flow_id: None,
            client_address: request.and_then(|request| request.client).map(|client| client.to_string()),
            user_agent: request.and_then(|request| request.user_agent.clone()),
            request_id: request.map(|request| request.id.clone()),
            detail: Value::Object(Map::new()),
        }
    }

    /// Whose account.
    #[must_use]
    pub fn identity(mut self, id: impl Into<Option<Uuid>>) -> Self {
        self.identity_id = id.into();
        self
    }

    /// By which method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.into());
        self
    }

    /// In which session.
    #[must_use]
    pub fn session(mut self, id: Uuid) -> Self {
        self.session_id = Some(id);
        self
    }

    /// In which flow.
    #[must_use]
    pub fn flow(mut self, id: Uuid) -> Self {
        self.flow_id = Some(id);
        self
    }

    /// Why it failed.
    #[must_use]
    pub fn reason(self, reason: &str) -> Self {
        self.with("reason", reason.into())
    }

    /// Anything else. No secrets.
    #[must_use]
    pub fn with(mut self, key: &str, value: Value) -> Self {
        if let Value::Object(map) = &mut self.detail {
            map.insert(key.into(), value);
        }
        self
    }

    /// The same event as one line of the log.
    pub(crate) fn log(&self) {
        tracing::info!(
            target: "audit",
            event = %self.id,
            kind = self.kind,
            outcome = self.outcome,
            actor = self.actor,
            identity = self.identity_id.map(tracing::field::display),
            method = self.method,
            session = self.session_id.map(tracing::field::display),
            flow = self.flow_id.map(tracing::field::display),
            client_address = self.client_address,
            detail = %self.detail,
            "audit"
        );
    }
}
