//! Second factors: the code of an authenticator app, and backup codes.
//!
//! Each try is counted in the flow before it is looked at, so that parallel tries count as well (requirement 13), and
//! each right code is used up before the session becomes stronger (requirements 22, 23): of two that come at once, one wins.

use super::{Attempt, Success, finish};
use crate::audit::{self, AuditEvent, Kind, Outcome};
use crate::flows::Refusal;
use crate::flows::second_factor::{lookup, totp};
use crate::http::error::ApiError;
use crate::model::{Credential, CredentialKind, Flow};
use crate::store::{Change, SessionWithIdentity, StoreError};
use crate::throttle::{self, Class, Permit, Subject};
use identity_api::session::Aal;
use identity_api::{UiText, messages};

/// How many codes may be tried in one flow.
const TRIES: u32 = 10;

/// Checks a code of an authenticator app.
pub(super) async fn by_totp(attempt: Attempt<'_>, flow: &mut Flow) -> Result<Success, Refusal> {
    let (app, body) = (attempt.app, attempt.body);
    let current = signed_in(&attempt)?;
    let Some(credential) = credential(&attempt, CredentialKind::Totp).await? else {
        return Err(Refusal::message(messages::no_totp_device()));
    };
    let Some(code) = body.filled("totp_code") else {
        return Err(Refusal::field("totp_code", messages::required("totp_code")));
    };
    let permit = count(&attempt, flow, "totp").await?;
    let url = totp::url_of(&app.sealer, current.identity.id, &credential);
    let step = url
        .and_then(|url| totp::parse(url.expose()))
        .and_then(|totp| totp::matching_step(&totp, code.trim(), app.now().unix_timestamp()));
    let Some(step) = step else {
        return Err(failed(&attempt, flow, "totp", messages::totp_invalid()).await);
    };
    let used = Change::UseTotpStep { identity_id: current.identity.id, step };
    match app.store.commit(vec![used]).await {
        Ok(()) => {}
        Err(StoreError::Stale) => return Err(failed(&attempt, flow, "totp", messages::totp_invalid()).await),
        Err(error) => return Err(error.into()),
    }
    Ok(finish(attempt, flow, current.identity, "totp", Aal::Aal2, permit.succeeded()))
}

/// Checks a backup code.
pub(super) async fn by_lookup_secret(attempt: Attempt<'_>, flow: &mut Flow) -> Result<Success, Refusal> {
    let (app, body) = (attempt.app, attempt.body);
    let current = signed_in(&attempt)?;
    let Some(credential) = credential(&attempt, CredentialKind::LookupSecret).await? else {
        return Err(Refusal::message(messages::no_lookup_defined()));
    };
    let Some(code) = body.filled("lookup_secret") else {
        return Err(Refusal::field("lookup_secret", messages::required("lookup_secret")));
    };
    let permit = count(&attempt, flow, "lookup_secret").await?;
    let id = current.identity.id;
    let codes = lookup::codes_of(app, id, &credential);
    let found = codes.and_then(|codes| Some((codes.position(&code)?, codes)));
    let Some((position, codes)) = found else {
        return Err(failed(&attempt, flow, "lookup_secret", messages::lookup_invalid()).await);
    };
    match app.store.commit(vec![codes.use_up(app, id, position)]).await {
        Ok(()) => {}
        Err(StoreError::Stale) => {
            return Err(failed(&attempt, flow, "lookup_secret", messages::lookup_already_used()).await);
        }
        Err(error) => return Err(error.into()),
    }
    Ok(finish(attempt, flow, current.identity, "lookup_secret", Aal::Aal2, permit.succeeded()))
}

/// A second factor belongs to somebody who is signed in.
fn signed_in(attempt: &Attempt<'_>) -> Result<SessionWithIdentity, Refusal> {
    attempt.current.clone().ok_or_else(|| ApiError::aal1_required().into())
}

async fn credential(attempt: &Attempt<'_>, kind: CredentialKind) -> Result<Option<Credential>, Refusal> {
    let Some(current) = &attempt.current else { return Ok(None) };
    let credentials = attempt.app.store.credentials(current.identity.id).await?;
    Ok(credentials.into_iter().find(|credential| credential.kind == kind && credential.second_factor() != 0))
}

/// Counts a try: against the flow, and against the account, whoever holds the session.
async fn count(attempt: &Attempt<'_>, flow: &Flow, method: &'static str) -> Result<Permit, Refusal> {
    let app = attempt.app;
    let identity = attempt.current.as_ref().map(|current| current.identity.id);
    match app.store.commit(vec![Change::CountTry { flow_id: flow.id, limit: TRIES }]).await {
        Ok(()) => {}
        Err(StoreError::Stale) => {
            let reason = "There were too many tries. Please start the sign-in again.";
            return Err(Refusal::message(messages::generic(reason)));
        }
        Err(error) => return Err(error.into()),
    }
    match throttle::attempt(app, attempt.config, Class::SecondFactor, Subject::of(identity, "")).await {
        Ok(permit) => Ok(permit),
        Err(error) => {
            audit::record(app, event(attempt, flow, method, Outcome::Throttled)).await;
            Err(error.into())
        }
    }
}

fn event(attempt: &Attempt<'_>, flow: &Flow, method: &'static str, outcome: Outcome) -> AuditEvent {
    let identity = attempt.current.as_ref().map(|current| current.identity.id);
    AuditEvent::new(attempt.app, Kind::Login, outcome).method(method).flow(flow.id).identity(identity)
}

/// A wrong code.
async fn failed(attempt: &Attempt<'_>, flow: &Flow, method: &'static str, message: UiText) -> Refusal {
    let event = event(attempt, flow, method, Outcome::Failure).reason("wrong_code");
    audit::record(attempt.app, event).await;
    Refusal::message(message)
}
