//! `GET /self-service/recovery/browser` and `…/api`: starting a recovery.

use super::{failure, flow_json, page_of};
use crate::config::Config;
use crate::flows::{recovery, set_csrf, start};
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
        Ok(Some(mut flow)) if json => {
            set_csrf(&mut flow, &csrf.masked(&app));
            flow_json(StatusCode::OK, &flow, false)
        }
        Ok(Some(flow)) => respond::redirect(StatusCode::SEE_OTHER, &page_of(&config, &flow), true),
        Ok(None) if json => ApiError::already_signed_in("recovery").json(req.header("x-request-id")),
        Ok(None) => respond::redirect(StatusCode::FOUND, config.selfservice.default_browser_return_url.as_str(), true),
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
    match begin(&app, &config, &req, FlowType::Api, &Csrf::fresh(&app)).await {
        Ok(Some(flow)) => flow_json(StatusCode::OK, &flow, false),
        Ok(None) => ApiError::already_signed_in("recovery").json(req.header("x-request-id")),
        Err(error) => failure(&app, &config, &req, error, true).await,
    }
}

/// A new flow; `None` for somebody who is signed in.
async fn begin(
    app: &App,
    config: &Config,
    req: &Req,
    flow_type: FlowType,
    csrf: &Csrf,
) -> Result<Option<Flow>, ApiError> {
    refuse_when_off(config)?;
    if session::usable(app, config, req).await?.is_some_and(|found| found.identity.is_active()) {
        return Ok(None);
    }
    let lifespan = config.selfservice.flows.recovery.lifespan;
    let mut flow = start::new_flow(app, config, req, (FlowKind::Recovery, flow_type), lifespan)?;
    recovery::build_form(config, &mut flow);
    if flow.is_browser() {
        flow.csrf_token = csrf.cookie_value();
    }
    app.store.commit(vec![Change::PutFlow(flow.clone())]).await?;
    Ok(Some(flow))
}

/// Recovery that is switched off is refused.
pub(super) fn refuse_when_off(config: &Config) -> Result<(), ApiError> {
    if config.selfservice.flows.recovery.enabled {
        return Ok(());
    }
    Err(ApiError::bad_request("Recovery is not allowed because it was switched off by the administrator."))
}
