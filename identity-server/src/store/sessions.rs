//! Reading sessions.

use super::codec::{Columns as _, micros};
use super::identities::{identity_from, select_identity};
use super::{Store, StoreError};
use crate::crypto::sha256_hex;
use crate::model::{Identity, Secret, Session};
use identity_api::Timestamp;
use sqlx::any::AnyRow;
use sqlx::query;
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
        token: None,
    })
}

macro_rules! session_columns {
    () => {
        "s.id AS s_id, s.identity_id, s.active, s.authentication_methods, s.devices, s.issued_at, s.authenticated_at, s.expires_at "
    };
}

impl Store {
    /// The session of a token with its identity, whatever its state: one query, which `/sessions/whoami` lives on.
    pub async fn session_by_token(&self, token: &Secret) -> Result<Option<SessionWithIdentity>, StoreError> {
        let row = query(select_identity!(
            ", s.id AS s_id, s.identity_id, s.active, s.authentication_methods, s.devices, s.issued_at, s.authenticated_at, s.expires_at ",
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
