//! What the server does by itself now and then.

use crate::http::app::App;
use crate::store::Change;
use std::sync::Arc;
use std::time::Duration;

/// From round to round.
const PAUSE: Duration = Duration::from_secs(600);

/// Removes counters that have run out and audit events that are older than `nexus.audit.retention`, until the task is
/// dropped. Several servers may do so on one database.
pub async fn run(app: Arc<App>) {
    loop {
        tokio::time::sleep(PAUSE).await;
        let now = app.now();
        let retention = app.config().nexus.audit.retention;
        let mut failed = crate::throttle::clean(&app, now).await.err();
        if !retention.is_zero() {
            failed = app.store.commit(vec![Change::DropOldEvents { before: now - retention }]).await.err().or(failed);
        }
        if let Some(error) = failed {
            tracing::warn!(%error, "cleaning up failed; it is tried again later");
        }
    }
}
