//! `POST /self-service/login?flow=` (and `GET`, for flows that are taken up again).

use super::{check_csrf, failure, flow_of, login_start, refuse};
use crate::config::{Config, Hook};
use crate::flows::body::Body;
use crate::flows::{Refusal, aal, login, start};
use crate::http::app::App;
use crate::http::csrf::Csrf;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::{cookies, respond, return_to, session};
use crate::model::{Flow, FlowKind};
use crate::store::{Change, SessionWithIdentity};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use identity_api::session::{Aal, SuccessfulLogin};
use identity_api::{ContinueWith, messages};
use std::sync::Arc;

/// Takes a submission.
pub async fn submit(State(app): State<Arc<App>>, req: Req) -> Response {
    let config = app.config();
    let csrf = Csrf::of(&app, &req, &config.public_url());
    let flow = match flow_of(&app, &req, FlowKind::Login).await {
        Ok(flow) => flow,
        Err(error) => return failure(&app, &config, &req, error, req.wants_json()).await,
    };
    match decide(&app, &config, &req, flow, &csrf).await {
        Ok(response) | Err(response) => response,
    }
}

/// `Err` is an answer as well: the early end of a submission.
async fn decide(app: &App, config: &Config, req: &Req, mut flow: Flow, csrf: &Csrf) -> Result<Response, Response> {
    let json = !flow.is_browser() || req.wants_json();
    let status = StatusCode::SEE_OTHER;
    let current = match session::usable(app, config, req).await {
        Ok(current) => current.filter(|found| found.identity.is_active()),
        Err(error) => return Err(failure(app, config, req, error, json).await),
    };
    let wants_more = flow.requested_aal == "aal2" && current.as_ref().is_some_and(|c| c.session.aal() < Aal::Aal2);
    if current.is_some() && !flow.refresh && !wants_more {
        if !json {
            let to = config.selfservice.default_browser_return_url.as_str();
            return Err(respond::redirect(StatusCode::SEE_OTHER, to, false));
        }
        let refusal = Refusal::message(messages::generic("You are signed in already."));
        return Err(refuse(app, config, req, flow, refusal, (csrf, status)).await);
    }
    if flow.is_expired(app.now()) {
        if flow.refresh && current.is_some() && json {
            let refusal = Refusal::message(messages::generic("You are signed in already."));
            return Err(refuse(app, config, req, flow, refusal, (csrf, status)).await);
        }
        return Err(login_start::expired(app, config, req, &flow, csrf).await);
    }
    if flow.requested_aal == "aal2" && current.is_none() {
        return Err(failure(app, config, req, ApiError::aal1_required(), json).await);
    }
    let outcome = match Body::decode(req, start::schema_of(app, &flow)) {
        Ok(body) => match check_csrf(config, req, &flow, csrf, body.text("csrf_token").as_deref()) {
            Ok(()) => login::submit(login::Attempt { app, config, req, body: &body, current }, &mut flow).await,
            Err(refusal) => {
                keep_identifier(&mut flow, &body);
                Err(refusal)
            }
        },
        Err(refusal) => Err(refusal),
    };
    match outcome {
        Ok(success) => complete(app, config, req, flow, success, json).await,
        Err(refusal) => Err(refuse(app, config, req, flow, refusal, (csrf, status)).await),
    }
}

fn keep_identifier(flow: &mut Flow, body: &Body) {
    if let Some(typed) = body.filled("identifier").filter(|_| !flow.refresh) {
        crate::flows::set_value(&mut flow.ui, "identifier", typed.into());
    }
}

/// Commits a login and answers it.
async fn complete(
    app: &App,
    config: &Config,
    req: &Req,
    mut flow: Flow,
    success: login::Success,
    json: bool,
) -> Result<Response, Response> {
    let login::Success { session, identity, method, is_new, mut changes } = success;
    let (hooks, method_url) = config.selfservice.flows.login.after.for_method(method);
    if hooks.iter().any(|hook| matches!(hook, Hook::RevokeActiveSessions)) {
        let (identity_id, except, at) = (identity.id, Some(session.id), app.now());
        changes.push(Change::EndSessions { identity_id, except, at });
    }
    flow.session_id = Some(session.id);
    flow.updated_at = app.now();
    super::exchange::complete(app, config, &flow, &session, &mut changes);
    changes.push(Change::PutFlow(flow.clone()));
    if let Err(error) = app.store.commit(changes).await {
        return Err(failure(app, config, req, error.into(), json).await);
    }
    tracing::info!(identity = %identity.id, session = %session.id, method, outcome = "success", "login");
    let public = config.public_url();
    let found = SessionWithIdentity { session, identity };
    let short = aal::falls_short(config, config.session.whoami.required_aal, &found);
    let SessionWithIdentity { session, identity } = found;
    if !flow.is_browser() {
        // Who still owes a second factor is told no more than that the first one was right.
        let shown = (!short).then_some(&identity);
        let answer = SuccessfulLogin {
            session_token: session.token.as_ref().map(|token| token.expose().to_owned()),
            session: session.to_api(shown, &public),
            continue_with: None,
        };
        return Ok(respond::json(StatusCode::OK, &answer));
    }
    let after = &config.selfservice.flows.login.after;
    let wanted = flow.return_to.as_deref().and_then(|wanted| return_to::check(config, wanted).ok());
    let configured = method_url.or(after.default_browser_return_url.as_ref());
    let to = wanted.as_ref().or(configured).unwrap_or(&config.selfservice.default_browser_return_url).to_string();
    let mut response = if short {
        let to = aal::step_up_url(config, flow.return_to.as_deref());
        match json {
            true => ApiError::location_change(to).json(req.header("x-request-id")),
            false => respond::redirect(StatusCode::SEE_OTHER, &to, false),
        }
    } else if json {
        let answer = SuccessfulLogin {
            session_token: None,
            session: session.to_api(Some(&identity), &public),
            continue_with: Some(vec![ContinueWith::RedirectBrowserTo { redirect_browser_to: to }]),
        };
        respond::json(StatusCode::OK, &answer)
    } else {
        respond::redirect(StatusCode::SEE_OTHER, &to, false)
    };
    if is_new {
        respond::set_cookie(&mut response, cookies::csrf(config, &Csrf::fresh(app)));
    }
    if let Some(cookie) = cookies::session(app, config, &session) {
        respond::set_cookie(&mut response, cookie);
    }
    Ok(response)
}
