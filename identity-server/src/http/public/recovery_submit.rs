//! `POST /self-service/recovery?flow=`, and `GET` with the token of a mailed link.

use super::recovery_start::refuse_when_off;
use super::replace::{hand_over, lead_to, replacement, store_for_browser};
use super::{check_csrf, failure, flow_json, flow_of, page_of, refuse};
use crate::config::{Config, Use};
use crate::flows::body::Body;
use crate::flows::recovery::{self, Outcome, Recovered};
use crate::flows::{Failure, Refusal, set_csrf, start};
use crate::http::app::App;
use crate::http::csrf::Csrf;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::{cookies, respond, session};
use crate::model::{Flow, FlowKind, Identity};
use crate::store::{Change, StoredCode};
use axum::extract::State;
use axum::response::Response;
use http::{Method, StatusCode};
use identity_api::continue_with::FlowTarget;
use identity_api::flow::FlowType;
use identity_api::{ContinueWith, UiText, messages};
use serde_json::json;
use std::sync::Arc;

/// Takes a submission.
pub async fn submit(State(app): State<Arc<App>>, req: Req) -> Response {
    let config = app.config();
    if let Err(error) = refuse_when_off(&config) {
        return failure(&app, &config, &req, error, req.wants_json()).await;
    }
    let flow = match flow_of(&app, &req, FlowKind::Recovery).await {
        Ok(flow) => flow,
        Err(error) => return failure(&app, &config, &req, error, req.wants_json()).await,
    };
    let csrf = Csrf::of(&app, &req, &config.public_url());
    if flow.is_expired(app.now()) {
        return expired(&app, &config, &req, &flow, &csrf).await;
    }
    if req.method == Method::GET
        && let Some(token) = req.param("token").filter(|_| flow.active.as_deref() != Some("code"))
    {
        return by_link(&app, &config, &req, flow.clone(), token).await;
    }
    by_form(&app, &config, &req, flow, &csrf).await
}

/// A link was opened, by whatever browser: it is answered as a page in any case.
async fn by_link(app: &App, config: &Config, req: &Req, mut flow: Flow, token: &str) -> Response {
    let outcome = recovery::take_token(app, config, &flow, token).await;
    flow.flow_type = FlowType::Browser;
    match outcome {
        Ok(Outcome::Proven(code, identity, with)) => {
            complete(app, config, req, flow, (code, *identity, with), false).await
        }
        Ok(Outcome::Shown) => respond::redirect(StatusCode::SEE_OTHER, &page_of(config, &flow), true),
        Err(Failure::StartOver(message, error)) => start_over(app, config, req, &flow, (message, *error), false).await,
        Err(Failure::Refused(Refusal::Api(error))) => failure(app, config, req, error, false).await,
        Err(Failure::Refused(refusal)) => {
            let csrf = Csrf::of(app, req, &config.public_url());
            refuse(app, config, req, flow, refusal, (&csrf, StatusCode::SEE_OTHER)).await
        }
    }
}

async fn by_form(app: &App, config: &Config, req: &Req, mut flow: Flow, csrf: &Csrf) -> Response {
    let json = !flow.is_browser() || req.wants_json();
    let signed_in = match session::usable(app, config, req).await {
        Ok(found) => found.is_some_and(|found| found.identity.is_active()),
        Err(error) => return failure(app, config, req, error, json).await,
    };
    let outcome = match Body::decode(req, start::schema_of(app, &flow)) {
        Ok(body) => match check_csrf(config, req, &flow, csrf, body.text("csrf_token").as_deref()) {
            Ok(()) => recovery::submit(app, config, &mut flow, &body, signed_in).await,
            Err(refusal) => return wrong_origin(app, config, req, flow, refusal, json).await,
        },
        Err(refusal) => Err(Failure::Refused(refusal)),
    };
    match outcome {
        Ok(Outcome::Proven(code, identity, with)) => {
            complete(app, config, req, flow, (code, *identity, with), json).await
        }
        Ok(Outcome::Shown) if !json => respond::redirect(StatusCode::SEE_OTHER, &page_of(config, &flow), false),
        Ok(Outcome::Shown) => {
            if flow.is_browser() {
                set_csrf(&mut flow, &csrf.masked(app));
            }
            flow_json(StatusCode::OK, &flow, true)
        }
        Err(Failure::StartOver(message, error)) => start_over(app, config, req, &flow, (message, *error), json).await,
        Err(Failure::Refused(refusal)) => {
            flow.transient_payload = None;
            refuse(app, config, req, flow, refusal, (csrf, StatusCode::SEE_OTHER)).await
        }
    }
}

