//! The changes that a submission can make.

use super::Cleanup;
use crate::model::{Credential, CredentialKind, Flow, Identity, Session};
use identity_api::Timestamp;
use serde_json::Value;
use uuid::Uuid;

/// One change. See [`super::Store::commit`].
#[derive(Clone)]
#[expect(missing_docs, reason = "each variant says what its fields are")]
pub enum Change {
    /// A new identity with its credentials. Conflicts with one that has the same identifier or address.
    CreateIdentity(Identity, Vec<Credential>),
    /// The identity as it shall be now, but for its credentials; [`super::StoreError::Changed`] when it was changed
    /// since it was read.
    UpdateIdentity(Identity),
    /// One verifiable address is now in this state, whatever else changes at the same time; nothing happens when the
    /// identity has no such address any more.
    MarkAddress(MarkedAddress),
    /// The words of an identity that was made before there was a search.
    IndexIdentity(Uuid),
    /// The identity and all that hangs on it goes.
    DeleteIdentity(Uuid),
    /// A credential that is new or takes the place of the one of its kind.
    PutCredential(Uuid, Credential),
    /// The names that a credential is found by; its configuration stays, and is empty when it is new.
    SetIdentifiers { identity_id: Uuid, kind: CredentialKind, identifiers: Vec<String>, at: Timestamp },
    /// The same password under a better hash. Nothing happens when the password was changed meanwhile.
    UpgradePassword { identity_id: Uuid, from: String, to: String, at: Timestamp },
    /// A credential goes.
    DeleteCredential(Uuid, CredentialKind),
    /// A new session; its token must be there.
    CreateSession(Session),
    /// New methods, devices and times of a session; the token changes when there is one.
    UpdateSession(Session),
    /// A session ends.
    EndSession(Uuid, Timestamp),
    /// A session was used.
    UseSession { id: Uuid, at: Timestamp },
    /// A session lasts until then.
    ExtendSession { id: Uuid, expires_at: Timestamp, at: Timestamp },
    /// Sessions go, rows and all.
    DeleteSessions(Vec<Uuid>, Timestamp),
    /// These sessions end.
    EndSessionList(Vec<Uuid>, Timestamp),
    /// The sessions of an identity end, but for one.
    EndSessions { identity_id: Uuid, except: Option<Uuid>, at: Timestamp },
    /// The rows of these keys go.
    CleanUp(Cleanup, Vec<String>),
    /// Only tells gateways that facts about the identity changed.
    AnnounceIdentity(Uuid, Timestamp),
    /// A flow that is new or has changed.
    PutFlow(Flow),
    /// A page-less error for the error page.
    CreateError { id: Uuid, body: Value, at: Timestamp },
    /// A one-time code.
    CreateCode(NewCode),
    /// The code is used up; [`super::StoreError::Stale`] when it was already.
    UseCode { id: Uuid, at: Timestamp },
    /// One more try at a flow's code; [`super::StoreError::Stale`] when `limit` tries were made before.
    CountTry { flow_id: Uuid, limit: u32 },
    /// A code of an authenticator app is used; [`super::StoreError::Stale`] when its time step or a later one was.
    UseTotpStep { identity_id: Uuid, step: i64 },
    /// A backup code is used; [`super::StoreError::Stale`] when it was already.
    UseLookupSecret { identity_id: Uuid, batch: String, position: u32, at: Timestamp },
    /// Codes of a flow that were not used are worth nothing any more.
    DropCodes { flow_id: Uuid },
    /// One more try at something that is throttled; [`super::StoreError::Stale`] when there were too many.
    CountAttempt(super::Try),
    /// A try that was right is given back.
    RefundTry { key: String, interval: std::time::Duration },
    /// Counters start anew.
    ForgetTries { keys: Vec<String> },
    /// Counters that ran out before then go.
    DropOldTries { before: Timestamp },
    /// An event of the audit trail.
    Audit(Box<crate::audit::AuditEvent>),
    /// Events of the audit trail from before then go.
    DropOldEvents { before: Timestamp },
    /// A mail or text message for the courier.
    QueueMessage(NewMessage),
    /// A native client will exchange two codes for the session token of this flow.
    CreateExchange { flow_id: Uuid, init_code_hash: String, return_code_hash: String, expires_at: Timestamp },
    /// The flow made a session: its token, sealed, waits for the exchange.
    CompleteExchange { flow_id: Uuid, session_id: Uuid, sealed_token: String },
    /// A courier takes a message; [`super::StoreError::Stale`] when another one has it.
    ClaimMessage { id: Uuid, now: Timestamp, lease_until: Timestamp },
    /// The outcome of a try to send a message.
    RecordDispatch {
        id: Uuid,
        message_id: Uuid,
        error: Option<String>,
        status: &'static str,
        /// How often it was refused so far.
        failures: u32,
        retry_at: Timestamp,
        at: Timestamp,
    },
}

/// What an address has become.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct MarkedAddress {
    pub identity_id: Uuid,
    /// `email` or `sms`.
    pub via: String,
    /// The address, normalised.
    pub value: String,
    /// `pending`, `sent` or `completed`; an address that is `completed` is verified, and stays so.
    pub status: &'static str,
    pub at: Timestamp,
}

impl Change {
    /// Whether it does not matter much when a power failure undoes it: counters, and the trail of what failed. Such
    /// commits do not wait for the disk.
    pub(super) fn may_be_lost(&self) -> bool {
        match self {
            Self::CountAttempt(_) | Self::RefundTry { .. } | Self::DropOldTries { .. } | Self::CountTry { .. } => true,
            Self::Audit(event) => event.outcome != "success",
            _ => false,
        }
    }
}

/// A one-time code, hashed.
#[derive(Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct NewCode {
    pub id: Uuid,
    pub flow_id: Uuid,
    /// `verification`, `recovery`, `login`, `registration`.
    pub purpose: &'static str,
    pub code_hash: String,
    pub via: String,
    pub address: String,
    pub identity_id: Option<Uuid>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// A message as it is queued.
#[derive(Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct NewMessage {
    pub id: Uuid,
    /// `email` or `sms`.
    pub kind: &'static str,
    pub channel: String,
    pub recipient: String,
    pub subject: String,
    pub body: String,
    pub html_body: String,
    pub template_type: String,
    pub template_data: Value,
    pub created_at: Timestamp,
}
