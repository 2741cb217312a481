//! The worker: takes due messages under a lease, delivers them, records each try, and waits longer after each failure.
//!
//! Any number may work on one database. A message is claimed by one conditional update right before it is sent, for
//! longer than sending may take, so that no two send it. A courier that dies between handing a mail over and
//! recording it is the one case in which it goes out again; it has the same `Message-ID` then.

use super::deliver::{Delivery, Failure, FailureKind};
use crate::config::Config;
use crate::http::app::App;
use crate::store::{Change, DueMessage, StoreError};
use identity_api::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// How long a courier may keep a message before another one takes it over.
const LEASE: Duration = Duration::from_secs(90);
/// How long one delivery may take altogether; shorter than the lease.
const LONGEST_DELIVERY: Duration = Duration::from_secs(60);
/// The wait after the first failure; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(600);
/// The longest wait for a server that is not there: it is asked again soon after it has come back.
const LONGEST_OUTAGE_WAIT: Duration = Duration::from_secs(30);
/// A message that nobody took for this long is of no use to anybody.
const TOO_OLD: Duration = Duration::from_secs(3 * 24 * 3600);

/// Delivers messages until the task is dropped.
pub async fn run(app: Arc<App>, delivery: Delivery) {
    let mut delivery = delivery;
    let mut config = app.config();
    let mut outages = 0;
    loop {
        let newest = app.config();
        if !Arc::ptr_eq(&config, &newest) {
            match Delivery::from_config(&newest).await {
                Ok(fresh) => delivery = fresh,
                Err(error) => tracing::error!(error, "the courier keeps its old configuration"),
            }
            config = newest;
        }
        let pause = match round(&app, &config, &delivery).await {
            Ok(Round::Empty) => config.courier.worker.pull_wait,
            Ok(Round::Busy) => {
                outages = 0;
                continue;
            }
            Ok(Round::Outage) => {
                outages += 1;
                doubled(FIRST_WAIT, outages - 1).min(LONGEST_OUTAGE_WAIT)
            }
            Err(error) => {
                tracing::error!(%error, "the courier cannot read its queue");
                config.courier.worker.pull_wait.max(FIRST_WAIT)
            }
        };
        tokio::time::sleep(pause).await;
    }
}

enum Round {
    /// Nothing was due.
    Empty,
    /// There may be more.
    Busy,
    /// The way out is blocked.
    Outage,
}

async fn round(app: &App, config: &Config, delivery: &Delivery) -> Result<Round, StoreError> {
    let due = app.store.due_messages(app.now(), config.courier.worker.pull_count).await?;
    let mut round = Round::Empty;
    for message in due {
        let now = app.now();
        let claim = Change::ClaimMessage { id: message.stored.message.id, now, lease_until: now + LEASE };
        match app.store.commit(vec![claim]).await {
            Ok(()) => {}
            // Another courier was faster.
            Err(StoreError::Stale) => continue,
            Err(error) => return Err(error),
        }
        round = Round::Busy;
        if attempt(app, config, delivery, &message).await == Some(FailureKind::Outage) {
            return Ok(Round::Outage);
        }
    }
    Ok(round)
}

/// Tries one message; what kind of failure it came to.
async fn attempt(app: &App, config: &Config, delivery: &Delivery, due: &DueMessage) -> Option<FailureKind> {
    let message = &due.stored.message;
    let outcome = tokio::time::timeout(LONGEST_DELIVERY, delivery.deliver(config, &due.stored)).await;
    let failure = match outcome {
        Ok(Ok(())) => None,
        Ok(Err(failure)) => Some(failure),
        Err(_) => {
            let reason = format!("no end after {} seconds", LONGEST_DELIVERY.as_secs());
            Some(Failure { reason, kind: FailureKind::Refused })
        }
    };
    let now = app.now();
    let kind = failure.as_ref().map(|failure| failure.kind);
    let failures = due.failures + u32::from(kind == Some(FailureKind::Refused));
    let old = now - message.created_at > TOO_OLD;
    let (status, wait) = match kind {
        None => ("sent", Duration::ZERO),
        Some(FailureKind::Final) => ("abandoned", Duration::ZERO),
        Some(_) if old || failures > config.courier.message_retries => ("abandoned", Duration::ZERO),
        Some(FailureKind::Refused) => ("queued", doubled(FIRST_WAIT, failures.saturating_sub(1)).min(LONGEST_WAIT)),
        Some(FailureKind::Outage) => ("queued", doubled(FIRST_WAIT, message.send_count).min(LONGEST_OUTAGE_WAIT)),
    };
    let outcome = if failure.is_none() { "success" } else { "failure" };
    app.metrics.delivery(message.channel.as_deref().unwrap_or(&message.kind), outcome);
    match &failure {
        Some(failure) => tracing::warn!(
            message_id = %message.id, template = message.template_type, status, reason = failure.reason, "a message was not delivered"
        ),
        None => tracing::info!(message_id = %message.id, template = message.template_type, "a message was delivered"),
    }
    record(app, due, (status, failure.map(|failure| failure.reason), failures), now + wait).await;
    kind
}

/// Records the outcome, however long that takes: a message that was sent must not be sent again because the database
/// was away for a moment.
async fn record(
    app: &App,
    due: &DueMessage,
    (status, error, failures): (&'static str, Option<String>, u32),
    retry_at: Timestamp,
) {
    let id = crate::crypto::token::uuid(&mut app.rng());
    for tries in 0.. {
        let record = Change::RecordDispatch {
            id,
            message_id: due.stored.message.id,
            error: error.clone(),
            status,
            failures,
            retry_at,
            at: app.now(),
        };
        match app.store.commit(vec![record]).await {
            Ok(()) => return,
            // The first try was committed although it seemed to fail.
            Err(StoreError::Conflict) if tries > 0 => return,
            Err(error) => {
                tracing::error!(%error, message_id = %due.stored.message.id, "the outcome of a delivery could not be recorded");
                tokio::time::sleep(doubled(Duration::from_millis(100), tries).min(Duration::from_secs(5))).await;
            }
        }
    }
}

fn doubled(first: Duration, times: u32) -> Duration {
    first.saturating_mul(1 << times.min(16))
}
