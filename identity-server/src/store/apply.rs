//! Each change as SQL. Everything here runs inside a transaction that the caller commits.

use super::codec::{json, micros, place};
use super::throttle::length;
use super::{Change, NewCode, NewMessage, StoreError, apply_identity as identity};
use crate::crypto::{Sealer, sha256_hex};
use crate::model::{Flow, Session};
use identity_api::Timestamp;
use sqlx::{Any, AnyConnection, AssertSqlSafe, query};
use uuid::Uuid;

pub(super) type Outcome = Result<(), StoreError>;
pub(super) type Query = sqlx::query::Query<'static, Any, sqlx::any::AnyArguments>;

/// Applies one change.
pub(super) async fn apply(connection: &mut AnyConnection, sealer: &Sealer, change: &Change) -> Outcome {
    match change {
        Change::CreateIdentity(new, credentials) => identity::create(connection, new, credentials).await,
        Change::UpdateIdentity(changed) => identity::update(connection, changed).await,
        Change::MarkAddress(marked) => identity::mark_address(connection, marked).await,
        Change::IndexIdentity(id) => identity::index_old(connection, *id).await,
        Change::DeleteIdentity(id) => identity::delete(connection, *id).await,
        Change::PutCredential(id, credential) => identity::put_credential(connection, *id, credential).await,
        Change::SetIdentifiers { identity_id, kind, identifiers, at } => {
            identity::set_identifiers(connection, (*identity_id, *kind), identifiers, *at).await
        }
        Change::UpgradePassword { identity_id, from, to, at } => {
            identity::upgrade_password(connection, *identity_id, (from, to), *at).await
        }
        Change::DeleteCredential(identity, kind) => {
            for sql in [
                "DELETE FROM identity_credentials WHERE identity_id = $1 AND type = $2",
                "DELETE FROM identity_credential_identifiers WHERE identity_id = $1 AND type = $2",
            ] {
                run(connection, query(sql).bind(identity.to_string()).bind(kind.as_str())).await?;
            }
            identity::count_second_factors(connection, *identity).await
        }
        Change::CreateSession(session) => create_session(connection, session).await,
        Change::UpdateSession(session) => update_session(connection, session).await,
        Change::EndSession(id, at) => end_session(connection, *id, *at).await,
        Change::UseSession { id, at } => {
            let sql = "UPDATE sessions SET last_used_at = $2 WHERE id = $1 AND last_used_at < $2";
            run(connection, query(sql).bind(id.to_string()).bind(micros(*at))).await.map(drop)
        }
        Change::ExtendSession { id, expires_at, at } => {
            let sql = "UPDATE sessions SET expires_at = $2 WHERE id = $1";
            run(connection, query(sql).bind(id.to_string()).bind(micros(*expires_at))).await?;
            announce_session(connection, *id, *at).await
        }
        Change::DeleteSessions(ids, at) => for_sessions(connection, ids, *at, "DELETE FROM sessions WHERE id IN").await,
        Change::EndSessionList(ids, at) => {
            for_sessions(connection, ids, *at, "UPDATE sessions SET active = 0 WHERE id IN").await
        }
        Change::EndSessions { identity_id, except, at } => {
            let except = except.map_or_else(String::new, |id| id.to_string());
            let sql = "UPDATE sessions SET active = 0 WHERE identity_id = $1 AND id <> $2 AND active = 1";
            run(connection, query(sql).bind(identity_id.to_string()).bind(except)).await?;
            announce(connection, "identity", None, *identity_id, *at).await
        }
        Change::CleanUp(what, keys) => {
            let mut statement = query(AssertSqlSafe(what.removal(keys.len())));
            for key in keys {
                statement = statement.bind(key.clone());
            }
            run(connection, statement).await.map(drop)
        }
        Change::AnnounceIdentity(id, at) => announce(connection, "identity", None, *id, *at).await,
        Change::PutFlow(flow) => put_flow(connection, sealer, flow).await,
        Change::CreateError { id, body, at } => {
            let sql = "INSERT INTO selfservice_errors (id, body, created_at) VALUES ($1, $2, $3)";
            run(connection, query(sql).bind(id.to_string()).bind(json(body)?).bind(micros(*at))).await.map(drop)
        }
        Change::CreateCode(code) => create_code(connection, code).await,
        Change::UseCode { id, at } => {
            let sql = "UPDATE one_time_codes SET used_at = $2 WHERE id = $1 AND used_at IS NULL";
            match run(connection, query(sql).bind(id.to_string()).bind(micros(*at))).await? {
                1 => Ok(()),
                _ => Err(StoreError::Stale),
            }
        }
        Change::CountTry { flow_id, limit } => {
            // Counting and comparing are one statement, so tries at the same moment cannot slip past the limit.
            let sql = "INSERT INTO code_tries (flow_id, tries) SELECT $1, 1 WHERE $2 > 0 \
                       ON CONFLICT (flow_id) DO UPDATE SET tries = code_tries.tries + 1 WHERE code_tries.tries < $2";
            match run(connection, query(sql).bind(flow_id.to_string()).bind(i64::from(*limit))).await? {
                1 => Ok(()),
                _ => Err(StoreError::Stale),
            }
        }
        Change::UseTotpStep { identity_id, step } => {
            let sql = "INSERT INTO totp_steps (identity_id, last_step) VALUES ($1, $2) ON CONFLICT (identity_id) \
                       DO UPDATE SET last_step = excluded.last_step WHERE totp_steps.last_step < excluded.last_step";
            match run(connection, query(sql).bind(identity_id.to_string()).bind(*step)).await? {
                1 => Ok(()),
                _ => Err(StoreError::Stale),
            }
        }
        Change::UseLookupSecret { identity_id, batch, position, at } => {
            let sql = "INSERT INTO lookup_secret_uses (identity_id, batch, position, used_at) VALUES ($1, $2, $3, $4) \
                       ON CONFLICT (identity_id, batch, position) DO NOTHING";
            let insert = query(sql).bind(identity_id.to_string()).bind(batch.clone());
            match run(connection, insert.bind(i64::from(*position)).bind(micros(*at))).await? {
                1 => Ok(()),
                _ => Err(StoreError::Stale),
            }
        }
        Change::DropCodes { flow_id } => {
            let sql = "DELETE FROM one_time_codes WHERE flow_id = $1 AND used_at IS NULL";
            run(connection, query(sql).bind(flow_id.to_string())).await.map(drop)
        }
        Change::CountAttempt(tried) => count_attempt(connection, tried).await,
        Change::RefundTry { key, interval } => {
            let sql = "UPDATE throttle SET used_until = used_until - $2 WHERE key = $1";
            run(connection, query(sql).bind(key.clone()).bind(length(*interval))).await.map(drop)
        }
        Change::ForgetTries { keys } => {
            for key in keys {
                run(connection, query("DELETE FROM throttle WHERE key = $1").bind(key.clone())).await?;
            }
            Ok(())
        }
        Change::DropOldTries { before } => {
            run(connection, query("DELETE FROM throttle WHERE used_until < $1").bind(micros(*before))).await.map(drop)
        }
        Change::Audit(event) => super::audit::write(connection, event).await,
        Change::DropOldEvents { before } => {
            run(connection, query("DELETE FROM audit_events WHERE at < $1").bind(micros(*before))).await.map(drop)
        }
        Change::QueueMessage(message) => queue_message(connection, sealer, message).await,
        Change::CreateExchange { flow_id, init_code_hash, return_code_hash, expires_at } => {
            let sql = "INSERT INTO session_token_exchanges (flow_id, init_code_hash, return_code_hash, expires_at) VALUES ($1, $2, $3, $4)";
            let query =
                query(sql).bind(flow_id.to_string()).bind(init_code_hash.clone()).bind(return_code_hash.clone());
            run(connection, query.bind(micros(*expires_at))).await.map(drop)
        }
        Change::CompleteExchange { flow_id, session_id, sealed_token } => {
            let sql = "UPDATE session_token_exchanges SET session_id = $2, sealed_token = $3 WHERE flow_id = $1";
            let query = query(sql).bind(flow_id.to_string()).bind(session_id.to_string()).bind(sealed_token.clone());
            run(connection, query).await.map(drop)
        }
        Change::ClaimMessage { id, now, lease_until } => {
            let sql = "UPDATE courier_messages SET status = 'processing', lease_until = $3 \
                       WHERE id = $1 AND status IN ('queued', 'processing') AND lease_until <= $2 AND next_attempt_at <= $2";
            let update = query(sql).bind(id.to_string()).bind(micros(*now)).bind(micros(*lease_until));
            match run(connection, update).await? {
                1 => Ok(()),
                _ => Err(StoreError::Stale),
            }
        }
        Change::RecordDispatch { id, message_id, error, status, failures, retry_at, at } => {
            let ids = (*id, *message_id);
            record_dispatch(connection, ids, error.as_deref(), (status, *failures), *retry_at, *at).await
        }
    }
}