/// A submission that the browser of the flow did not send. The browser gets a new token, so the flow is lost to it;
/// a native flow that a browser sends is replaced by one for browsers.
async fn wrong_origin(app: &App, config: &Config, req: &Req, flow: Flow, refusal: Refusal, json: bool) -> Response {
    match refusal {
        Refusal::Api(error) => {
            let mut response = failure(app, config, req, error, json).await;
            respond::set_cookie(&mut response, cookies::csrf(config, &Csrf::fresh(app)));
            response
        }
        Refusal::Form(faults) => {
            let message = faults.into_iter().next().map(|fault| fault.message);
            let message = message.unwrap_or_else(|| messages::generic("The request comes from a browser."));
            let error = ApiError::bad_request(&message.text);
            let as_browser = Flow { flow_type: FlowType::Browser, ..flow };
            start_over(app, config, req, &as_browser, (message, error), json).await
        }
        other => {
            let csrf = Csrf::of(app, req, &config.public_url());
            refuse(app, config, req, flow, other, (&csrf, StatusCode::SEE_OTHER)).await
        }
    }
}

/// Answers a submission that a new flow has to follow. With `use_continue_with_transitions` a client is told so in
/// the error; without, it is redirected to the new flow.
async fn start_over(
    app: &App,
    config: &Config,
    req: &Req,
    old: &Flow,
    (message, error): (UiText, ApiError),
    json: bool,
) -> Response {
    let (new, csrf) = match store_for_browser(app, config, req, old, message).await {
        Ok(stored) => stored,
        Err(error) => return failure(app, config, req, error, json).await,
    };
    let response = if json && config.feature_flags.use_continue_with_transitions {
        error.with_detail("continue_with", show_recovery(&new)).json(req.header("x-request-id"))
    } else {
        lead_to(config, req, &new, json)
    };
    hand_over(config, &csrf, response)
}

fn show_recovery(flow: &Flow) -> serde_json::Value {
    json!([ContinueWith::ShowRecoveryUi { flow: FlowTarget { id: flow.id, url: None } }])
}

/// Answers a submission of a flow whose time is over.
async fn expired(app: &App, config: &Config, req: &Req, old: &Flow, csrf: &Csrf) -> Response {
    let json = !old.is_browser() || req.wants_json();
    let message = messages::expired(messages::Expired::Recovery, old.expires_at, app.now());
    let mut new = replacement(app, config, old, message);
    if new.is_browser() {
        new.csrf_token = csrf.cookie_value();
    }
    if let Err(error) = app.store.commit(vec![Change::PutFlow(new.clone())]).await {
        return failure(app, config, req, error.into(), json).await;
    }
    if !json || old.is_browser() || !config.feature_flags.use_continue_with_transitions {
        return lead_to(config, req, &new, json);
    }
    let error = ApiError::flow_expired(new.id, old.expires_at, app.now());
    error.with_detail("continue_with", show_recovery(&new)).json(req.header("x-request-id"))
}

/// Answers a recovery that succeeded.
async fn complete(
    app: &App,
    config: &Config,
    req: &Req,
    mut flow: Flow,
    proven: (StoredCode, Identity, Use),
    json: bool,
) -> Response {
    let csrf = Csrf::fresh(app);
    let Recovered { session, settings, to } = match recovery::complete(app, config, req, &mut flow, proven, &csrf).await
    {
        Ok(recovered) => recovered,
        Err(error) => return failure(app, config, req, error, json).await,
    };
    let mut response = if !json {
        respond::redirect(StatusCode::SEE_OTHER, &to, req.method == Method::GET)
    } else if config.feature_flags.use_continue_with_transitions {
        let mut shown = flow.to_recovery();
        shown.transient_payload.clone_from(&flow.transient_payload);
        let token = session.token.as_ref().filter(|_| !flow.is_browser());
        shown.continue_with.extend(
            token.map(|token| ContinueWith::SetOrySessionToken { ory_session_token: token.expose().to_owned() }),
        );
        let url = Some(page_of(config, &settings));
        shown.continue_with.push(ContinueWith::ShowSettingsUi { flow: FlowTarget { id: settings.id, url } });
        if flow.is_browser()
            && let Some(input) = shown.ui.node_mut("csrf_token").and_then(identity_api::UiNode::as_input_mut)
        {
            input.value = Some(csrf.masked(app).into());
        }
        respond::json(StatusCode::OK, &shown)
    } else {
        ApiError::location_change(to).json(req.header("x-request-id"))
    };
    if flow.is_browser() {
        respond::set_cookie(&mut response, cookies::csrf(config, &csrf));
        if let Some(cookie) = cookies::session(app, config, &session) {
            respond::set_cookie(&mut response, cookie);
        }
    }
    response
}
