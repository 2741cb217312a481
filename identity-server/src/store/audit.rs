//! Reading and writing the audit trail.

use super::codec::{Columns as _, json, micros};
use super::{Store, StoreError};
use crate::audit::AuditEvent;
use identity_api::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, query};
use uuid::Uuid;

/// Which events.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct AuditFilter {
    pub kind: Option<String>,
    pub outcome: Option<String>,
    pub identity_id: Option<Uuid>,
    pub actor: Option<String>,
    pub from: Option<Timestamp>,
    /// Not including this moment.
    pub to: Option<Timestamp>,
    /// Only those before this one in the list: its time and id.
    pub before: Option<(Timestamp, Uuid)>,
    pub limit: u32,
}

pub(super) async fn write(connection: &mut AnyConnection, event: &AuditEvent) -> Result<(), StoreError> {
    let sql = "INSERT INTO audit_events (id, at, kind, outcome, actor, identity_id, method, session_id, flow_id, \
               client_address, user_agent, request_id, detail) \
               VALUES ($1, $2, $3, $4, $5, COALESCE($6, (SELECT identity_id FROM sessions WHERE id = $8)), $7, $8, $9, $10, $11, $12, $13)";
    let text = |id: Option<Uuid>| id.map(|id| id.to_string());
    query(sql)
        .bind(event.id.to_string())
        .bind(micros(event.at))
        .bind(event.kind.clone())
        .bind(event.outcome.clone())
        .bind(event.actor.clone())
        .bind(text(event.identity_id))
        .bind(event.method.clone())
        .bind(text(event.session_id))
        .bind(text(event.flow_id))
        .bind(event.client_address.clone())
        .bind(event.user_agent.clone())
        .bind(event.request_id.clone())
        .bind(json(&event.detail)?)
        .execute(connection)
        .await?;
    Ok(())
}

fn event_from(row: &AnyRow) -> Result<AuditEvent, StoreError> {
    Ok(AuditEvent {
        id: row.id("id")?,
        at: row.moment("at")?,
        kind: row.text("kind")?,
        outcome: row.text("outcome")?,
        actor: row.text("actor")?,
        identity_id: row.opt_id("identity_id")?,
        method: row.opt_text("method")?,
        session_id: row.opt_id("session_id")?,
        flow_id: row.opt_id("flow_id")?,
        client_address: row.opt_text("client_address")?,
        user_agent: row.opt_text("user_agent")?,
        request_id: row.opt_text("request_id")?,
        detail: row.json("detail")?,
    })
}

impl Store {
    /// Events, newest first.
    pub async fn audit_events(&self, filter: &AuditFilter) -> Result<Vec<AuditEvent>, StoreError> {
        let (at, id) = filter.before.map_or((i64::MAX, String::new()), |(at, id)| (micros(at), id.to_string()));
        // An identity's events have an index of their own; so have those of a kind.
        let sql = "SELECT id, at, kind, outcome, actor, identity_id, method, session_id, flow_id, client_address, user_agent, \
                   request_id, detail FROM audit_events WHERE ($1 = '' OR kind = $1) AND ($2 = '' OR outcome = $2) \
                   AND ($3 = '' OR identity_id = $3) AND ($4 = '' OR actor = $4) AND at >= $5 AND at < $6 \
                   AND (at < $7 OR (at = $7 AND id > $8)) ORDER BY at DESC, id LIMIT $9";
        let rows = query(sql)
            .bind(filter.kind.clone().unwrap_or_default())
            .bind(filter.outcome.clone().unwrap_or_default())
            .bind(filter.identity_id.map(|id| id.to_string()).unwrap_or_default())
            .bind(filter.actor.clone().unwrap_or_default())
            .bind(filter.from.map_or(i64::MIN, micros))
            .bind(filter.to.map_or(i64::MAX, micros))
            .bind(at)
            .bind(id)
            .bind(i64::from(filter.limit))
            .fetch_all(&mut *self.db.read().await?)
            .await?;
        rows.iter().map(event_from).collect()
    }
}
