//! The changes of identities and credentials as SQL.

use super::apply::{Outcome, Query, announce, run};
use super::codec::{Columns as _, json, micros};
use super::identities::{identity_from, select_identity};
use super::search::index;
use super::{MarkedAddress, StoreError};
use crate::model::{Credential, CredentialKind, Identity};
use identity_api::Timestamp;
use identity_api::identity::VerifiableAddress;
use sqlx::{AnyConnection, query};
use uuid::Uuid;

/// The columns of an identity after its id, in the order of the statements below.
fn bind_identity(query: Query, identity: &Identity) -> Result<Query, StoreError> {
    Ok(query
        .bind(identity.id.to_string())
        .bind(identity.external_id.clone())
        .bind(identity.schema_id.clone())
        .bind(identity.state.as_str())
        .bind(micros(identity.state_changed_at))
        .bind(json(&identity.traits)?)
        .bind(json(&identity.verifiable_addresses)?)
        .bind(json(&identity.recovery_addresses)?)
        .bind(json(&identity.metadata_public)?)
        .bind(json(&identity.metadata_admin)?)
        .bind(identity.organization_id.map(|id| id.to_string()))
        .bind(micros(identity.updated_at))
        .bind(is_verified(&identity.verifiable_addresses)))
}

/// Whether any address is proven, as a number.
fn is_verified(addresses: &[VerifiableAddress]) -> i64 {
    i64::from(addresses.iter().any(|address| address.verified))
}

pub(super) async fn create(connection: &mut AnyConnection, identity: &Identity, credentials: &[Credential]) -> Outcome {
    let sql = "INSERT INTO identities (id, external_id, schema_id, state, state_changed_at, traits, verifiable_addresses, \
               recovery_addresses, metadata_public, metadata_admin, organization_id, updated_at, verified, created_at, \
               indexed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1)";
    run(connection, bind_identity(query(sql), identity)?.bind(micros(identity.created_at))).await?;
    put_addresses(connection, identity).await?;
    for credential in credentials {
        put_credential(connection, identity.id, credential).await?;
    }
    index(connection, identity, false).await
}

pub(super) async fn update(connection: &mut AnyConnection, identity: &Identity) -> Outcome {
    let sql = "UPDATE identities SET external_id = $2, schema_id = $3, state = $4, state_changed_at = $5, traits = $6, \
               verifiable_addresses = $7, recovery_addresses = $8, metadata_public = $9, metadata_admin = $10, \
               organization_id = $11, updated_at = $12, verified = $13, indexed = 1, revision = revision + 1 \
               WHERE id = $1 AND revision = $14";
    if run(connection, bind_identity(query(sql), identity)?.bind(identity.revision)).await? == 0 {
        return Err(StoreError::Changed);
    }
    run(connection, query("DELETE FROM identity_addresses WHERE identity_id = $1").bind(identity.id.to_string()))
        .await?;
    put_addresses(connection, identity).await?;
    index(connection, identity, true).await?;
    announce(connection, "identity", None, identity.id, identity.updated_at).await
}

pub(super) async fn mark_address(connection: &mut AnyConnection, marked: &MarkedAddress) -> Outcome {
    let id = marked.identity_id.to_string();
    // Writing first locks the row, so that what is read next stays true until the commit.
    let lock = query("UPDATE identities SET revision = revision + 1 WHERE id = $1").bind(id.clone());
    if run(connection, lock).await? == 0 {
        return Ok(());
    }
    let row = query("SELECT verifiable_addresses FROM identities WHERE id = $1").bind(id.clone());
    let mut addresses: Vec<VerifiableAddress> = row.fetch_one(&mut *connection).await?.json("verifiable_addresses")?;
    let wanted = |address: &&mut VerifiableAddress| address.via == marked.via && address.value == marked.value;
    let Some(address) = addresses.iter_mut().find(wanted) else {
        return Ok(());
    };
    if address.verified && marked.status != "completed" {
        return Ok(());
    }
    address.status = marked.status.into();
    address.updated_at = marked.at;
    if marked.status == "completed" {
        address.verified = true;
        address.verified_at = Some(marked.at);
    }
    let sql = "UPDATE identities SET verifiable_addresses = $2, verified = $3, updated_at = $4 WHERE id = $1";
    let update = query(sql).bind(id).bind(json(&addresses)?).bind(is_verified(&addresses)).bind(micros(marked.at));
    run(connection, update).await?;
    announce(connection, "identity", None, marked.identity_id, marked.at).await
}

