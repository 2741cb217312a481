//! Storage on SQLite and PostgreSQL: one SQL text for both wherever it can be one.
//!
//! Reads are methods of [`Store`]. Writes are [`Change`]s, handed over together: all that one submission changes is
//! committed in one transaction or not at all, and is acknowledged only after the commit.

mod apply;
mod apply_identity;
mod audit;
mod backup;
mod change;
mod changes_feed;
mod cleanup;
mod codec;
mod courier;
mod db;
mod flows;
mod identities;
mod migrate;
mod search;
mod sessions;
mod throttle;

use crate::crypto::Sealer;

pub use audit::AuditFilter;
pub use change::{Change, MarkedAddress, NewCode, NewMessage};
pub use changes_feed::{ChangePage, FeedChange};
pub use cleanup::Cleanup;
pub use courier::{DueMessage, MessageFilter, StoredMessage};
pub use db::{Db, Dialect, Dsn};
pub use flows::{StoredCode, StoredError};
pub use identities::IdentityPage;
pub use migrate::MigrationStatus;
pub use search::{IdentityFilter, Search, SearchPosition, words_of};
pub use sessions::{Exchange, SessionWithIdentity, Whose};
pub use throttle::Try;

use crate::audit::{AuditEvent, derive};
use crate::http::app::Clock;
use crate::metrics::Metrics;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::sync::Arc;

/// What can go wrong in the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique value is taken: an identifier, an address, an external id.
    #[error("a unique value is taken")]
    Conflict,
    /// What should change was changed or removed by somebody else first, e.g. a code that was used already.
    #[error("the row was changed by another request first")]
    Stale,
    /// The identity was changed since it was read: read it again.
    #[error("the identity was changed since it was read")]
    Changed,
    /// The database undid the transaction because it stood in the way of another: a deadlock or a serialization failure
    /// of PostgreSQL. Nothing was changed; it may be tried again.
    #[error("the transaction stood in the way of another one")]
    Undone,
    /// The database did not answer as it should.
    #[error("database: {0}")]
    Database(String),
    /// A row cannot be read.
    #[error("a row cannot be read: {0}")]
    Corrupt(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(inner) if inner.is_unique_violation() => Self::Conflict,
            sqlx::Error::Database(inner) if matches!(inner.code().as_deref(), Some("40P01" | "40001")) => Self::Undone,
            _ => Self::Database(error.to_string()),
        }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Corrupt(error.to_string())
    }
}

/// The store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) db: Db,
    sealer: Sealer,
    /// The clock of the audit trail; without one, changes leave no trail.
    clock: Option<Arc<dyn Clock>>,
    metrics: Option<Metrics>,
}

impl Store {
    /// Opens the database of `dsn`; nothing is migrated. Flows and messages stand in it sealed by `sealer`.
    pub async fn open(dsn: &Dsn, sealer: Sealer) -> Result<Self, StoreError> {
        Ok(Self { db: Db::open(dsn, sealer.clone()).await?, sealer, clock: None, metrics: None })
    }

    /// Writes the audit trail of what is committed from now on.
    #[must_use]
    pub fn audited(mut self, clock: Arc<dyn Clock>, metrics: Metrics) -> Self {
        self.clock = Some(clock);
        self.metrics = Some(metrics);
        self
    }

    /// Commits `changes` in one transaction, in order.
    ///
    /// # Errors
    /// [`StoreError::Conflict`], [`StoreError::Stale`] and [`StoreError::Changed`] mean that nothing at all was changed.
    pub async fn commit(&self, mut changes: Vec<Change>) -> Result<(), StoreError> {
        if let Some(clock) = &self.clock {
            let derived = derive(&changes, clock.now(), &mut StdRng::from_os_rng());
            // First, while the rows that they tell of are still there.
            changes.splice(0..0, derived.into_iter().map(|event| Change::Audit(Box::new(event))));
        }
        let events: Vec<AuditEvent> = changes
            .iter()
            .filter_map(|change| if let Change::Audit(event) = change { Some((**event).clone()) } else { None })
            .collect();
        self.db.commit(changes).await?;
        for event in &events {
            event.log();
            if let Some(metrics) = &self.metrics {
                metrics.event(event);
            }
        }
        Ok(())
    }

    /// Open connections, and how many of them are idle.
    #[must_use]
    pub fn connections(&self) -> (u32, usize) {
        let pool = self.db.pool();
        (pool.size(), pool.num_idle())
    }

    /// Whether the database answers and its schema is up to date: what `/health/ready` asks.
    pub async fn ready(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1 FROM identities WHERE 1 = 0").execute(&mut *self.db.read().await?).await?;
        Ok(())
    }
}
