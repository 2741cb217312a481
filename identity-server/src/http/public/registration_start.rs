//! `GET /self-service/registration/browser` and `…/api`: starting a registration.

use super::{failure, flow_json, page_of};
use crate::config::Config;
use crate::flows::{registration, set_csrf, start};
use crate::http::app::App;
use crate::http::csrf::Csrf;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::{cookies, respond, session};
use crate::model::{Flow, FlowKind};
use crate::store::Change;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use identity_api::flow::FlowType;
use std::sync::Arc;

/// A browser starts.
pub async fn browser(State(app): State<Arc<App>>, req: Req) -> Response {
    let config = app.config();
    let json = req.accepts_json();
    let csrf = Csrf::of(&app, &req, &config.public_url());
    let mut response = match begin(&app, &config, &req, FlowType::Browser, &csrf).await {
        Ok(Some((mut flow, _))) if json => {
            set_csrf(&mut flow, &csrf.masked(&app));
            flow_json(StatusCode::OK, &flow, false)
        }
        Ok(Some((flow, _))) => respond::redirect(StatusCode::SEE_OTHER, &page_of(&config, &flow), true),
        Ok(None) if json => ApiError::already_signed_in("registration").json(req.header("x-request-id")),
        Ok(None) => {
            respond::redirect(StatusCode::SEE_OTHER, config.selfservice.default_browser_return_url.as_str(), true)
        }
        Err(error) => failure(&app, &config, &req, error, json).await,
    };
    if !csrf.known {
        respond::set_cookie(&mut response, cookies::csrf(&config, &csrf));
    }
    response
}

/// A native client starts.
pub async fn api(State(app): State<Arc<App>>, req: Req) -> Response {
    let config = app.config();
    let csrf = Csrf::fresh(&app);
    match begin(&app, &config, &req, FlowType::Api, &csrf).await {
        Ok(Some((flow, code))) => {
            let mut shown = flow.to_registration();
            shown.session_token_exchange_code = code;
            respond::json(StatusCode::OK, &shown)
        }
        Ok(None) => ApiError::already_signed_in("registration").json(req.header("x-request-id")),
        Err(error) => failure(&app, &config, &req, error, true).await,
    }
}

/// `None` when the person is signed in already.
async fn begin(
    app: &App,
    config: &Config,
    req: &Req,
    flow_type: FlowType,
    csrf: &Csrf,
) -> Result<Option<(Flow, Option<String>)>, ApiError> {
    let settings = &config.selfservice.flows.registration;
    if !settings.enabled {
        return Err(ApiError::flow_disabled("Registration"));
    }
    if req.param("login_challenge").is_some() && config.oauth2_provider.url.is_none() {
        return Err(ApiError::misconfigured("login_challenge needs oauth2_provider.url to be set"));
    }
    let mut flow = start::new_flow(app, config, req, (FlowKind::Registration, flow_type), settings.lifespan)?;
    start::choose_schema(app, req, &mut flow)?;
    let current = session::usable(app, config, req).await?;
    if current.is_some_and(|found| found.identity.is_active()) {
        return Ok(None);
    }
    registration::build_form(app, config, &mut flow);
    if flow.is_browser() {
        flow.csrf_token = csrf.cookie_value();
    }
    let mut changes = Vec::new();
    let code = super::exchange::offer(app, req, &flow, &mut changes);
    changes.push(Change::PutFlow(flow.clone()));
    app.store.commit(changes).await?;
    Ok(Some((flow, code)))
}
