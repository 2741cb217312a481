//! Reading and claiming the courier's messages.

use super::codec::{Columns as _, micros, place, unopened};
use super::{Store, StoreError};
use crate::crypto::Sealer;
use identity_api::Timestamp;
use identity_api::courier::{Dispatch, Message};
use sqlx::any::AnyRow;
use sqlx::query;
use uuid::Uuid;

/// A message with its text.
#[derive(Clone, Debug)]
pub struct StoredMessage {
    /// The message as the admin API shows it, unredacted.
    pub message: Message,
    /// Its HTML text.
    pub html_body: String,
    /// What its templates were told, for HTTP channels.
    pub template_data: serde_json::Value,
}

/// A message that is due.
#[derive(Clone, Debug)]
pub struct DueMessage {
    /// The message.
    pub stored: StoredMessage,
    /// How often it was refused.
    pub failures: u32,
}

/// Which messages to list.
#[derive(Clone, Debug, Default)]
pub struct MessageFilter {
    /// Only of that status.
    pub status: Option<String>,
    /// Only to that recipient.
    pub recipient: Option<String>,
    /// Only those older than this message: its time and id.
    pub before: Option<(Timestamp, Uuid)>,
    /// How many at most.
    pub limit: u32,
}

macro_rules! columns {
    () => {
        "SELECT id, status, type, channel, recipient, subject, body, html_body, template_type, template_data, failures, send_count, created_at, updated_at \
         FROM courier_messages "
    };
}

fn message_from(sealer: &Sealer, row: &AnyRow) -> Result<StoredMessage, StoreError> {
    let place = place("message", row.id("id")?);
    let open = |column| -> Result<String, StoreError> {
        Ok(sealer.open(&place, &row.text(column)?).ok_or_else(unopened)?.expose().to_owned())
    };
    let message = Message {
        id: row.id("id")?,
        status: row.text("status")?,
        kind: row.text("type")?,
        recipient: row.text("recipient")?,
        body: open("body")?,
        subject: open("subject")?,
        template_type: row.text("template_type")?,
        channel: Some(row.text("channel")?),
        send_count: u32::try_from(row.int("send_count")?).unwrap_or_default(),
        dispatches: None,
        created_at: row.moment("created_at")?,
        updated_at: row.moment("updated_at")?,
    };
    let template_data = serde_json::from_str(&open("template_data")?)?;
    Ok(StoredMessage { message, html_body: open("html_body")?, template_data })
}

impl Store {
    /// Messages, newest first.
    pub async fn messages(&self, filter: &MessageFilter) -> Result<Vec<StoredMessage>, StoreError> {
        let (at, id) = filter.before.map_or((i64::MAX, String::new()), |(at, id)| (micros(at), id.to_string()));
        let rows = query(concat!(
            columns!(),
            "WHERE ($1 = '' OR status = $1) AND ($2 = '' OR recipient = $2) AND (created_at < $3 OR (created_at = $3 AND id > $4)) ",
            "ORDER BY created_at DESC, id LIMIT $5"
        ))
        .bind(filter.status.clone().unwrap_or_default())
        .bind(filter.recipient.clone().unwrap_or_default())
        .bind(at)
        .bind(id)
        .bind(i64::from(filter.limit))
        .fetch_all(&mut *self.db.read().await?)
        .await?;
        rows.iter().map(|row| message_from(&self.sealer, row)).collect()
    }

    /// One message with its dispatches.
    pub async fn message(&self, id: Uuid) -> Result<Option<StoredMessage>, StoreError> {
        let mut connection = self.db.read().await?;
        let row =
            query(concat!(columns!(), "WHERE id = $1")).bind(id.to_string()).fetch_optional(&mut *connection).await?;
        let Some(row) = row else { return Ok(None) };
        let mut stored = message_from(&self.sealer, &row)?;
        let rows = query(
            "SELECT id, status, error, created_at FROM courier_dispatches WHERE message_id = $1 ORDER BY created_at",
        )
        .bind(id.to_string())
        .fetch_all(&mut *connection)
        .await?;
        let dispatches = rows
            .iter()
            .map(|row| {
                let created_at = row.moment("created_at")?;
                let error = row.opt_text("error")?.map(serde_json::Value::String);
                Ok(Dispatch {
                    id: row.id("id")?,
                    message_id: id,
                    status: row.text("status")?,
                    error,
                    created_at,
                    updated_at: created_at,
                })
            })
            .collect::<Result<_, StoreError>>()?;
        stored.message.dispatches = Some(dispatches);
        Ok(Some(stored))
    }

    /// Up to `limit` messages that are due at `now` and that no courier has. One of them is yours only after
    /// [`super::Change::ClaimMessage`].
    pub async fn due_messages(&self, now: Timestamp, limit: u32) -> Result<Vec<DueMessage>, StoreError> {
        let rows = query(concat!(
            columns!(),
            "WHERE status IN ('queued', 'processing') AND next_attempt_at <= $1 AND lease_until <= $1 ORDER BY next_attempt_at, id LIMIT $2"
        ))
        .bind(micros(now))
        .bind(i64::from(limit))
        .fetch_all(&mut *self.db.read().await?)
        .await?;
        let mut due = Vec::with_capacity(rows.len());
        for row in &rows {
            match message_from(&self.sealer, row) {
                Ok(stored) => {
                    let failures = u32::try_from(row.int("failures")?).unwrap_or_default();
                    due.push(DueMessage { stored, failures });
                }
                // One that cannot be read must not hold up the others.
                Err(error) => {
                    tracing::error!(%error, message_id = row.text("id")?, "a queued message cannot be opened; keep old secrets in secrets.cipher")
                }
            }
        }
        Ok(due)
    }

    /// How many messages there are of each status, and when the oldest of those that wait was queued.
    pub async fn message_counts(&self) -> Result<Vec<(String, u64, Option<Timestamp>)>, StoreError> {
        let rows =
            query("SELECT status, COUNT(*) AS count, MIN(created_at) AS oldest FROM courier_messages GROUP BY status")
                .fetch_all(&mut *self.db.read().await?)
                .await?;
        let line = |row: &AnyRow| {
            let oldest = row.opt_int("oldest")?.map(super::codec::moment).transpose()?;
            Ok((row.text("status")?, u64::try_from(row.int("count")?).unwrap_or_default(), oldest))
        };
        rows.iter().map(line).collect()
    }
}
