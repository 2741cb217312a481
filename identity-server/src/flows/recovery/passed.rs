//! What a proven address is worth: a session, and the settings to set a new password in.

use crate::audit::{AuditEvent, Kind, Outcome};
use crate::config::{Config, Hook, Use};
use crate::flows::start::csrf_node;
use crate::flows::{session_issue, settings};
use crate::http::app::{App, PublicUrl};
use crate::http::csrf::Csrf;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::respond::with_query;
use crate::http::return_to;
use crate::model::{Flow, FlowState, Identity, Session};
use crate::store::{Change, MarkedAddress, SessionWithIdentity, StoredCode};
use crate::throttle;
use identity_api::messages;
use identity_api::session::Aal;

/// A recovery that succeeded; everything is committed.
pub struct Recovered {
    /// The new session.
    pub session: Session,
    /// The settings flow that a new password is set in.
    pub settings: Flow,
    /// Where the browser goes: the settings page, or past it with `skip_settings`.
    pub to: String,
}

/// Makes the session and the settings flow, and commits all of it with the code's use. `csrf` is the browser's new
/// token.
///
/// # Errors
/// 409 when the code was used at the same moment; else only when the store fails.
pub async fn complete(
    app: &App,
    config: &Config,
    req: &Req,
    flow: &mut Flow,
    (code, identity, with): (StoredCode, Identity, Use),
    csrf: &Csrf,
) -> Result<Recovered, ApiError> {
    let now = app.now();
    let method = if with == Use::Code { "code_recovery" } else { "link_recovery" };
    let session = session_issue::issue(app, config, req, identity.id, session_issue::proof(app, method, Aal::Aal1));
    let recovery = &config.selfservice.flows.recovery;
    let mut changes = vec![Change::UseCode { id: code.id, at: now }];
    // A code from an administrator does not say that the person reads the address.
    if flow.internal.get("admin").is_none() && !code.address.is_empty() {
        changes.push(Change::MarkAddress(MarkedAddress {
            identity_id: identity.id,
            via: code.via.clone(),
            value: code.address.clone(),
            status: "completed",
            at: now,
        }));
    }
    if recovery.after.for_method("").0.iter().any(|hook| matches!(hook, Hook::RevokeActiveSessions)) {
        changes.push(Change::EndSessions { identity_id: identity.id, except: None, at: now });
    }
    changes.push(Change::CreateSession(session.clone()));
    changes.push(throttle::forgive(identity.id));
    let event = AuditEvent::new(app, Kind::Recovery, Outcome::Success).method(method).flow(flow.id);
    changes.push(Change::Audit(Box::new(event.identity(identity.id).session(session.id))));

    let found = SessionWithIdentity { session: session.clone(), identity };
    let mut next = settings::begin(app, config, &without_return_to(req), flow.flow_type, &found).await?;
    take_over_return_to(config, flow, &mut next);
    next.ui.messages =
        vec![messages::recovered(now + config.selfservice.flows.settings.privileged_session_max_age, now)];
    flow.state = FlowState::PassedChallenge;
    flow.ui.messages.clear();
    flow.identity_id = Some(found.identity.id);
    flow.updated_at = now;
    if flow.is_browser() {
        next.csrf_token = csrf.cookie_value();
        flow.csrf_token = csrf.cookie_value();
        if flow.skip_csrf_check {
            flow.skip_csrf_check = false;
            flow.ui.nodes.push(csrf_node());
        }
    }
    let to = destination(config, flow, &next);
    changes.push(Change::PutFlow(next.clone()));
    changes.push(Change::PutFlow(flow.clone()));
    app.store.commit(changes).await?;
    tracing::info!(identity = %found.identity.id, session = %session.id, method, outcome = "success", "recovery");
    Ok(Recovered { session, settings: next, to })
}

/// The request as the settings flow shall know it: the path and the flow. A token of a link must not be kept.
fn without_return_to(req: &Req) -> Req {
    let flow = req.param("flow").unwrap_or_default();
    let target = format!("/self-service/recovery?flow={flow}");
    Req {
        method: req.method.clone(),
        uri: target.parse().unwrap_or_else(|_| http::Uri::from_static("/self-service/recovery")),
        headers: req.headers.clone(),
        peer: req.peer,
        body: axum::body::Bytes::new(),
        query: vec![("flow".into(), flow.into())],
    }
}

/// The settings lead on to where the recovery was to lead, or to where the configuration says.
fn take_over_return_to(config: &Config, flow: &Flow, next: &mut Flow) {
    let configured = config.selfservice.flows.recovery.after.default_browser_return_url.as_ref();
    let wanted = flow.return_to.clone().or_else(|| configured.map(ToString::to_string));
    let Some(wanted) = wanted else { return };
    if let Ok(url) = url::Url::parse(&next.request_url) {
        next.request_url = with_query(&url, "return_to", &wanted);
    }
    next.return_to = Some(wanted);
}

fn destination(config: &Config, flow: &Flow, next: &Flow) -> String {
    let settings = with_query(&config.selfservice.flows.settings.ui_url, "flow", &next.id.to_string());
    let skips = url::Url::parse(&flow.request_url)
        .is_ok_and(|url| url.query_pairs().any(|(key, value)| key == "skip_settings" && value == "true"));
    if !skips {
        return settings;
    }
    let wanted = flow.return_to.as_deref().and_then(|wanted| return_to::check(config, wanted).ok());
    let configured = config.selfservice.flows.recovery.after.default_browser_return_url.clone();
    let fallback = || config.selfservice.default_browser_return_url.clone();
    PublicUrl(wanted.or(configured).unwrap_or_else(fallback)).0.to_string()
}
