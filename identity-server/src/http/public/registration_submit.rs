//! `POST /self-service/registration?flow=` (and `GET`, for flows that are taken up again).

use super::{check_csrf, failure, flow_of, login_start, refuse};
use crate::config::Config;
use crate::flows::body::Body;
use crate::flows::{Refusal, registration, start};
use crate::http::app::App;
use crate::http::csrf::Csrf;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::{cookies, respond, return_to, session};
use crate::model::{Flow, FlowKind};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use identity_api::ContinueWith;
use identity_api::session::SuccessfulRegistration;
use std::sync::Arc;

/// Takes a submission.
pub async fn submit(State(app): State<Arc<App>>, req: Req) -> Response {
    let config = app.config();
    let csrf = Csrf::of(&app, &req, &config.public_url());
    if !config.selfservice.flows.registration.enabled {
        return failure(&app, &config, &req, ApiError::flow_disabled("Registration"), req.wants_json()).await;
    }
    let mut flow = match flow_of(&app, &req, FlowKind::Registration).await {
        Ok(flow) => flow,
        Err(error) => return failure(&app, &config, &req, error, req.wants_json()).await,
    };
    let json = !flow.is_browser() || req.wants_json();
    match session::usable(&app, &config, &req).await {
        Ok(Some(found)) if found.identity.is_active() => {
            if json {
                return ApiError::already_signed_in("registration").json(req.header("x-request-id"));
            }
            return respond::redirect(StatusCode::FOUND, config.selfservice.default_browser_return_url.as_str(), false);
        }
        Ok(_) => {}
        Err(error) => return failure(&app, &config, &req, error, json).await,
    }
    if flow.is_expired(app.now()) {
        return login_start::expired(&app, &config, &req, &flow, &csrf).await;
    }
    let next_csrf = Csrf::fresh(&app);
    let outcome = match Body::decode(&req, start::schema_of(&app, &flow)) {
        Ok(body) => match check_csrf(&config, &req, &flow, &csrf, body.text("csrf_token").as_deref()) {
            Ok(()) => registration::submit(&app, &config, &req, &mut flow, &body, &next_csrf.cookie_value()).await,
            Err(refusal) => {
                if let Refusal::Form(_) = &refusal {
                    crate::schema::form::fill_values(&mut flow.ui, &body.0);
                }
                Err(refusal)
            }
        },
        Err(refusal) => Err(refusal),
    };
    match outcome {
        Ok(success) => complete(&app, &config, &req, flow, success, (&next_csrf, json)).await,
        Err(refusal) => refuse(&app, &config, &req, flow, refusal, (&csrf, StatusCode::FOUND)).await,
    }
}

async fn complete(
    app: &App,
    config: &Config,
    req: &Req,
    flow: Flow,
    success: registration::Success,
    (next_csrf, json): (&Csrf, bool),
) -> Response {
    let registration::Success { identity, method, session, verification } = success;
    tracing::info!(identity = %identity.id, method, outcome = "success", "registration");
    if let Some(session) = &session {
        let mut changes = Vec::new();
        super::exchange::complete(app, config, &flow, session, &mut changes);
        if !changes.is_empty()
            && let Err(error) = app.store.commit(changes).await
        {
            return failure(app, config, req, error.into(), json).await;
        }
    }
    let public = config.public_url();
    let after = &config.selfservice.flows.registration.after;
    let (_, method_url) = after.for_method(method);
    let wanted = flow.return_to.as_deref().and_then(|wanted| return_to::check(config, wanted).ok());
    let configured = method_url.or(after.default_browser_return_url.as_ref());
    let to = wanted.as_ref().or(configured).unwrap_or(&config.selfservice.default_browser_return_url).to_string();

    let mut next: Vec<ContinueWith> = Vec::new();
    if flow.is_browser() {
        next.push(ContinueWith::RedirectBrowserTo { redirect_browser_to: to.clone() });
    }
    next.extend(verification.as_ref().map(|started| ContinueWith::ShowVerificationUi { flow: started.target(config) }));
    if !flow.is_browser() {
        let token = session.as_ref().and_then(|session| session.token.as_ref());
        next.extend(token.map(|token| ContinueWith::SetOrySessionToken { ory_session_token: token.expose().into() }));
    }
    let mut response = if json {
        let token = session.as_ref().filter(|_| !flow.is_browser()).and_then(|session| session.token.as_ref());
        let answer = SuccessfulRegistration {
            session_token: token.map(|token| token.expose().to_owned()),
            session: session.as_ref().map(|session| session.to_api(Some(&identity), &public)),
            identity: identity.to_api(&public),
            continue_with: (!next.is_empty()).then_some(next),
        };
        respond::json(StatusCode::OK, &answer)
    } else {
        let to = verification.as_ref().map_or(to, |started| started.page(config));
        respond::redirect(StatusCode::SEE_OTHER, &to, false)
    };
    if flow.is_browser() && session.is_some() {
        respond::set_cookie(&mut response, cookies::csrf(config, next_csrf));
        if let Some(cookie) = session.as_ref().and_then(|session| cookies::session(app, config, session)) {
            respond::set_cookie(&mut response, cookie);
        }
    }
    response
}
