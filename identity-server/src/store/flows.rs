//! Reading flows, their codes, and errors for the error page.

use super::codec::{Columns as _, place, unopened};
use super::{Store, StoreError};
use crate::model::{Flow, FlowKind};
use identity_api::Timestamp;
use serde_json::Value;
use sqlx::query;
use uuid::Uuid;

/// An error that waits for the error page.
pub struct StoredError {
    /// Its body.
    pub body: Value,
    /// When it happened.
    pub created_at: Timestamp,
}

/// A one-time code as it is kept.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct StoredCode {
    pub id: Uuid,
    pub code_hash: String,
    pub via: String,
    pub address: String,
    pub identity_id: Option<Uuid>,
    pub expires_at: Timestamp,
    pub used: bool,
}

impl Store {
    /// The flow of that id, if it is of that kind.
    pub async fn flow(&self, kind: FlowKind, id: Uuid) -> Result<Option<Flow>, StoreError> {
        let row = query("SELECT body FROM selfservice_flows WHERE id = $1 AND kind = $2")
            .bind(id.to_string())
            .bind(kind.as_str())
            .fetch_optional(&mut *self.db.read().await?)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let body = self.sealer.open(&place("flow", id), &row.text("body")?).ok_or_else(unopened)?;
        Ok(Some(serde_json::from_str(body.expose())?))
    }

    /// The error of that id.
    pub async fn error(&self, id: Uuid) -> Result<Option<StoredError>, StoreError> {
        let row = query("SELECT body, created_at FROM selfservice_errors WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&mut *self.db.read().await?)
            .await?;
        row.map(|row| Ok(StoredError { body: row.json("body")?, created_at: row.moment("created_at")? })).transpose()
    }

    /// The codes of a flow, newest first.
    pub async fn codes(&self, flow: Uuid) -> Result<Vec<StoredCode>, StoreError> {
        let rows = query(
            "SELECT id, code_hash, via, address, identity_id, expires_at, used_at FROM one_time_codes \
             WHERE flow_id = $1 ORDER BY created_at DESC",
        )
        .bind(flow.to_string())
        .fetch_all(&mut *self.db.read().await?)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(StoredCode {
                    id: row.id("id")?,
                    code_hash: row.text("code_hash")?,
                    via: row.text("via")?,
                    address: row.text("address")?,
                    identity_id: row.opt_id("identity_id")?,
                    expires_at: row.moment("expires_at")?,
                    used: row.opt_int("used_at")?.is_some(),
                })
            })
            .collect()
    }
}
