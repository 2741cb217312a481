//! `GET /self-service/settings/browser`, `…/api` and `…/flows`: starting and reading settings. Each needs a session.

use super::{failure, page_of};
use crate::config::Config;
use crate::flows::{aal, set_csrf, settings};
use crate::http::app::{App, PublicUrl};
use crate::http::csrf::{self, Csrf};
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::{cookies, respond, session};
use crate::model::{Flow, FlowKind};
use crate::store::{Change, SessionWithIdentity};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use identity_api::flow::FlowType;
use std::sync::Arc;
use uuid::Uuid;

/// A browser starts.
pub async fn browser(State(app): State<Arc<App>>, req: Req) -> Response {
    let config = app.config();
    let json = req.accepts_json();
    let csrf = Csrf::of(&app, &req, &config.public_url());
    let mut response = start_browser(&app, &config, &req, &csrf, json).await;
    if !csrf.known {
        respond::set_cookie(&mut response, cookies::csrf(&config, &csrf));
    }
    response
}

async fn start_browser(app: &App, config: &Config, req: &Req, csrf: &Csrf, json: bool) -> Response {
    let found = match active(app, config, req).await {
        Ok(Some(found)) => found,
        Ok(None) if json => {
            let error = ApiError::session_inactive().with_extra("CredentialsMissing", false.into());
            return error.json(req.header("x-request-id"));
        }
        Ok(None) => return respond::redirect(StatusCode::SEE_OTHER, &login_url(config, req), true),
        Err(error) => return failure(app, config, req, error, json).await,
    };
    if aal::falls_short(config, config.selfservice.flows.settings.required_aal, &found) {
        if json {
            let to = aal::step_up_url(config, req.param("return_to"));
            return ApiError::aal2_required(to).json(req.header("x-request-id"));
        }
        let here = PublicUrl(config.public_url()).at(req.target());
        return respond::redirect(StatusCode::SEE_OTHER, &aal::step_up_url(config, Some(&here)), true);
    }
    match begin(app, config, req, FlowType::Browser, &found, csrf).await {
        Ok(mut flow) if json => {
            set_csrf(&mut flow, &csrf.masked(app));
            respond::json(StatusCode::OK, &flow.to_settings(&found.identity, &config.public_url()))
        }
        Ok(flow) => respond::redirect(StatusCode::SEE_OTHER, &page_of(config, &flow), true),
        Err(error) => failure(app, config, req, error, json).await,
    }
}

/// Where a page without a session signs in; it comes back to where `return_to` said.
fn login_url(config: &Config, req: &Req) -> String {
    let start = PublicUrl(config.public_url()).at("/self-service/login/browser");
    match (req.param("return_to"), url::Url::parse(&start)) {
        (Some(to), Ok(start)) => respond::with_query(&start, "return_to", to),
        _ => start,
    }
}

/// A native client starts.
pub async fn api(State(app): State<Arc<App>>, req: Req) -> Response {
    let config = app.config();
    let found = match active(&app, &config, &req).await {
        Ok(Some(found)) => found,
        Ok(None) => return ApiError::session_inactive().json(req.header("x-request-id")),
        Err(error) => return failure(&app, &config, &req, error, true).await,
    };
    if aal::falls_short(&config, config.selfservice.flows.settings.required_aal, &found) {
        let to = aal::step_up_url(&config, req.param("return_to"));
        return ApiError::aal2_required(to).json(req.header("x-request-id"));
    }
    match begin(&app, &config, &req, FlowType::Api, &found, &Csrf::fresh(&app)).await {
        Ok(flow) => respond::json(StatusCode::OK, &flow.to_settings(&found.identity, &config.public_url())),
        Err(error) => failure(&app, &config, &req, error, true).await,
    }
}

async fn begin(
    app: &App,
    config: &Config,
    req: &Req,
    flow_type: FlowType,
    found: &SessionWithIdentity,
    csrf: &Csrf,
) -> Result<Flow, ApiError> {
    let mut flow = settings::begin(app, config, req, flow_type, found).await?;
    if flow.is_browser() {
        flow.csrf_token = csrf.cookie_value();
    }
    app.store.commit(vec![Change::PutFlow(flow.clone())]).await?;
    Ok(flow)
}

/// The session of a request, if its identity is active.
pub(super) async fn active(app: &App, config: &Config, req: &Req) -> Result<Option<SessionWithIdentity>, ApiError> {
    Ok(session::usable(app, config, req).await?.filter(|found| found.identity.is_active()))
}

/// Answers a request without a session to what is not a start: 401, or the login page.
pub(super) fn signed_out(config: &Config, req: &Req, json: bool) -> Response {
    if json {
        let reason = "A valid session cookie or session token is missing.";
        return ApiError::unauthorized(reason).json(req.header("x-request-id"));
    }
    let get = req.method == http::Method::GET;
    respond::redirect(StatusCode::FOUND, config.selfservice.flows.login.ui_url.as_str(), get)
}

/// Reads a flow.
pub async fn fetch(State(app): State<Arc<App>>, req: Req) -> Response {
    let config = app.config();
    let csrf = Csrf::of(&app, &req, &config.public_url());
    let mut response = match active(&app, &config, &req).await {
        Ok(Some(found)) => match read(&app, &config, &req, &found, &csrf).await {
            Ok(flow) => respond::json(StatusCode::OK, &flow.to_settings(&found.identity, &config.public_url())),
            Err(error) => failure(&app, &config, &req, error, true).await,
        },
        Ok(None) => signed_out(&config, &req, req.accepts_json()),
        Err(error) => failure(&app, &config, &req, error, true).await,
    };
    if !csrf.known {
        respond::set_cookie(&mut response, cookies::csrf(&config, &csrf));
    }
    response
}

async fn read(
    app: &App,
    config: &Config,
    req: &Req,
    found: &SessionWithIdentity,
    csrf: &Csrf,
) -> Result<Flow, ApiError> {
    let missing = || ApiError::not_found("There is no such flow.");
    let id = req.param("id").and_then(|text| Uuid::parse_str(text).ok()).ok_or_else(missing)?;
    let mut flow = app.store.flow(FlowKind::Settings, id).await?.ok_or_else(missing)?;
    if aal::falls_short(config, config.selfservice.flows.settings.required_aal, found) {
        let page = page_of(config, &flow);
        return Err(ApiError::aal2_required(aal::step_up_url(config, Some(&page))));
    }
    if flow.identity_id != Some(found.identity.id) {
        return Err(ApiError::identity_mismatch());
    }
    if flow.is_browser() && !flow.skip_csrf_check {
        // A flow's id alone is worth nothing in another browser (requirement 45).
        if !csrf.known || csrf.cookie_value() != flow.csrf_token {
            return Err(ApiError::csrf(csrf::details(req, &config.public_url(), true)));
        }
        set_csrf(&mut flow, &csrf.masked(app));
    }
    if flow.is_expired(app.now()) {
        return Err(super::fetch::gone(config, &flow));
    }
    Ok(flow)
}
