//! Identities.

use crate::{Timestamp, rfc3339};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Whether an identity may sign in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IdentityState {
    /// It may.
    #[default]
    Active,
    /// It may not.
    Inactive,
}

impl IdentityState {
    /// The state's name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
        }
    }
}

/// A person, a service, anything with an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// The identity's id.
    pub id: Uuid,
    /// A name that another system gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Its credentials; only on the admin API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<BTreeMap<String, Credential>>,
    /// The schema that its traits follow.
    pub schema_id: String,
    /// Where that schema can be read.
    pub schema_url: String,
    /// Whether it may sign in.
    pub state: IdentityState,
    /// When that changed last.
    #[serde(default, with = "rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub state_changed_at: Option<Timestamp>,
    /// What it says of itself, as the schema defines.
    pub traits: Value,
    /// Addresses that can be verified.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verifiable_addresses: Vec<VerifiableAddress>,
    /// Addresses that the account can be recovered through.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recovery_addresses: Vec<RecoveryAddress>,
    /// Set by administrators, seen by its owner.
    #[serde(default)]
    pub metadata_public: Value,
    /// Set and seen by administrators only: `None` leaves the key out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata_admin: Option<Value>,
    /// When it was made.
    #[serde(with = "rfc3339")]
    pub created_at: Timestamp,
    /// When it changed last.
    #[serde(with = "rfc3339")]
    pub updated_at: Timestamp,
    /// The organisation it belongs to.
    #[serde(default)]
    pub organization_id: Option<Uuid>,
}

/// An address that can be verified.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerifiableAddress {
    /// The record's id.
    pub id: Uuid,
    /// The address, normalised.
    pub value: String,
    /// Whether its owner has proven it.
    pub verified: bool,
    /// `email` or `sms`.
    pub via: String,
    /// `pending`, `sent` or `completed`.
    pub status: String,
    /// When it was proven.
    #[serde(default, with = "rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<Timestamp>,
    /// When it was added.
    #[serde(with = "rfc3339")]
    pub created_at: Timestamp,
    /// When it changed last.
    #[serde(with = "rfc3339")]
    pub updated_at: Timestamp,
}

/// An address that the account can be recovered through.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecoveryAddress {
    /// The record's id.
    pub id: Uuid,
    /// The address, normalised.
    pub value: String,
    /// `email` or `sms`.
    pub via: String,
    /// When it was added.
    #[serde(with = "rfc3339")]
    pub created_at: Timestamp,
    /// When it changed last.
    #[serde(with = "rfc3339")]
    pub updated_at: Timestamp,
}

/// One way in, as the admin API shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Credential {
    /// `password`, `totp`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// The names that it is found by.
    #[serde(default)]
    pub identifiers: Option<Vec<String>>,
    /// Its configuration; only where asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<Value>,
    /// The format of the configuration.
    pub version: u32,
    /// When it was added.
    #[serde(with = "rfc3339")]
    pub created_at: Timestamp,
    /// When it changed last.
    #[serde(with = "rfc3339")]
    pub updated_at: Timestamp,
}
