//! Reading sessions.

use super::codec::{Columns as _, micros};
use super::identities::{identity_from, select_identity};
use super::search::Condition;
use super::{Store, StoreError};
use crate::crypto::sha256_hex;
use crate::model::{Identity, Secret, Session};
use identity_api::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, query};
use uuid::Uuid;

/// A session and whose it is.
#[derive(Clone)]
pub struct SessionWithIdentity {
    /// The session.
    pub session: Session,
    /// Its owner.
    pub identity: Identity,
}

/// A native client's claim on the session of a flow.
pub struct Exchange {
    /// The flow.
    pub flow_id: Uuid,
    /// The session, once there is one.
    pub session_id: Option<Uuid>,
    /// SHA-256 of the code that the browser brought back.
    pub return_code_hash: String,
    /// The session token, sealed.
    pub sealed_token: Option<String>,
    /// When the claim lapses.
    pub expires_at: Timestamp,
}

/// Whose sessions.
#[derive(Clone, Debug)]
pub enum Whose {
    /// Everybody's.
    Everybody,
    /// Those of these identities.
    Identities(Vec<Uuid>),
    /// These.
    Sessions(Vec<Uuid>),
}

impl Condition {
    /// Only sessions that are active at `now`, or only the others.
    fn active(&mut self, active: Option<bool>, now: Timestamp) {
        let Some(active) = active else { return };
        let now = self.number(micros(now));
        self.and(&if active {
            format!("s.active = 1 AND s.expires_at > {now}")
        } else {
            format!("(s.active = 0 OR s.expires_at <= {now})")
        });
    }
}

pub(super) fn session_from(row: &AnyRow) -> Result<Session, StoreError> {
    Ok(Session {
        id: row.id("s_id")?,
        identity_id: row.id("identity_id")?,
        active: row.int("active")? != 0,
        authentication_methods: row.json("authentication_methods")?,
        devices: row.json("devices")?,
        issued_at: row.moment("issued_at")?,
        authenticated_at: row.moment("authenticated_at")?,
        expires_at: row.moment("expires_at")?,
        last_used_at: row.moment("last_used_at")?,
        token: None,
    })
}

macro_rules! session_columns {
    () => {
        "s.id AS s_id, s.identity_id, s.active, s.authentication_methods, s.devices, s.issued_at, s.authenticated_at, s.expires_at, s.last_used_at "
    };
}

impl Store {
    /// The session of a token with its identity, whatever its state: one query, which `/sessions/whoami` lives on.
    pub async fn session_by_token(&self, token: &Secret) -> Result<Option<SessionWithIdentity>, StoreError> {
        let row = query(select_identity!(
            ", s.id AS s_id, s.identity_id, s.active, s.authentication_methods, s.devices, s.issued_at, s.authenticated_at, s.expires_at, s.last_used_at ",
            "FROM sessions s JOIN identities i ON i.id = s.identity_id ",
            "WHERE s.token_hash = $1"
        ))
        .bind(sha256_hex(token.expose()))
        .fetch_optional(&mut *self.db.read().await?)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let mut session = session_from(&row)?;
        session.token = Some(token.clone());
        Ok(Some(SessionWithIdentity { session, identity: identity_from(&row)? }))
    }

    /// The session of that id.
    pub async fn session(&self, id: Uuid) -> Result<Option<Session>, StoreError> {
        let row = query(concat!("SELECT ", session_columns!(), "FROM sessions s WHERE s.id = $1"))
            .bind(id.to_string())
            .fetch_optional(&mut *self.db.read().await?)
            .await?;
        row.as_ref().map(session_from).transpose()
    }

    /// The sessions of an identity, newest first, and how many there are in all. Only usable ones with `usable_at`;
    /// `except` is left out.
    pub async fn sessions_of(
        &self,
        identity: Uuid,
        usable_at: Option<Timestamp>,
        except: Option<Uuid>,
        (limit, offset): (u32, u32),
    ) -> Result<(Vec<Session>, u64), StoreError> {
        let mut connection = self.db.read().await?;
        let except = except.map_or_else(String::new, |id| id.to_string());
        let (active, after) = usable_at.map_or((0, i64::MIN), |now| (1, micros(now)));
        let rows = query(concat!(
            "SELECT ",
            session_columns!(),
            "FROM sessions s WHERE s.identity_id = $1 AND s.id <> $2 AND s.active >= $3 AND s.expires_at > $4 ",
            "ORDER BY s.issued_at DESC, s.id LIMIT $5 OFFSET $6"
        ))
        .bind(identity.to_string())
        .bind(except.clone())
        .bind(active)
        .bind(after)
        .bind(i64::from(limit))
        .bind(i64::from(offset))
        .fetch_all(&mut *connection)
        .await?;
        let total = query(
            "SELECT COUNT(*) AS total FROM sessions s WHERE s.identity_id = $1 AND s.id <> $2 AND s.active >= $3 AND s.expires_at > $4",
        )
        .bind(identity.to_string())
        .bind(except)
        .bind(active)
        .bind(after)
        .fetch_one(&mut *connection)
        .await?
        .int("total")?;
        let sessions = rows.iter().map(session_from).collect::<Result<_, _>>()?;
        Ok((sessions, u64::try_from(total).unwrap_or_default()))
    }