/// Counting and comparing are one statement, so tries at the same moment cannot slip past the limit.
async fn count_attempt(connection: &mut AnyConnection, tried: &super::Try) -> Outcome {
    let sql = "INSERT INTO throttle (key, used_until, failures) SELECT $1, $2 + $3, 1 WHERE $3 <= $4 \
               ON CONFLICT (key) DO UPDATE SET failures = throttle.failures + 1, \
               used_until = (CASE WHEN throttle.used_until > $2 THEN throttle.used_until ELSE $2 END) + $3 \
               + (CASE WHEN (throttle.failures + 1) % $5 = 0 THEN $6 ELSE 0 END) \
               WHERE (CASE WHEN throttle.used_until > $2 THEN throttle.used_until ELSE $2 END) + $3 <= $2 + $4";
    let (after, pause) = tried.pause.map_or((i64::MAX, 0), |(after, pause)| (i64::from(after), length(pause)));
    let count = query(sql)
        .bind(tried.key.clone())
        .bind(micros(tried.now))
        .bind(length(tried.interval))
        .bind(length(tried.window))
        .bind(after)
        .bind(pause);
    match run(connection, count).await? {
        1 => Ok(()),
        _ => Err(StoreError::Stale),
    }
}

pub(super) async fn run(connection: &mut AnyConnection, query: Query) -> Result<u64, StoreError> {
    Ok(query.execute(connection).await?.rows_affected())
}

