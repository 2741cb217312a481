//! `GET /self-service/verification/browser` and `…/api`: starting a verification.

use super::{failure, flow_json, page_of};
use crate::config::Config;
use crate::flows::{set_csrf, start, verification};
use crate::http::app::App;
use crate::http::csrf::Csrf;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::{cookies, respond};
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
        Ok(mut flow) if json => {
            set_csrf(&mut flow, &csrf.masked(&app));
            flow_json(StatusCode::OK, &flow, false)
        }
        Ok(flow) => respond::redirect(StatusCode::SEE_OTHER, &page_of(&config, &flow), true),
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
        Ok(flow) => flow_json(StatusCode::OK, &flow, false),
        Err(error) => failure(&app, &config, &req, error, true).await,
    }
}

async fn begin(app: &App, config: &Config, req: &Req, flow_type: FlowType, csrf: &Csrf) -> Result<Flow, ApiError> {
    refuse_when_off(config)?;
    let lifespan = config.selfservice.flows.verification.lifespan;
    let mut flow = start::new_flow(app, config, req, (FlowKind::Verification, flow_type), lifespan)?;
    verification::build_form(config, &mut flow);
    if flow.is_browser() {
        flow.csrf_token = csrf.cookie_value();
    }
    app.store.commit(vec![Change::PutFlow(flow.clone())]).await?;
    Ok(flow)
}

/// Verification that is switched off is refused.
pub(super) fn refuse_when_off(config: &Config) -> Result<(), ApiError> {
    if config.selfservice.flows.verification.enabled {
        return Ok(());
    }
    Err(ApiError::bad_request("Verification is not allowed because it was switched off by the administrator."))
}
