//! Recovery: whoever proves an address of an account gets a session and may set a new password.
//!
//! A flow asks for an address ([`form`]), mails a code or a link, and takes it back. What comes of a right one is
//! decided in [`passed`]; the answer is made by the HTTP layer.

mod choose;
mod form;
mod passed;

use super::body::Body;
use super::code::{self, Checked};
use super::{Failure, Refusal, proof, start_over};
use crate::audit::{self, AuditEvent, Kind};
use crate::config::{Config, Use};
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::model::{Flow, FlowState, Identity};
use crate::schema::normalise_identifier;
use crate::store::{Change, StoredCode};
use crate::throttle;
use identity_api::messages;

pub use form::{admin_form, build_form};
pub use passed::{Recovered, complete};

/// What a submission comes to.
pub enum Outcome {
    /// The next screen, or the same with a message; it is committed.
    Shown,
    /// The address is proven by this code or token.
    Proven(StoredCode, Box<Identity>, Use),
}

/// Whether addresses are chosen (Kratos' flag `choose_recovery_address`).
fn chooses(config: &Config) -> bool {
    config.feature_flags.choose_recovery_address
}

/// The strategy that the flow works with now. Any other submission spoils the flow, as in Kratos: it answers that
/// nothing fits from then on.
fn strategy(config: &Config, flow: &mut Flow, body: &Body) -> Result<Use, Refusal> {
    let methods = &config.selfservice.methods;
    let wanted = match body.filled("method").as_deref() {
        Some("code") => Some(Use::Code),
        Some("link") => Some(Use::Link),
        None if body.filled("code").is_some() || body.filled("email").is_some() => {
            Some(if flow.active.as_deref() == Some("link") { Use::Link } else { Use::Code })
        }
        _ => None,
    };
    let fits = match (wanted, flow.active.as_deref()) {
        (Some(Use::Link), _) if !methods.link.enabled => return Err(ApiError::method_disabled().into()),
        (Some(Use::Code), _) if !methods.code.enabled => return Err(ApiError::method_disabled().into()),
        // A link may be asked for in any flow, a code in a flow of codes only.
        (Some(Use::Link), _) | (Some(Use::Code), Some("code")) => true,
        _ => false,
    };
    match wanted.filter(|_| fits) {
        Some(strategy) => Ok(strategy),
        None => {
            flow.active = Some("default".into());
            Err(Refusal::message(messages::recovery_no_strategy()))
        }
    }
}

/// Decides on a submission. `signed_in` says whether the request has a session.
///
/// # Errors
/// A [`Failure`]; a wrong code is none, but a message in the flow.
pub async fn submit(
    app: &App,
    config: &Config,
    flow: &mut Flow,
    body: &Body,
    signed_in: bool,
) -> Result<Outcome, Failure> {
    let with = strategy(config, flow, body)?;
    let code = body.text("code").filter(|code| !code.is_empty());
    if flow.state == FlowState::PassedChallenge && (code.is_some() || !signed_in) {
        return Err(start_over("The code was already used. Please request another code."));
    }
    if signed_in && code.is_none() {
        return Err(ApiError::already_signed_in("recovery").into());
    }
    flow.transient_payload = body.transient_payload()?.or_else(|| Some(serde_json::json!({})));
    if with == Use::Code && chooses(config) && flow.internal.get("admin").is_none() {
        return choose::submit(app, config, flow, body, code.as_deref()).await;
    }
    if with == Use::Link && flow.active.as_deref() != Some("code") {
        flow.active = Some("link".into());
    }
    let typed = body.filled("email");
    match (with, flow.state) {
        (Use::Code, FlowState::SentEmail) if typed.is_none() => {
            take_code(app, config, flow, &code.unwrap_or_default()).await
        }
        _ => {
            let Some(typed) = typed else {
                return Err(Refusal::field("email", messages::required("email")).into());
            };
            if !crate::schema::is_email(&typed) {
                return Err(Refusal::field("email", messages::invalid_email(&typed)).into());
            }
            ask(app, config, flow, with, &typed).await
        }
    }
}

/// Mails a code or link to the address, if it is one for recovery, and says in any case that it did.
async fn ask(app: &App, config: &Config, flow: &mut Flow, with: Use, typed: &str) -> Result<Outcome, Failure> {
    let address = normalise_identifier(typed);
    throttle::message(app, config, &address).await?;
    let identity = app.store.identity_by_address("recovery", &address).await?;
    let mut changes = Vec::new();
    form::show_sent(flow, with, typed);
    proof::send(app, config, flow, with, ("email", &address), identity.as_ref(), &mut changes)?;
    changes.push(requested(app, flow, identity.as_ref()));
    changes.push(Change::PutFlow(flow.clone()));
    app.store.commit(changes).await?;
    Ok(Outcome::Shown)
}

/// The event of a code or link that was asked for.
fn requested(app: &App, flow: &Flow, identity: Option<&Identity>) -> Change {
    let event = AuditEvent::new(app, Kind::RecoveryRequest, audit::Outcome::Success).flow(flow.id);
    Change::Audit(Box::new(event.identity(identity.map(|identity| identity.id))))
}

/// Takes a code of six digits.
async fn take_code(app: &App, config: &Config, flow: &mut Flow, given: &str) -> Result<Outcome, Failure> {
    let code = match code::check(app, config, flow, given).await? {
        Checked::Right(code) => code,
        Checked::TooOften => {
            return Err(start_over("The request was submitted too often. Please request another code."));
        }
        Checked::Wrong => return wrong(app, flow).await,
    };
    let identity = match code.identity_id {
        Some(id) => app.store.identity(id).await?,
        None => None,
    };
    match identity {
        Some(identity) => proven(code, identity, Use::Code),
        None => wrong(app, flow).await,
    }
}

fn proven(code: StoredCode, identity: Identity, with: Use) -> Result<Outcome, Failure> {
    if !identity.is_active() {
        let error = ApiError::identity_disabled(identity.id);
        return Err(Failure::StartOver(messages::login_identity_disabled(), Box::new(error)));
    }
    Ok(Outcome::Proven(code, Box::new(identity), with))
}

async fn wrong(app: &App, flow: &mut Flow) -> Result<Outcome, Failure> {
    flow.ui.messages = vec![messages::recovery_code_invalid()];
    app.store.commit(vec![Change::PutFlow(flow.clone())]).await?;
    Ok(Outcome::Shown)
}

/// Takes the token of a mailed link.
///
/// # Errors
/// A [`Failure`]: a wrong, used or old token starts over.
pub async fn take_token(app: &App, config: &Config, flow: &Flow, token: &str) -> Result<Outcome, Failure> {
    let codes = app.store.codes(flow.id).await?;
    let Some(code) = code::find(app, config, flow.id, &codes, token).cloned() else {
        let now = app.now();
        if let Some(old) =
            code::find_any(config, flow.id, &codes, token).filter(|old| !old.used && old.expires_at <= now)
        {
            let message = messages::expired(messages::Expired::Recovery, old.expires_at, now);
            let error = ApiError::bad_request("The recovery token is too old.");
            return Err(Failure::StartOver(message, Box::new(error)));
        }
        let error = ApiError::bad_request("The recovery token is wrong or was used before.");
        return Err(Failure::StartOver(messages::recovery_token_invalid(), Box::new(error)));
    };
    let identity = match code.identity_id {
        Some(id) => app.store.identity(id).await?,
        None => None,
    };
    match identity {
        Some(identity) => proven(code, identity, Use::Link),
        None => Err(start_over("The account is gone.")),
    }
}
