//! Login: one module for the form and one for each method. What all methods come to is made in [`finish`].

mod code;
mod form;
mod password;
mod second_factor;

use super::body::Body;
use super::{Refusal, session_issue};
use crate::audit::{AuditEvent, Kind, Outcome};
use crate::config::Config;
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::model::{Flow, Identity, Session};
use crate::store::{Change, SessionWithIdentity};
use identity_api::messages;
use identity_api::session::Aal;

pub use code::send_at_once;
pub use form::{Second, build_form, second_address};

/// What every method works with.
pub struct Attempt<'a> {
    /// The server.
    pub app: &'a App,
    /// The configuration of this request.
    pub config: &'a Config,
    /// The request.
    pub req: &'a Req,
    /// What was sent.
    pub body: &'a Body,
    /// The session that came with the request, if its identity is active.
    pub current: Option<SessionWithIdentity>,
}

/// A submission that succeeded: the session and all that has to be committed with it.
pub struct Success {
    /// The session, with its token where it is known.
    pub session: Session,
    /// Whose it is.
    pub identity: Identity,
    /// The method, whose hooks run.
    pub method: &'static str,
    /// Whether it is a new one: then the browser gets a new CSRF token.
    pub is_new: bool,
    /// What to commit.
    pub changes: Vec<Change>,
}

/// Decides on a submission.
///
/// # Errors
/// A [`Refusal`]; nothing is changed then but the flow's own form.
pub async fn submit(attempt: Attempt<'_>, flow: &mut Flow) -> Result<Success, Refusal> {
    let methods = &attempt.config.selfservice.methods;
    let second = flow.requested_aal == "aal2";
    let off = || Err(ApiError::method_disabled().into());
    let code_is_on = if second { methods.code.mfa_enabled } else { methods.code.passwordless_enabled };
    // The button of an address says all: it needs no method beside it.
    let method = attempt.body.filled("method").or_else(|| attempt.body.filled("address").map(|_| "code".into()));
    match method.as_deref() {
        Some("code") if code_is_on => code::submit(attempt, flow).await,
        Some("password") if !methods.password.enabled => off(),
        Some("password") if !second => password::submit(attempt, flow).await,
        Some("oidc") if !methods.oidc.enabled => off(),
        Some("totp") if !methods.totp.enabled => off(),
        Some("totp") if second => second_factor::by_totp(attempt, flow).await,
        Some("lookup_secret") if !methods.lookup_secret.enabled => off(),
        Some("lookup_secret") if second => second_factor::by_lookup_secret(attempt, flow).await,
        _ => Err(Refusal::message(messages::login_no_strategy())),
    }
}

/// What a proof comes to: the present session made stronger when it confirms or raises one, else a new session.
fn finish(
    attempt: Attempt<'_>,
    flow: &mut Flow,
    identity: Identity,
    method: &'static str,
    aal: Aal,
    mut changes: Vec<Change>,
) -> Success {
    let Attempt { app, config, req, current, .. } = attempt;
    flow.active = Some(method.into());
    let proof = session_issue::proof(app, method, aal);
    let continues = flow.refresh || aal == Aal::Aal2;
    let confirmed = current.filter(|current| continues && current.session.identity_id == identity.id);
    let (session, is_new) = match confirmed {
        Some(current) => {
            let mut session = session_issue::strengthen(app, current.session, proof);
            // The token stays the one that the client holds, so its hash is not written again.
            changes.push(Change::UpdateSession(Session { token: None, ..session.clone() }));
            // As in Kratos the answer names the device of this request as well; the session keeps its own.
            session.devices.push(crate::http::session::device(app, config, req));
            (session, false)
        }
        None => {
            let session = session_issue::issue(app, config, req, identity.id, proof);
            changes.push(Change::CreateSession(session.clone()));
            (session, true)
        }
    };
    let event = AuditEvent::new(app, Kind::Login, Outcome::Success).method(method).flow(flow.id);
    changes.push(Change::Audit(Box::new(event.identity(identity.id).session(session.id))));
    Success { session, identity, method, is_new, changes }
}
