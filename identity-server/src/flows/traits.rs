//! What a change of traits means for addresses and credentials.

use crate::http::app::App;
use crate::model::{Credential, CredentialKind, Identity};
use crate::schema::Extracted;
use identity_api::identity::{RecoveryAddress, VerifiableAddress};
use serde_json::json;

/// Brings the addresses of an identity in line with its traits: those that stay keep their state, new ones are
/// unproven, the others go.
pub fn synchronise_addresses(app: &App, identity: &mut Identity, extracted: &Extracted) {
    let now = app.now();
    let mut rng = app.rng();
    let mut old = std::mem::take(&mut identity.verifiable_addresses);
    for (via, value) in &extracted.verifiable {
        let kept = old.iter().position(|address| address.via == via.as_str() && &address.value == value);
        identity.verifiable_addresses.push(match kept {
            Some(at) => old.swap_remove(at),
            None => VerifiableAddress {
                id: crate::crypto::token::uuid(&mut rng),
                value: value.clone(),
                verified: false,
                via: via.as_str().into(),
                status: "pending".into(),
                verified_at: None,
                created_at: now,
                updated_at: now,
            },
        });
    }
    let mut old = std::mem::take(&mut identity.recovery_addresses);
    for (via, value) in &extracted.recovery {
        let kept = old.iter().position(|address| address.via == via.as_str() && &address.value == value);
        identity.recovery_addresses.push(match kept {
            Some(at) => old.swap_remove(at),
            None => RecoveryAddress {
                id: crate::crypto::token::uuid(&mut rng),
                value: value.clone(),
                via: via.as_str().into(),
                created_at: now,
                updated_at: now,
            },
        });
    }
}

/// The credentials whose identifiers the traits change, as they shall be. Empty when nothing changes.
#[must_use]
pub fn changed_credentials(app: &App, old: &[Credential], extracted: &Extracted) -> Vec<Credential> {
    let now = app.now();
    let by_schema = [CredentialKind::Password, CredentialKind::Code, CredentialKind::Webauthn];
    let wanted = |kind: CredentialKind| extracted.identifiers.get(&kind).cloned().unwrap_or_default();
    let mut changed = Vec::new();
    for kind in by_schema {
        let mut identifiers = wanted(kind);
        identifiers.sort();
        let existing = old.iter().find(|credential| credential.kind == kind);
        let same = existing.is_some_and(|credential| {
            let mut had = credential.identifiers.clone();
            had.sort();
            had == identifiers
        });
        if same || (existing.is_none() && identifiers.is_empty()) {
            continue;
        }
        let mut credential = existing.cloned().unwrap_or_else(|| Credential {
            kind,
            identifiers: Vec::new(),
            config: json!({}),
            version: u32::from(kind == CredentialKind::Code),
            created_at: now,
            updated_at: now,
        });
        credential.identifiers = identifiers;
        credential.updated_at = now;
        if kind == CredentialKind::Code {
            credential.config = code_config(extracted);
        }
        changed.push(credential);
    }
    changed
}

/// The change that writes such a credential: only its identifiers where the rest belongs to the person.
#[must_use]
pub fn change_of(identity_id: uuid::Uuid, credential: Credential) -> crate::store::Change {
    match credential.kind {
        CredentialKind::Code => crate::store::Change::PutCredential(identity_id, credential),
        kind => crate::store::Change::SetIdentifiers {
            identity_id,
            kind,
            identifiers: credential.identifiers,
            at: credential.updated_at,
        },
    }
}

/// The config of a code credential: where sign-in codes may go.
#[must_use]
pub fn code_config(extracted: &Extracted) -> serde_json::Value {
    let address =
        |(channel, address): &(crate::schema::Via, String)| json!({ "channel": channel.as_str(), "address": address });
    json!({ "addresses": extracted.code_addresses.iter().map(address).collect::<Vec<_>>() })
}
