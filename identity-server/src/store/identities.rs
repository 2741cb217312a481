//! Reading identities and credentials.

use super::codec::Columns as _;
use super::search::{Condition, IdentityFilter, SearchPosition};
use super::{Change, Store, StoreError};
use crate::model::{Credential, CredentialKind, Identity};
use identity_api::{IdentityState, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, query};
use std::collections::HashMap;
use uuid::Uuid;

/// A page of identities, in the order of their ids, or newest first for a search.
#[derive(Clone, Copy, Debug)]
pub struct IdentityPage {
    /// Only those after this id.
    pub after: Option<Uuid>,
    /// Of a search: only those after this one.
    pub position: Option<SearchPosition>,
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
        revision: row.int("i_revision")?,
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
            "i.created_at AS i_created_at, i.updated_at AS i_updated_at, i.second_factors, i.revision AS i_revision ",
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
        let identity = identity_from(&row)?;
        let mut credential = credential_from(&row, kind)?;
        credential.identifiers = vec![identifier.to_owned()];
        Ok(Some((identity, credential)))
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
        Ok(self.credentials_of_all(&[identity]).await?.remove(&identity).unwrap_or_default())
    }

    /// The credentials of each of these identities, as [`Self::credentials`] has them.
    pub async fn credentials_of_all(&self, identities: &[Uuid]) -> Result<HashMap<Uuid, Vec<Credential>>, StoreError> {
        let mut found: HashMap<Uuid, Vec<Credential>> = HashMap::new();
        if identities.is_empty() {
            return Ok(found);
        }
        let places: Vec<String> = (1..=identities.len()).map(|place| format!("${place}")).collect();
        let places = places.join(", ");
        let mut connection = self.db.read().await?;
        let sql = format!(
            "SELECT identity_id, type AS c_type, config, version, created_at AS c_created_at, \
             updated_at AS c_updated_at FROM identity_credentials WHERE identity_id IN ({places}) ORDER BY type"
        );
        let mut statement = query(AssertSqlSafe(sql));
        for id in identities {
            statement = statement.bind(id.to_string());
        }
        for row in statement.fetch_all(&mut *connection).await? {
            let Some(kind) = CredentialKind::parse(&row.text("c_type")?) else {
                continue;
            };
            let identity = row.id("identity_id")?;
            found.entry(identity).or_default().push(credential_from(&row, kind)?);
        }
        let sql = format!(
            "SELECT identity_id, type AS c_type, identifier FROM identity_credential_identifiers \
             WHERE identity_id IN ({places}) ORDER BY identifier"
        );
        let mut statement = query(AssertSqlSafe(sql));
        for id in identities {
            statement = statement.bind(id.to_string());
        }
        for row in statement.fetch_all(&mut *connection).await? {
            let (identity, kind) = (row.id("identity_id")?, row.text("c_type")?);
            let credentials = found.get_mut(&identity).map(Vec::as_mut_slice).unwrap_or_default();
            if let Some(credential) = credentials.iter_mut().find(|credential| credential.kind.as_str() == kind) {
                credential.identifiers.push(row.text("identifier")?);
            }
        }
        Ok(found)
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

    /// A page of the identities that `filter` names.
    pub async fn identities(&self, filter: &IdentityFilter, page: IdentityPage) -> Result<Vec<Identity>, StoreError> {
        let mut condition = Condition::of(filter);
        let order = match filter {
            IdentityFilter::Search(_) => {
                if let Some(position) = page.position {
                    condition.after(position);
                }
                "i.created_at DESC, i.id DESC"
            }
            _ => {
                if let Some(after) = page.after {
                    let place = condition.text(after.to_string());
                    condition.and(&format!("i.id > {place}"));
                }
                "i.id"
            }
        };
        let (limit, offset) = (condition.number(page.limit.into()), condition.number(page.offset.into()));
        let (select, condition_sql) = (select_identity!("WHERE "), condition.sql.clone());
        let sql = format!("{select}{condition_sql} ORDER BY {order} LIMIT {limit} OFFSET {offset}");
        let statement = condition.bind(query(AssertSqlSafe(sql)));
        let rows = statement.fetch_all(&mut *self.db.read().await?).await?;
        rows.iter().map(identity_from).collect()
    }

    /// How many identities `filter` names.
    pub async fn count_identities(&self, filter: &IdentityFilter) -> Result<u64, StoreError> {
        let condition = Condition::of(filter);
        let sql = format!("SELECT COUNT(*) AS total FROM identities i WHERE {}", condition.sql);
        let statement = condition.bind(query(AssertSqlSafe(sql)));
        let row = statement.fetch_one(&mut *self.db.read().await?).await?;
        Ok(u64::try_from(row.int("total")?).unwrap_or_default())
    }

    /// Indexes identities that were made before there was a search; returns how many.
    ///
    /// # Errors
    /// When the database fails; what is done stays done.
    pub async fn index_identities(&self) -> Result<u64, StoreError> {
        let mut done = 0;
        loop {
            let rows = query("SELECT id FROM identities WHERE indexed = 0 ORDER BY id LIMIT 200")
                .fetch_all(&mut *self.db.read().await?)
                .await?;
            if rows.is_empty() {
                return Ok(done);
            }
            let ids = rows.iter().map(|row| row.id("id")).collect::<Result<Vec<_>, _>>()?;
            done += ids.len() as u64;
            self.commit(ids.into_iter().map(Change::IndexIdentity).collect()).await?;
        }
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
