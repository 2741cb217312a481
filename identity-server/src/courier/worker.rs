//! The worker: takes due messages under a lease, delivers them, records each try, and waits longer after each failure.

use super::deliver::deliver;
use crate::http::app::App;
use crate::store::{Change, DueMessage};
use std::sync::Arc;
use std::time::Duration;

/// How long a courier may keep a message before another one takes it over.
const LEASE: Duration = Duration::from_secs(60);
/// The wait after the first failure; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// Delivers messages until the task is dropped.
pub async fn run(app: Arc<App>) {
    loop {
        let config = app.config();
        let worker = &config.courier.worker;
        let now = app.now();
        match app.store.claim_messages(now, now + LEASE, worker.pull_count).await {
            Ok(due) if due.is_empty() => tokio::time::sleep(worker.pull_wait).await,
            Ok(due) => {
                for message in due {
                    attempt(&app, &message).await;
                }
            }
            Err(error) => {
                tracing::error!(%error, "the courier cannot read its queue");
                tokio::time::sleep(worker.pull_wait.max(FIRST_WAIT)).await;
            }
        }
    }
}

async fn attempt(app: &App, due: &DueMessage) {
    let config = app.config();
    let message = &due.stored.message;
    let outcome = deliver(&config, &due.stored).await;
    let now = app.now();
    let tries = message.send_count + 1;
    let wait = FIRST_WAIT.saturating_mul(1 << message.send_count.min(16)).min(LONGEST_WAIT);
    let (status, error) = match outcome {
        Ok(()) => ("sent", None),
        Err(failure) if failure.is_final || tries > config.courier.message_retries => {
            ("abandoned", Some(failure.reason))
        }
        Err(failure) => ("queued", Some(failure.reason)),
    };
    if let Some(reason) = &error {
        tracing::warn!(message = %message.id, template = message.template_type, status, reason, "a message was not delivered");
    }
    let record = Change::RecordDispatch {
        id: crate::crypto::token::uuid(&mut app.rng()),
        message_id: message.id,
        error,
        status,
        retry_at: now + wait,
        at: now,
    };
    if let Err(error) = app.store.commit(vec![record]).await {
        tracing::error!(%error, message = %message.id, "the outcome of a delivery could not be recorded");
    }
}