async fn create_session(connection: &mut AnyConnection, session: &Session) -> Outcome {
    let Some(token) = &session.token else {
        return Err(StoreError::Corrupt("a session without a token".into()));
    };
    let sql = "INSERT INTO sessions (id, token_hash, identity_id, active, authentication_methods, devices, issued_at, \
               authenticated_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let insert = query(sql)
        .bind(session.id.to_string())
        .bind(sha256_hex(token.expose()))
        .bind(session.identity_id.to_string())
        .bind(i64::from(session.active))
        .bind(json(&session.authentication_methods)?)
        .bind(json(&session.devices)?)
        .bind(micros(session.issued_at))
        .bind(micros(session.authenticated_at))
        .bind(micros(session.expires_at));
    run(connection, insert).await.map(drop)
}

async fn update_session(connection: &mut AnyConnection, session: &Session) -> Outcome {
    let sql = "UPDATE sessions SET authentication_methods = $2, devices = $3, authenticated_at = $4, expires_at = $5, \
               token_hash = COALESCE($6, token_hash) WHERE id = $1 AND active = 1";
    let update = query(sql)
        .bind(session.id.to_string())
        .bind(json(&session.authentication_methods)?)
        .bind(json(&session.devices)?)
        .bind(micros(session.authenticated_at))
        .bind(micros(session.expires_at))
        .bind(session.token.as_ref().map(|token| sha256_hex(token.expose())));
    if run(connection, update).await? == 0 {
        return Err(StoreError::Stale);
    }
    announce(connection, "session", Some(session.id), session.identity_id, session.authenticated_at).await
}

async fn end_session(connection: &mut AnyConnection, id: Uuid, at: Timestamp) -> Outcome {
    let sql = "UPDATE sessions SET active = 0 WHERE id = $1";
    run(connection, query(sql).bind(id.to_string())).await?;
    announce_session(connection, id, at).await
}

/// Announces sessions and then does with them what `sql` says, in few statements.
async fn for_sessions(connection: &mut AnyConnection, ids: &[Uuid], at: Timestamp, sql: &'static str) -> Outcome {
    for ids in ids.chunks(500) {
        let places: Vec<String> = (2..ids.len() + 2).map(|place| format!("${place}")).collect();
        let announce = format!(
            "INSERT INTO session_changes (kind, session_id, identity_id, changed_at) \
             SELECT 'session', id, identity_id, $1 FROM sessions WHERE id IN ({})",
            places.join(", ")
        );
        let mut statement = query(AssertSqlSafe(announce)).bind(micros(at));
        for id in ids {
            statement = statement.bind(id.to_string());
        }
        run(connection, statement).await?;
        let places: Vec<String> = (1..=ids.len()).map(|place| format!("${place}")).collect();
        let mut statement = query(AssertSqlSafe(format!("{sql} ({})", places.join(", "))));
        for id in ids {
            statement = statement.bind(id.to_string());
        }
        run(connection, statement).await?;
    }
    Ok(())
}

