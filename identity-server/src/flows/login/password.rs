//! Signing in with a password.

use super::{Attempt, Success, finish};
use crate::audit::{self, AuditEvent, Kind, Outcome};
use crate::flows::Refusal;
use crate::http::app::App;
use crate::model::{CredentialKind, Flow, Identity, Secret};
use crate::schema::normalise_identifier;
use crate::store::Change;
use crate::throttle::{self, Class, Subject};
use identity_api::messages;
use identity_api::session::Aal;

/// Checks identifier and password.
pub(super) async fn submit(attempt: Attempt<'_>, flow: &mut Flow) -> Result<Success, Refusal> {
    let Attempt { app, body, .. } = attempt;
    body.transient_payload()?;
    let typed = body.text("identifier").or_else(|| body.text("password_identifier"));
    let password = body.text("password");
    let faults: Vec<_> = [("identifier", &typed), ("password", &password)]
        .into_iter()
        .filter(|(_, value)| value.as_deref().is_none_or(str::is_empty))
        .map(|(name, _)| crate::schema::FieldFault { name: name.into(), message: messages::required(name) })
        .collect();
    if let Some(typed) = typed.as_ref().filter(|_| !flow.refresh) {
        crate::flows::set_value(&mut flow.ui, "identifier", typed.clone().into());
    }
    let (Some(typed), Some(password), true) = (typed, password.map(Secret::from), faults.is_empty()) else {
        return Err(Refusal::Form(faults));
    };
    if !flow.refresh {
        crate::flows::set_value(&mut flow.ui, "identifier", typed.clone().into());
    }
    let found = app.store.identity_by_identifier(CredentialKind::Password, &normalise_identifier(&typed)).await?;
    let subject = Subject::of(found.as_ref().map(|(identity, _)| identity.id), &typed);
    let event = |outcome| AuditEvent::new(app, Kind::Login, outcome).method("password").flow(flow.id);
    let event = |outcome| event(outcome).identity(found.as_ref().map(|(identity, _)| identity.id));
    let permit = match throttle::attempt(app, attempt.config, Class::Password, subject).await {
        Ok(permit) => permit,
        Err(error) => {
            audit::record(app, event(Outcome::Throttled)).await;
            return Err(error.into());
        }
    };
    let failed = event(Outcome::Failure);
    let Some((identity, credential)) = found else {
        // Nobody has this name: the same work as for somebody, so that time does not tell (requirement 16).
        app.hasher.verify_nobody(&password).await?;
        audit::record(app, failed.reason("unknown_identifier")).await;
        return Err(Refusal::message(messages::invalid_credentials()));
    };
    let right = match credential.password_hash() {
        Some(hash) => app.hasher.verify(&password, hash).await?,
        None => {
            app.hasher.verify_nobody(&password).await?;
            false
        }
    };
    if !right {
        audit::record(app, failed.reason("wrong_password")).await;
        return Err(Refusal::message(messages::invalid_credentials()));
    }
    flow.active = Some("password".into());
    if !identity.is_active() {
        crate::flows::set_value(&mut flow.ui, "identifier", "".into());
        audit::record(app, failed.reason("identity_disabled")).await;
        return Err(Refusal::message(messages::login_identity_disabled()));
    }
    let mut changes = permit.succeeded();
    if let Some(hash) = credential.password_hash().filter(|hash| app.hasher.needs_rehash(hash)) {
        changes.extend(rehashed(app, &identity, hash, &password).await);
    }
    Ok(finish(attempt, flow, identity, "password", Aal::Aal1, changes))
}

/// The password under the present algorithm. A failure is logged and does not stop the login (requirement 10).
async fn rehashed(app: &App, identity: &Identity, old: &str, password: &Secret) -> Option<Change> {
    match app.hasher.hash(password).await {
        Ok(hash) => {
            Some(Change::UpgradePassword { identity_id: identity.id, from: old.into(), to: hash, at: app.now() })
        }
        Err(error) => {
            let algorithm = old.split('$').nth(1).unwrap_or_default();
            tracing::warn!(%error, algorithm, identity = %identity.id, "a password hash could not be upgraded");
            None
        }
    }
}
