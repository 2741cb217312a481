//! The audit trail: one structured event for each authentication attempt, change of a credential or address, recovery,
//! administrative action and end of a session (requirement 69). Events stand in the database, written in the
//! transaction of what they tell of, and in the log.
//!
//! What a submission changes tells itself: the store adds the events of the changes that it commits (`derive.rs`).
//! Flows add what only they know: attempts and their outcome.

mod derive;
mod event;

pub use event::{AuditEvent, Kind, Outcome};

use crate::http::app::App;
use crate::store::Change;

pub(crate) use derive::derive;

/// Writes an event of something that changed nothing, such as a wrong password. A failure to do so is logged and
/// changes no answer.
pub async fn record(app: &App, event: AuditEvent) {
    if let Err(error) = app.store.commit(vec![Change::Audit(Box::new(event))]).await {
        tracing::error!(%error, "an audit event could not be written");
    }
}
