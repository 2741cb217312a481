//! Changing an identity that others may be changing at the same time.

use super::create::taken;
use super::identities::find;
use super::show::shown;
use crate::flows::traits::{change_of, changed_credentials, synchronise_addresses};
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::model::{Credential, CredentialKind, Identity};
use crate::schema::IdentitySchema;
use crate::store::{Change, StoreError};
use identity_api::IdentityState;
use serde_json::json;

/// How often a change is tried anew on what others have made of the identity meanwhile.
pub(super) const TRIES: usize = 100;

/// What an identity shall be.
pub(super) struct Wanted {
    /// The identity with its new values; its addresses follow from the traits.
    pub(super) identity: Identity,
    /// Credentials that take the place of those of their kind.
    pub(super) credentials: Vec<Credential>,
    /// Credentials that go.
    pub(super) gone: Vec<CredentialKind>,
    /// What follows in the same transaction.
    pub(super) more: Vec<Change>,
}

/// An identity as it was read.
pub(super) struct Present {
    pub(super) identity: Identity,
    pub(super) credentials: Vec<Credential>,
}

/// Reads an identity by the id in a path.
pub(super) async fn read(app: &App, id: &str) -> Result<Present, ApiError> {
    let identity = find(app, id).await?;
    let credentials = app.store.credentials(identity.id).await?;
    Ok(Present { identity, credentials })
}

/// Commits what is wanted. `false` when the identity was changed since it was read: the caller starts anew.
pub(super) async fn commit(
    app: &App,
    schema: &IdentitySchema,
    present: &Present,
    wanted: Wanted,
) -> Result<bool, ApiError> {
    let Wanted { mut identity, mut credentials, gone, more } = wanted;
    let (id, now) = (identity.id, app.now());
    let extracted = schema.extract(&identity.traits);
    synchronise_addresses(app, &mut identity, &extracted);
    identity.updated_at = now;
    let by_schema = |kind| extracted.identifiers.get(&kind).cloned();
    let mut changes = Vec::new();
    for credential in changed_credentials(app, &present.credentials, &extracted) {
        let replaced = credentials.iter().any(|new| new.kind == credential.kind) || gone.contains(&credential.kind);
        if !replaced {
            changes.push(change_of(id, credential));
        }
    }
    for credential in &mut credentials {
        if let Some(identifiers) = by_schema(credential.kind) {
            credential.identifiers = identifiers;
        }
        if let Some(old) = present.credentials.iter().find(|old| old.kind == credential.kind) {
            (credential.version, credential.created_at) = (old.version, old.created_at);
        }
    }
    changes.extend(credentials.into_iter().map(|credential| Change::PutCredential(id, credential)));
    for kind in gone {
        // What the schema names stays as a name without content.
        changes.push(match (by_schema(kind), present.credentials.iter().find(|old| old.kind == kind)) {
            (Some(identifiers), Some(old)) => {
                Change::PutCredential(id, Credential { identifiers, config: json!({}), updated_at: now, ..old.clone() })
            }
            _ => Change::DeleteCredential(id, kind),
        });
    }
    changes.extend(more);
    changes.insert(0, Change::UpdateIdentity(identity));
    match app.store.commit(changes).await {
        Ok(()) => Ok(true),
        Err(StoreError::Changed) => Ok(false),
        Err(StoreError::Conflict) => Err(taken()),
        Err(error) => Err(error.into()),
    }
}

/// Gives an identity another state; the moment of the change is kept.
pub(super) fn set_state(app: &App, identity: &mut Identity, state: IdentityState) {
    if identity.state != state {
        identity.state = state;
        identity.state_changed_at = app.now();
    }
}

/// The identity as it is now stored.
pub(super) async fn stored(app: &App, id: &str) -> Result<identity_api::Identity, ApiError> {
    let present = read(app, id).await?;
    Ok(shown(app, &present.identity, &present.credentials))
}

/// The error for a change that others were always faster than.
pub(super) fn too_busy() -> ApiError {
    ApiError::conflict("Others change this identity all the time; try again later.")
}
