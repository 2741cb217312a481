//! Reading identities and credentials.

use super::codec::Columns as _;
use super::{Store, StoreError};
use crate::model::{Credential, CredentialKind, Identity};
use identity_api::{IdentityState, Timestamp};
use sqlx::any::AnyRow;
use sqlx::query;
use uuid::Uuid;

/// A page of identities.
#[derive(Clone, Copy, Debug)]
pub struct IdentityPage {
    /// Only those after this id.
    pub after: Option<Uuid>,
    /// How many to pass over (legacy paging).
    pub offset: u32,
    /// How many at most.
    pub limit: u32,
}

pub(super) fn identity_from(row: &AnyRow) -> Result<Identity, StoreError> {
    let state = if row.text("state")? == "active" { IdentityState::Active } else { IdentityState::Inactive };
    Ok(Identity {
        id: row.id("i_id")?,
        external_id: row.opt_text("external_id")?,
        schema_id: row.text("schema_id")?,
        state,
        state_changed_at: row.moment("state_changed_at")?,
        traits: row.json("traits")?,
        verifiable_addresses: row.json("verifiable_addresses")?,
        recovery_addresses: row.json("recovery_addresses")?,
        metadata_public: row.json("metadata_public")?,
        metadata_admin: row.json("metadata_admin")?,
        organization_id: row.opt_id("organization_id")?,
        created_at: row.moment("i_created_at")?,
        updated_at: row.moment("i_updated_at")?,
        second_factors: u8::try_from(row.int("second_factors")?).unwrap_or_default(),
    })
}

/// A statement that selects the columns of an identity (what [`identity_from`] reads), and whatever `$more` adds.
macro_rules! select_identity {
    ($rest:literal) => {
        select_identity!("", " FROM identities i ", $rest)
    };
    ($more:literal, $from:literal, $rest:literal) => {
        concat!(
            "SELECT i.id AS i_id, i.external_id, i.schema_id, i.state, i.state_changed_at, i.traits, ",
            "i.verifiable_addresses, i.recovery_addresses, i.metadata_public, i.metadata_admin, i.organization_id, ",
            "i.created_at AS i_created_at, i.updated_at AS i_updated_at, i.second_factors ",
            $more,
            $from,
            $rest
        )
    };
}
pub(super) use select_identity;

impl Store {
    /// The identity of that id.
    pub async fn identity(&self, id: Uuid) -> Result<Option<Identity>, StoreError> {
        let row = query(select_identity!("WHERE i.id = $1"))
            .bind(id.to_string())
            .fetch_optional(&mut *self.db.read().await?)
            .await?;
        row.as_ref().map(identity_from).transpose()
    }

    /// The identity of that external id.
    pub async fn identity_by_external_id(&self, external_id: &str) -> Result<Option<Identity>, StoreError> {
        let row = query(select_identity!("WHERE i.external_id = $1"))
            .bind(external_id.to_owned())
            .fetch_optional(&mut *self.db.read().await?)
            .await?;
        row.as_ref().map(identity_from).transpose()
    }

    /// The identity that has this identifier, with its credential of that kind.
    pub async fn identity_by_identifier(
        &self,
        kind: CredentialKind,
        identifier: &str,
    ) -> Result<Option<(Identity, Credential)>, StoreError> {
        let row = query(select_identity!(
            ", c.type AS c_type, c.config, c.version, c.created_at AS c_created_at, c.updated_at AS c_updated_at ",
            "FROM identity_credential_identifiers n JOIN identities i ON i.id = n.identity_id ",
            "JOIN identity_credentials c ON c.identity_id = n.identity_id AND c.type = n.type WHERE n.type = $1 AND n.identifier = $2"
        ))
        .bind(kind.as_str())
        .bind(identifier.to_owned())
        .fetch_optional(&mut *self.db.read().await?)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let mut credential = credential_from(&row, kind)?;
        credential.identifiers = vec![identifier.to_owned()];
        Ok(Some((identity_from(&row)?, credential)))
    }

    /// The identity that an address belongs to. `purpose` is `verification` or `recovery`.
    pub async fn identity_by_address(
        &self,
        purpose: &'static str,
        value: &str,
    ) -> Result<Option<Identity>, StoreError> {
        let row = query(select_identity!(
            "JOIN identity_addresses a ON a.identity_id = i.id WHERE a.purpose = $1 AND a.via IN ('email', 'sms') AND a.value = $2"
        ))
        .bind(purpose)
        .bind(value.to_owned())
        .fetch_optional(&mut *self.db.read().await?)
        .await?;
        row.as_ref().map(identity_from).transpose()
    }

    /// Every credential of an identity, with identifiers in sorted order.
    pub async fn credentials(&self, identity: Uuid) -> Result<Vec<Credential>, StoreError> {
        let mut connection = self.db.read().await?;
        let rows = query(
            "SELECT type AS c_type, config, version, created_at AS c_created_at, updated_at AS c_updated_at \
             FROM identity_credentials WHERE identity_id = $1 ORDER BY type",
        )
        .bind(identity.to_string())
        .fetch_all(&mut *connection)
        .await?;
        let names = query("SELECT type AS c_type, identifier FROM identity_credential_identifiers WHERE identity_id = $1 ORDER BY identifier")
            .bind(identity.to_string())
            .fetch_all(&mut *connection)
            .await?;
        let mut credentials = Vec::with_capacity(rows.len());
        for row in &rows {
            let Some(kind) = CredentialKind::parse(&row.text("c_type")?) else {
                continue;
            };
            let mut credential = credential_from(row, kind)?;
            for name in &names {
                if name.text("c_type")? == kind.as_str() {
                    credential.identifiers.push(name.text("identifier")?);
                }
            }
            credentials.push(credential);
        }
        Ok(credentials)
    }

    /// When each backup code of a batch was used, by its position.
    pub async fn lookup_secret_uses(&self, identity: Uuid, batch: &str) -> Result<Vec<(u32, Timestamp)>, StoreError> {
        let rows = query("SELECT position, used_at FROM lookup_secret_uses WHERE identity_id = $1 AND batch = $2")
            .bind(identity.to_string())
            .bind(batch.to_owned())
            .fetch_all(&mut *self.db.read().await?)
            .await?;
        let use_of =
            |row: &AnyRow| Ok((u32::try_from(row.int("position")?).unwrap_or_default(), row.moment("used_at")?));
        rows.iter().map(use_of).collect()
    }

    /// Identities in the order of their ids.
    pub async fn identities(&self, page: IdentityPage) -> Result<Vec<Identity>, StoreError> {
        let rows = query(select_identity!("WHERE i.id > $1 ORDER BY i.id LIMIT $2 OFFSET $3"))
            .bind(page.after.map_or_else(String::new, |id| id.to_string()))
            .bind(i64::from(page.limit))
            .bind(i64::from(page.offset))
            .fetch_all(&mut *self.db.read().await?)
            .await?;
        rows.iter().map(identity_from).collect()
    }

    /// How many identities there are.
    pub async fn count_identities(&self) -> Result<u64, StoreError> {
        let row = query("SELECT COUNT(*) AS total FROM identities").fetch_one(&mut *self.db.read().await?).await?;
        Ok(u64::try_from(row.int("total")?).unwrap_or_default())
    }
}

fn credential_from(row: &AnyRow, kind: CredentialKind) -> Result<Credential, StoreError> {
    Ok(Credential {
        kind,
        identifiers: Vec::new(),
        config: row.json("config")?,
        version: u32::try_from(row.int("version")?).unwrap_or_default(),
        created_at: row.moment("c_created_at")?,
        updated_at: row.moment("c_updated_at")?,
    })
}