pub(super) async fn index_old(connection: &mut AnyConnection, id: Uuid) -> Outcome {
    let sql = "UPDATE identities SET indexed = 1 WHERE id = $1 AND indexed = 0";
    if run(connection, query(sql).bind(id.to_string())).await? == 0 {
        return Ok(());
    }
    let row = query(select_identity!("WHERE i.id = $1")).bind(id.to_string()).fetch_one(&mut *connection).await?;
    index(connection, &identity_from(&row)?, true).await
}

pub(super) async fn delete(connection: &mut AnyConnection, id: Uuid) -> Outcome {
    match run(connection, query("DELETE FROM identities WHERE id = $1").bind(id.to_string())).await? {
        1 => Ok(()),
        _ => Err(StoreError::Stale),
    }
}

async fn put_addresses(connection: &mut AnyConnection, identity: &Identity) -> Outcome {
    let verifiable = identity.verifiable_addresses.iter().map(|a| ("verification", &a.via, &a.value));
    let recovery = identity.recovery_addresses.iter().map(|a| ("recovery", &a.via, &a.value));
    for (purpose, via, value) in verifiable.chain(recovery) {
        let sql = "INSERT INTO identity_addresses (purpose, via, value, identity_id) VALUES ($1, $2, $3, $4)";
        let query = query(sql).bind(purpose).bind(via.clone()).bind(value.clone()).bind(identity.id.to_string());
        run(connection, query).await?;
    }
    Ok(())
}

pub(super) async fn put_credential(connection: &mut AnyConnection, identity: Uuid, credential: &Credential) -> Outcome {
    let sql = "INSERT INTO identity_credentials (identity_id, type, config, version, created_at, updated_at, second_factor) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (identity_id, type) DO UPDATE SET config = excluded.config, \
               version = excluded.version, updated_at = excluded.updated_at, second_factor = excluded.second_factor";
    let upsert = query(sql)
        .bind(identity.to_string())
        .bind(credential.kind.as_str())
        .bind(json(&credential.config)?)
        .bind(i64::from(credential.version))
        .bind(micros(credential.created_at))
        .bind(micros(credential.updated_at))
        .bind(i64::from(credential.second_factor()));
    run(connection, upsert).await?;
    count_second_factors(connection, identity).await?;
    put_identifiers(connection, identity, credential.kind, &credential.identifiers).await
}

pub(super) async fn set_identifiers(
    connection: &mut AnyConnection,
    (identity, kind): (Uuid, CredentialKind),
    identifiers: &[String],
    at: Timestamp,
) -> Outcome {
    let sql = "INSERT INTO identity_credentials (identity_id, type, config, version, created_at, updated_at) \
               VALUES ($1, $2, '{}', 1, $3, $3) ON CONFLICT (identity_id, type) DO UPDATE \
               SET updated_at = excluded.updated_at";
    let upsert = query(sql).bind(identity.to_string()).bind(kind.as_str()).bind(micros(at));
    run(connection, upsert).await?;
    put_identifiers(connection, identity, kind, identifiers).await
}

async fn put_identifiers(
    connection: &mut AnyConnection,
    identity: Uuid,
    kind: CredentialKind,
    identifiers: &[String],
) -> Outcome {
    let sql = "DELETE FROM identity_credential_identifiers WHERE identity_id = $1 AND type = $2";
    run(connection, query(sql).bind(identity.to_string()).bind(kind.as_str())).await?;
    for identifier in identifiers {
        let sql = "INSERT INTO identity_credential_identifiers (type, identifier, identity_id) VALUES ($1, $2, $3)";
        let query = query(sql).bind(kind.as_str()).bind(identifier.clone()).bind(identity.to_string());
        run(connection, query).await?;
    }
    Ok(())
}

pub(super) async fn upgrade_password(
    connection: &mut AnyConnection,
    identity: Uuid,
    (from, to): (&str, &str),
    at: Timestamp,
) -> Outcome {
    let config = |hash: &str| json(&serde_json::json!({ "hashed_password": hash }));
    let sql = "UPDATE identity_credentials SET config = $3, updated_at = $4 \
               WHERE identity_id = $1 AND type = 'password' AND config = $2";
    let update = query(sql).bind(identity.to_string()).bind(config(from)?).bind(config(to)?).bind(micros(at));
    run(connection, update).await.map(drop)
}

/// Brings the identity's own note of its second factors up to date.
pub(super) async fn count_second_factors(connection: &mut AnyConnection, identity: Uuid) -> Outcome {
    let sql = "UPDATE identities SET second_factors = (SELECT CAST(COALESCE(SUM(second_factor), 0) AS BIGINT) \
               FROM identity_credentials WHERE identity_id = $1) WHERE id = $1";
    run(connection, query(sql).bind(identity.to_string())).await.map(drop)
}
