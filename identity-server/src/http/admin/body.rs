//! What administrators send: an identity to make or to put in the place of another, with credentials to import.

use super::import::NewCredentials;
use crate::http::error::ApiError;
use crate::model::Identity;
use crate::schema::{FieldFault, IdentitySchema, SchemaRegistry};
use identity_api::{IdentityState, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// The body of a creation; unknown keys are refused, as Kratos refuses them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewIdentity {
    #[serde(default)]
    pub(super) schema_id: Option<String>,
    #[serde(default)]
    pub(super) traits: Value,
    #[serde(default)]
    pub(super) credentials: Option<NewCredentials>,
    #[serde(default)]
    pub(super) metadata_public: Value,
    #[serde(default)]
    pub(super) metadata_admin: Value,
    #[serde(default)]
    pub(super) state: Option<String>,
    #[serde(default)]
    pub(super) external_id: Option<String>,
    #[serde(default)]
    pub(super) organization_id: Option<Uuid>,
    #[serde(default)]
    pub(super) verifiable_addresses: Option<Vec<KnownAddress>>,
    #[serde(default)]
    #[expect(dead_code, reason = "taken for Kratos' sake; the traits say which addresses recover the account")]
    pub(super) recovery_addresses: Option<Vec<KnownAddress>>,
}

/// The body of an update, which takes unknown keys.
#[derive(Deserialize)]
pub(super) struct ChangedIdentity {
    #[serde(default)]
    pub(super) schema_id: Option<String>,
    #[serde(default)]
    pub(super) traits: Value,
    #[serde(default)]
    pub(super) credentials: Option<NewCredentials>,
    #[serde(default)]
    pub(super) metadata_public: Value,
    #[serde(default)]
    pub(super) metadata_admin: Value,
    #[serde(default)]
    pub(super) state: Option<String>,
    #[serde(default)]
    pub(super) external_id: Option<String>,
}

/// What the administrator knows about an address that the traits name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KnownAddress {
    pub(super) value: String,
    #[serde(default)]
    pub(super) verified: bool,
    #[serde(default)]
    pub(super) via: Option<String>,
    #[serde(default)]
    pub(super) status: Option<String>,
    #[serde(default, with = "identity_api::rfc3339::option")]
    pub(super) verified_at: Option<Timestamp>,
    #[serde(default)]
    #[expect(dead_code, reason = "what was exported can be imported; ids are drawn anew")]
    id: Option<Value>,
    #[serde(default)]
    #[expect(dead_code, reason = "what was exported can be imported; the moment is that of the import")]
    created_at: Option<Value>,
    #[serde(default)]
    #[expect(dead_code, reason = "what was exported can be imported; the moment is that of the import")]
    updated_at: Option<Value>,
}

/// The state of that name; `usual` when none is named.
pub(super) fn state_of(name: Option<&str>, usual: IdentityState) -> Result<IdentityState, ApiError> {
    match name {
        None | Some("") => Ok(usual),
        Some("active") => Ok(IdentityState::Active),
        Some("inactive") => Ok(IdentityState::Inactive),
        Some(other) => Err(ApiError::bad_request(&format!("state: found `{other}`, expected `active` or `inactive`."))),
    }
}

/// The schema of that id; the default one when none is named.
pub(super) fn schema_of<'a>(schemas: &'a SchemaRegistry, id: Option<&str>) -> Result<&'a IdentitySchema, ApiError> {
    match id.filter(|id| !id.is_empty()) {
        None => Ok(schemas.default()),
        Some(id) => {
            let unknown = || {
                let known: Vec<&str> = schemas.iter().map(IdentitySchema::id).collect();
                ApiError::bad_request(&format!("schema_id: there is no schema `{id}`, only {}.", known.join(", ")))
            };
            schemas.get(id).ok_or_else(unknown)
        }
    }
}

/// Traits as they are kept, once the schema has found nothing wrong with them. Missing ones count as `{}`.
pub(super) fn checked_traits(schema: &IdentitySchema, traits: Value) -> Result<Value, ApiError> {
    let traits = schema.normalise(if traits.is_null() { json!({}) } else { traits });
    let faults = schema.validate(&traits);
    if faults.is_empty() { Ok(traits) } else { Err(faults_as_error(&faults)) }
}

/// What a schema finds wrong, as one sentence.
pub(super) fn faults_as_error(faults: &[FieldFault]) -> ApiError {
    let told: Vec<String> = faults.iter().map(|fault| format!("{}: {}", fault.name, fault.message.text)).collect();
    ApiError::bad_request(&format!("The traits do not fit the identity schema: {}", told.join("; ")))
}

/// Takes over what is known about the addresses of a new identity.
pub(super) fn mark_known(identity: &mut Identity, known: &[KnownAddress]) {
    let now = identity.created_at;
    for known in known {
        let value = crate::schema::normalise_identifier(&known.value);
        let same = |via: &str| known.via.as_deref().is_none_or(|known| known == via);
        for address in identity.verifiable_addresses.iter_mut().filter(|a| a.value == value && same(&a.via)) {
            if let Some(status) = known.status.as_deref().filter(|status| matches!(*status, "pending" | "sent")) {
                address.status = status.into();
            }
            if known.verified {
                address.verified = true;
                address.status = "completed".into();
                address.verified_at = Some(known.verified_at.unwrap_or(now));
            }
        }
    }
}

/// The error for a body that is no JSON or does not fit; `what` names what was expected.
pub(super) fn unreadable(what: &str, error: &serde_json::Error) -> ApiError {
    ApiError::bad_request(&format!("The body cannot be read as {what}: {error}."))
}

/// Whether an identity could be made of a body, as far as that can be told without a server.
///
/// # Errors
/// A sentence with everything that is wrong.
pub fn check(schemas: &SchemaRegistry, body: Value) -> Result<(), String> {
    let told = |error: ApiError| error.body(None)["error"]["reason"].as_str().unwrap_or_default().to_owned();
    let body: NewIdentity = serde_json::from_value(body).map_err(|error| told(unreadable("an identity", &error)))?;
    state_of(body.state.as_deref(), IdentityState::Active).map_err(told)?;
    let schema = schema_of(schemas, body.schema_id.as_deref()).map_err(told)?;
    checked_traits(schema, body.traits).map_err(told)?;
    body.credentials.map_or(Ok(()), |credentials| credentials.check().map_err(told))
}