async fn announce_session(connection: &mut AnyConnection, id: Uuid, at: Timestamp) -> Outcome {
    let sql = "INSERT INTO session_changes (kind, session_id, identity_id, changed_at) \
               SELECT 'session', id, identity_id, $2 FROM sessions WHERE id = $1";
    run(connection, query(sql).bind(id.to_string()).bind(micros(at))).await.map(drop)
}

pub(super) async fn announce(
    connection: &mut AnyConnection,
    kind: &'static str,
    session: Option<Uuid>,
    identity: Uuid,
    at: Timestamp,
) -> Outcome {
    let sql = "INSERT INTO session_changes (kind, session_id, identity_id, changed_at) VALUES ($1, $2, $3, $4)";
    let insert =
        query(sql).bind(kind).bind(session.map(|id| id.to_string())).bind(identity.to_string()).bind(micros(at));
    run(connection, insert).await.map(drop)
}

async fn put_flow(connection: &mut AnyConnection, sealer: &Sealer, flow: &Flow) -> Outcome {
    let sql = "INSERT INTO selfservice_flows (id, kind, body, expires_at) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (id) DO UPDATE SET body = excluded.body, expires_at = excluded.expires_at";
    let upsert = query(sql)
        .bind(flow.id.to_string())
        .bind(flow.kind.as_str())
        .bind(sealer.seal(&place("flow", flow.id), &json(flow)?))
        .bind(micros(flow.expires_at));
    run(connection, upsert).await.map(drop)
}

async fn create_code(connection: &mut AnyConnection, code: &NewCode) -> Outcome {
    let sql = "INSERT INTO one_time_codes (id, flow_id, purpose, code_hash, via, address, identity_id, created_at, expires_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let insert = query(sql)
        .bind(code.id.to_string())
        .bind(code.flow_id.to_string())
        .bind(code.purpose)
        .bind(code.code_hash.clone())
        .bind(code.via.clone())
        .bind(code.address.clone())
        .bind(code.identity_id.map(|id| id.to_string()))
        .bind(micros(code.created_at))
        .bind(micros(code.expires_at));
    run(connection, insert).await.map(drop)
}

async fn queue_message(connection: &mut AnyConnection, sealer: &Sealer, message: &NewMessage) -> Outcome {
    let place = place("message", message.id);
    let sql = "INSERT INTO courier_messages (id, status, type, channel, recipient, subject, body, html_body, template_type, \
               template_data, send_count, next_attempt_at, lease_until, created_at, updated_at) \
               VALUES ($1, 'queued', $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, 0, $10, $10)";
    let insert = query(sql)
        .bind(message.id.to_string())
        .bind(message.kind)
        .bind(message.channel.clone())
        .bind(message.recipient.clone())
        .bind(sealer.seal(&place, &message.subject))
        .bind(sealer.seal(&place, &message.body))
        .bind(sealer.seal(&place, &message.html_body))
        .bind(message.template_type.clone())
        .bind(sealer.seal(&place, &json(&message.template_data)?))
        .bind(micros(message.created_at));
    run(connection, insert).await.map(drop)
}

async fn record_dispatch(
    connection: &mut AnyConnection,
    (id, message_id): (Uuid, Uuid),
    error: Option<&str>,
    (status, failures): (&'static str, u32),
    retry_at: Timestamp,
    at: Timestamp,
) -> Outcome {
    let sql = "INSERT INTO courier_dispatches (id, message_id, status, error, created_at) VALUES ($1, $2, $3, $4, $5)";
    let outcome = if error.is_some() { "failed" } else { "success" };
    let insert = query(sql).bind(id.to_string()).bind(message_id.to_string()).bind(outcome);
    run(connection, insert.bind(error.map(str::to_owned)).bind(micros(at))).await?;
    let sql = "UPDATE courier_messages SET status = $2, send_count = send_count + 1, next_attempt_at = $3, lease_until = 0, \
               updated_at = $4, failures = $5 WHERE id = $1";
    let update = query(sql).bind(message_id.to_string()).bind(status).bind(micros(retry_at)).bind(micros(at));
    run(connection, update.bind(i64::from(failures))).await.map(drop)
}
