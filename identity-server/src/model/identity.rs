//! Identities as they are kept.

use identity_api::Timestamp;
use identity_api::identity::{IdentityState, RecoveryAddress, VerifiableAddress};
use serde_json::Value;
use url::Url;
use uuid::Uuid;

/// An identity, without its credentials.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are those of the wire type")]
pub struct Identity {
    pub id: Uuid,
    pub external_id: Option<String>,
    pub schema_id: String,
    pub state: IdentityState,
    pub state_changed_at: Timestamp,
    pub traits: Value,
    pub verifiable_addresses: Vec<VerifiableAddress>,
    pub recovery_addresses: Vec<RecoveryAddress>,
    pub metadata_public: Value,
    pub metadata_admin: Value,
    pub organization_id: Option<Uuid>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Its second factors, as bits; the store keeps them up to date. See [`super::factor`].
    pub second_factors: u8,
    /// Counted up by the store with every change; a change that rests on an old one is refused.
    pub revision: i64,
}

impl Identity {
    /// Whether it may sign in.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.state == IdentityState::Active
    }

    /// The identity as its owner may see it. `public` is the public base URL, ending in `/`.
    #[must_use]
    pub fn to_api(&self, public: &Url) -> identity_api::Identity {
        identity_api::Identity {
            id: self.id,
            external_id: self.external_id.clone(),
            credentials: None,
            schema_id: self.schema_id.clone(),
            schema_url: schema_url(public, &self.schema_id),
            state: self.state,
            state_changed_at: Some(self.state_changed_at),
            traits: self.traits.clone(),
            verifiable_addresses: self.verifiable_addresses.clone(),
            recovery_addresses: self.recovery_addresses.clone(),
            metadata_public: self.metadata_public.clone(),
            metadata_admin: None,
            created_at: self.created_at,
            updated_at: self.updated_at,
            organization_id: self.organization_id,
        }
    }

    /// The identity as an administrator sees it.
    #[must_use]
    pub fn to_admin_api(&self, public: &Url) -> identity_api::Identity {
        identity_api::Identity { metadata_admin: Some(self.metadata_admin.clone()), ..self.to_api(public) }
    }
}

/// Where a schema can be read: its id as unpadded base64url below `/schemas/`.
#[must_use]
pub fn schema_url(public: &Url, schema_id: &str) -> String {
    use base64::Engine as _;
    let id = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(schema_id);
    format!("{}/schemas/{id}", public.as_str().trim_end_matches('/'))
}