    /// Sessions of everybody, newest first: only those that are `active` at `now` or only the others, where that is
    /// asked for; only what comes after `position` (when it began, in microseconds, and its id).
    pub async fn all_sessions(
        &self,
        active: Option<bool>,
        now: Timestamp,
        position: Option<(i64, Uuid)>,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError> {
        let mut condition = Condition::new();
        condition.active(active, now);
        if let Some((at, id)) = position {
            let (at, id) = (condition.number(at), condition.text(id.to_string()));
            condition.and(&format!("(s.issued_at < {at} OR (s.issued_at = {at} AND s.id < {id}))"));
        }
        let limit = condition.number(limit.into());
        let columns = concat!("SELECT ", session_columns!(), "FROM sessions s WHERE ");
        let sql = format!("{columns}{} ORDER BY s.issued_at DESC, s.id DESC LIMIT {limit}", condition.sql);
        let statement = condition.bind(query(AssertSqlSafe(sql)));
        let rows = statement.fetch_all(&mut *self.db.read().await?).await?;
        rows.iter().map(session_from).collect()
    }

    /// The sessions of an identity, newest first, and how many there are in all; `active` as in
    /// [`Self::all_sessions`].
    pub async fn sessions_of_identity(
        &self,
        identity: Uuid,
        (active, now): (Option<bool>, Timestamp),
        (limit, offset): (u32, u32),
    ) -> Result<(Vec<Session>, u64), StoreError> {
        let mut connection = self.db.read().await?;
        let mut condition = Condition::new();
        let place = condition.text(identity.to_string());
        condition.and(&format!("s.identity_id = {place}"));
        condition.active(active, now);
        let sql = format!("SELECT COUNT(*) AS total FROM sessions s WHERE {}", condition.sql);
        let total =
            condition.clone().bind(query(AssertSqlSafe(sql))).fetch_one(&mut *connection).await?.int("total")?;
        let (limit, offset) = (condition.number(limit.into()), condition.number(offset.into()));
        let columns = concat!("SELECT ", session_columns!(), "FROM sessions s WHERE ");
        let order = format!("ORDER BY s.issued_at DESC, s.id DESC LIMIT {limit} OFFSET {offset}");
        let sql = format!("{columns}{} {order}", condition.sql);
        let rows = condition.bind(query(AssertSqlSafe(sql))).fetch_all(&mut *connection).await?;
        let sessions = rows.iter().map(session_from).collect::<Result<_, _>>()?;
        Ok((sessions, u64::try_from(total).unwrap_or_default()))
    }

    /// The ids of at most `limit` sessions of `whose` sessions or identities; only those that were not ended when
    /// `running`.
    pub async fn session_ids(&self, whose: &Whose, running: bool, limit: u32) -> Result<Vec<Uuid>, StoreError> {
        let mut condition = Condition::new();
        let (column, ids) = match whose {
            Whose::Everybody => ("", [].as_slice()),
            Whose::Identities(ids) => ("s.identity_id", ids.as_slice()),
            Whose::Sessions(ids) => ("s.id", ids.as_slice()),
        };
        if !column.is_empty() {
            let places: Vec<String> = ids.iter().map(|id| condition.text(id.to_string())).collect();
            let list = if places.is_empty() { "NULL".into() } else { places.join(", ") };
            condition.and(&format!("{column} IN ({list})"));
        }
        if running {
            condition.and("s.active = 1");
        }
        let limit = condition.number(limit.into());
        let sql = format!("SELECT s.id FROM sessions s WHERE {} LIMIT {limit}", condition.sql);
        let rows = condition.bind(query(AssertSqlSafe(sql))).fetch_all(&mut *self.db.read().await?).await?;
        rows.iter().map(|row| row.id("id")).collect()
    }

    /// The claim of that init code.
    pub async fn exchange(&self, init_code: &str) -> Result<Option<Exchange>, StoreError> {
        let row = query(
            "SELECT flow_id, session_id, return_code_hash, sealed_token, expires_at FROM session_token_exchanges WHERE init_code_hash = $1",
        )
        .bind(sha256_hex(init_code))
        .fetch_optional(&mut *self.db.read().await?)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Exchange {
            flow_id: row.id("flow_id")?,
            session_id: row.opt_id("session_id")?,
            return_code_hash: row.text("return_code_hash")?,
            sealed_token: row.opt_text("sealed_token")?,
            expires_at: row.moment("expires_at")?,
        }))
    }
}
