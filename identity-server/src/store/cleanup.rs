//! Removing what has had its time.

use super::codec::{Columns as _, micros};
use super::{Change, Store, StoreError};
use identity_api::Timestamp;
use sqlx::{AssertSqlSafe, query};
use std::time::Duration;

/// What is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleanup {
    /// Flows that can no longer be sent.
    Flows,
    /// One-time codes that are no longer good.
    Codes,
    /// Claims of native clients on sessions.
    Exchanges,
    /// Sessions that have run out.
    Sessions,
    /// Errors kept for the error page.
    Errors,
    /// The feed that gateways follow.
    Changes,
}

/// How long an error can be read.
const ERRORS_KEPT: Duration = Duration::from_secs(24 * 3600);
/// How far a gateway may fall behind before it must begin anew.
const CHANGES_KEPT: Duration = Duration::from_secs(3600);

impl Cleanup {
    /// Everything, in order.
    pub const ALL: [Self; 6] = [Self::Flows, Self::Codes, Self::Exchanges, Self::Sessions, Self::Errors, Self::Changes];

    /// Its name, for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flows => "flows",
            Self::Codes => "codes",
            Self::Exchanges => "token exchanges",
            Self::Sessions => "sessions",
            Self::Errors => "errors",
            Self::Changes => "changes of sessions",
        }
    }

    /// Table, key, the moment's column, and how long after it the row is kept.
    const fn place(self) -> (&'static str, &'static str, &'static str, Duration) {
        match self {
            Self::Flows => ("selfservice_flows", "id", "expires_at", Duration::ZERO),
            Self::Codes => ("one_time_codes", "id", "expires_at", Duration::ZERO),
            Self::Exchanges => ("session_token_exchanges", "flow_id", "expires_at", Duration::ZERO),
            Self::Sessions => ("sessions", "id", "expires_at", Duration::ZERO),
            Self::Errors => ("selfservice_errors", "id", "created_at", ERRORS_KEPT),
            Self::Changes => ("session_changes", "seq", "changed_at", CHANGES_KEPT),
        }
    }

    /// The statement that removes the rows of these keys, which are bound in order.
    pub(super) fn removal(self, keys: usize) -> String {
        let (table, key, ..) = self.place();
        let places: Vec<String> = (1..=keys).map(|place| format!("${place}")).collect();
        // Keys go over the wire as text; the number of a change is one that SQL compares as text too.
        let key = if matches!(self, Self::Changes) { format!("CAST({key} AS TEXT)") } else { key.to_owned() };
        format!("DELETE FROM {table} WHERE {key} IN ({})", places.join(", "))
    }
}

impl Store {
    /// Removes at most `limit` rows whose time was over before `before`; returns how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn clean_up(&self, what: Cleanup, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let (table, key, column, kept) = what.place();
        let sql = format!(
            "SELECT CAST({key} AS TEXT) AS row_key FROM {table} WHERE {column} < $1 ORDER BY {column} LIMIT $2"
        );
        let rows = query(AssertSqlSafe(sql)).bind(micros(before - kept)).bind(i64::from(limit));
        let rows = rows.fetch_all(&mut *self.db.read().await?).await?;
        if rows.is_empty() {
            return Ok(0);
        }
        let keys = rows.iter().map(|row| row.text("row_key")).collect::<Result<Vec<_>, _>>()?;
        let count = keys.len() as u64;
        self.commit(vec![Change::CleanUp(what, keys)]).await?;
        Ok(count)
    }
}
