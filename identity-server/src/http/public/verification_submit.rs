//! `POST /self-service/verification?flow=`, and `GET` with the token of a mailed link or a code to fill in.

use super::replace::{hand_over, lead_to, replacement, store_for_browser};
use super::verification_start::refuse_when_off;
use super::{check_csrf, failure, flow_json, flow_of, page_of, refuse_with};
use crate::config::Config;
use crate::flows::body::Body;
use crate::flows::{Failure, Refusal, set_csrf, start, verification};
use crate::http::app::App;
use crate::http::csrf::Csrf;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::respond;
use crate::model::{Flow, FlowKind};
use crate::store::Change;
use axum::extract::State;
use axum::response::Response;
use http::{Method, StatusCode};
use identity_api::{UiText, messages};
use std::sync::Arc;

/// Takes a submission.
pub async fn submit(State(app): State<Arc<App>>, req: Req) -> Response {
    let config = app.config();
    let json = req.accepts_json();
    if let Err(error) = refuse_when_off(&config) {
        return failure(&app, &config, &req, error, req.wants_json()).await;
    }
    let csrf = Csrf::of(&app, &req, &config.public_url());
    let mut flow = match flow_of(&app, &req, FlowKind::Verification).await {
        Ok(flow) => flow,
        Err(error) => return failure(&app, &config, &req, error, req.wants_json()).await,
    };
    if flow.is_expired(app.now()) {
        return expired(&app, &config, &req, &flow).await;
    }
    if req.method == Method::GET {
        return match req.param("token") {
            Some(token) => by_link(&app, &config, &req, flow.clone(), token, json).await,
            None => prefill(&app, &config, &req, flow).await,
        };
    }
    let outcome = match Body::decode(&req, start::schema_of(&app, &flow)) {
        // Handing in a code proves by itself who one is; asking for one must come from the own form.
        Ok(body) if body.filled("code").is_some() => verification::submit(&app, &config, &mut flow, &body).await,
        Ok(body) => match check_csrf(&config, &req, &flow, &csrf, body.text("csrf_token").as_deref()) {
            Ok(()) => verification::submit(&app, &config, &mut flow, &body).await,
            Err(refusal) => Err(refusal.into()),
        },
        Err(refusal) => Err(refusal.into()),
    };
    match outcome {
        Ok(()) => {
            if flow.is_browser() {
                set_csrf(&mut flow, &csrf.masked(&app));
            }
            let response = match json {
                true => flow_json(StatusCode::OK, &flow, true),
                false => respond::redirect(StatusCode::SEE_OTHER, &page_of(&config, &flow), false),
            };
            if flow.is_browser() && !csrf.known { hand_over(&config, &csrf, response) } else { response }
        }
        Err(Failure::StartOver(message, _)) => {
            start_over(&app, &config, &req, &flow, message, !flow.is_browser() || req.wants_json()).await
        }
        Err(Failure::Refused(refusal)) => show(&app, &config, &req, flow, refusal, &csrf).await,
    }
}

/// Shows the form again. As in Kratos, messages about the form pile up.
async fn show(app: &App, config: &Config, req: &Req, mut flow: Flow, refusal: Refusal, csrf: &Csrf) -> Response {
    let before = flow.ui.messages.clone();
    flow.transient_payload = None;
    let finish = |flow: &mut Flow| {
        verification::arrange(flow);
        flow.ui.messages.splice(0..0, before);
    };
    let write = |flow: &Flow| flow_json(StatusCode::BAD_REQUEST, flow, true);
    refuse_with(app, config, req, flow, refusal, (csrf, StatusCode::SEE_OTHER), finish, write).await
}

/// A link was opened. Another browser than the one that asked for it may do so.
async fn by_link(app: &App, config: &Config, req: &Req, mut flow: Flow, token: &str, json: bool) -> Response {
    match verification::take_token(app, config, &mut flow, token).await {
        Ok(()) if json => {
            let csrf = Csrf::fresh(app);
            if flow.is_browser() {
                set_csrf(&mut flow, &csrf.masked(app));
            }
            flow_json(StatusCode::OK, &flow, false)
        }
        Ok(()) => {
            let csrf = Csrf::fresh(app);
            flow.csrf_token = csrf.cookie_value();
            if let Err(error) = app.store.commit(vec![Change::PutFlow(flow.clone())]).await {
                return failure(app, config, req, error.into(), json).await;
            }
            hand_over(config, &csrf, lead_to(config, req, &flow, false))
        }
        Err(Failure::StartOver(message, _)) => {
            let as_browser = Flow { flow_type: identity_api::flow::FlowType::Browser, ..flow };
            start_over_at(app, config, req, &as_browser, message, |new| lead_to(config, req, new, false)).await
        }
        Err(Failure::Refused(Refusal::Api(error))) => failure(app, config, req, error, json).await,
        Err(Failure::Refused(refusal)) => {
            let csrf = Csrf::of(app, req, &config.public_url());
            show(app, config, req, flow, refusal, &csrf).await
        }
    }
}

/// Answers a submission that a new flow has to follow.
async fn start_over(app: &App, config: &Config, req: &Req, old: &Flow, message: UiText, json: bool) -> Response {
    start_over_at(app, config, req, old, message, |new| match json {
        true => ApiError::flow_replaced(new.id).json(req.header("x-request-id")),
        false => lead_to(config, req, new, false),
    })
    .await
}

async fn start_over_at(
    app: &App,
    config: &Config,
    req: &Req,
    old: &Flow,
    message: UiText,
    answer: impl FnOnce(&Flow) -> Response,
) -> Response {
    match store_for_browser(app, config, req, old, message).await {
        Ok((new, csrf)) => hand_over(config, &csrf, answer(&new)),
        Err(error) => failure(app, config, req, error, req.wants_json()).await,
    }
}

/// Answers a submission of a flow whose time is over. The new flow stays of the old one's kind (Kratos turns a native
/// one into one for browsers, which its client cannot read).
async fn expired(app: &App, config: &Config, req: &Req, old: &Flow) -> Response {
    let json = !old.is_browser() || req.wants_json();
    let message = messages::expired(messages::Expired::Verification, old.expires_at, app.now());
    let csrf = Csrf::fresh(app);
    let mut new = replacement(app, config, old, message);
    if new.is_browser() {
        new.csrf_token = csrf.cookie_value();
    }
    if let Err(error) = app.store.commit(vec![Change::PutFlow(new.clone())]).await {
        return failure(app, config, req, error.into(), json).await;
    }
    hand_over(config, &csrf, lead_to(config, req, &new, json))
}

/// Fills a code in without using it up, so that mail scanners burn nothing.
async fn prefill(app: &App, config: &Config, req: &Req, mut flow: Flow) -> Response {
    if let Some(code) = req.param("code") {
        crate::flows::set_value(&mut flow.ui, "code", code.into());
        if let Err(error) = app.store.commit(vec![Change::PutFlow(flow.clone())]).await {
            return failure(app, config, req, error.into(), req.accepts_json()).await;
        }
    }
    respond::redirect(StatusCode::SEE_OTHER, &page_of(config, &flow), true)
}
