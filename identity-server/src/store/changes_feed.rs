//! The ordered feed of session and identity changes that gateways follow.

use super::codec::Columns as _;
use super::{Dialect, Store, StoreError};
use identity_api::Timestamp;
use sqlx::query;
use uuid::Uuid;

/// One change.
#[derive(Clone, Debug)]
pub struct FeedChange {
    /// The session, when only one changed.
    pub session_id: Option<Uuid>,
    /// Whose.
    pub identity_id: Uuid,
    /// When.
    pub at: Timestamp,
}

/// A page of the feed.
#[derive(Clone, Debug)]
pub struct ChangePage {
    /// Where the next page begins.
    pub cursor: String,
    /// Whether the cursor was older than what is kept: the reader must forget all it knows.
    pub reset: bool,
    /// Whether there is more already.
    pub more: bool,
    /// The changes, oldest first.
    pub changes: Vec<FeedChange>,
}

impl Store {
    /// What changed since `cursor` (`txid.seq`); without one only the present end. A cursor that cannot be read, or
    /// whose row is no longer kept, resets the reader.
    pub async fn changes_since(&self, cursor: Option<&str>, limit: u32) -> Result<ChangePage, StoreError> {
        let mut connection = self.db.read().await?;
        // A transaction that is still open may commit a row between those that are visible: PostgreSQL tells below
        // which transaction everything is settled. SQLite has one writer, so everything visible is settled.
        let (end_sql, page_sql) = match self.db.dialect() {
            Dialect::Sqlite => (
                "SELECT txid, seq FROM session_changes ORDER BY txid DESC, seq DESC LIMIT 1",
                "SELECT txid, seq, session_id, identity_id, changed_at FROM session_changes \
                 WHERE txid > $1 OR (txid = $1 AND seq > $2) ORDER BY txid, seq LIMIT $3",
            ),
            Dialect::Postgres => (
                "SELECT txid, seq FROM session_changes WHERE txid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint \
                 ORDER BY txid DESC, seq DESC LIMIT 1",
                "SELECT txid, seq, session_id, identity_id, changed_at FROM session_changes \
                 WHERE (txid > $1 OR (txid = $1 AND seq > $2)) AND txid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint \
                 ORDER BY txid, seq LIMIT $3",
            ),
        };
        let known = cursor.and_then(|text| {
            let (txid, seq) = text.split_once('.')?;
            Some((txid.parse::<i64>().ok()?, seq.parse::<i64>().ok()?))
        });
        let kept = match known {
            Some((0, 0)) => true,
            Some((txid, seq)) => query("SELECT 1 AS found FROM session_changes WHERE txid = $1 AND seq = $2")
                .bind(txid)
                .bind(seq)
                .fetch_optional(&mut *connection)
                .await?
                .is_some(),
            None => false,
        };
        let (Some((txid, seq)), true) = (known, kept) else {
            let end = query(end_sql).fetch_optional(&mut *connection).await?;
            let cursor_now = match end {
                Some(row) => format!("{}.{}", row.int("txid")?, row.int("seq")?),
                None => "0.0".into(),
            };
            return Ok(ChangePage { cursor: cursor_now, reset: cursor.is_some(), more: false, changes: Vec::new() });
        };
        let rows = query(page_sql).bind(txid).bind(seq).bind(i64::from(limit)).fetch_all(&mut *connection).await?;
        let cursor = match rows.last() {
            Some(row) => format!("{}.{}", row.int("txid")?, row.int("seq")?),
            None => format!("{txid}.{seq}"),
        };
        let changes = rows
            .iter()
            .map(|row| {
                Ok(FeedChange {
                    session_id: row.opt_id("session_id")?,
                    identity_id: row.id("identity_id")?,
                    at: row.moment("changed_at")?,
                })
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        Ok(ChangePage { cursor, reset: false, more: changes.len() >= limit as usize, changes })
    }
}
