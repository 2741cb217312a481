//! `GET /self-service/{login,registration,verification}/flows?id=`.

use super::{failure, flow_json};
use crate::config::Config;
use crate::flows::set_csrf;
use crate::http::app::{App, PublicUrl};
use crate::http::csrf::{self, Csrf};
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::{cookies, respond};
use crate::model::{Flow, FlowKind};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde_json::Map;
use std::sync::Arc;
use uuid::Uuid;

/// A login flow.
pub async fn login(State(app): State<Arc<App>>, req: Req) -> Response {
    fetch(&app, &req, FlowKind::Login).await
}

/// A registration flow.
pub async fn registration(State(app): State<Arc<App>>, req: Req) -> Response {
    let config = app.config();
    if !config.selfservice.flows.registration.enabled {
        return failure(&app, &config, &req, ApiError::flow_disabled("Registration"), req.accepts_json()).await;
    }
    fetch(&app, &req, FlowKind::Registration).await
}

/// A recovery flow.
pub async fn recovery(State(app): State<Arc<App>>, req: Req) -> Response {
    fetch(&app, &req, FlowKind::Recovery).await
}

/// A verification flow.
pub async fn verification(State(app): State<Arc<App>>, req: Req) -> Response {
    fetch(&app, &req, FlowKind::Verification).await
}

async fn fetch(app: &App, req: &Req, kind: FlowKind) -> Response {
    let config = app.config();
    let csrf = Csrf::of(app, req, &config.public_url());
    let mut response = match read(app, &config, req, kind, &csrf).await {
        Ok(flow) => flow_json(StatusCode::OK, &flow, false),
        Err(error) => failure(app, &config, req, error, true).await,
    };
    if !csrf.known {
        respond::set_cookie(&mut response, cookies::csrf(&config, &csrf));
    }
    response
}

async fn read(app: &App, config: &Config, req: &Req, kind: FlowKind, csrf: &Csrf) -> Result<Flow, ApiError> {
    let missing = || ApiError::not_found("There is no such flow.");
    let id = req.param("id").and_then(|text| Uuid::parse_str(text).ok()).ok_or_else(missing)?;
    let mut flow = app.store.flow(kind, id).await?.ok_or_else(missing)?;
    if flow.is_browser() && !flow.skip_csrf_check {
        // A flow's id alone is worth nothing in another browser (requirement 45).
        if !csrf.known || csrf.cookie_value() != flow.csrf_token {
            return Err(ApiError::csrf(csrf::details(req, &config.public_url(), true)));
        }
        set_csrf(&mut flow, &csrf.masked(app));
    }
    if flow.is_expired(app.now()) {
        return Err(gone(config, &flow));
    }
    Ok(flow)
}

/// Where a client starts again.
pub(super) fn gone(config: &Config, flow: &Flow) -> ApiError {
    let public = PublicUrl(config.public_url());
    let what = flow.kind.as_str();
    let mut details = Map::new();
    if flow.is_browser() {
        let start = public.at(&format!("/self-service/{what}/browser"));
        let return_to = flow.return_to.clone().unwrap_or_default();
        let start = match (return_to.is_empty(), url::Url::parse(&start)) {
            (false, Ok(url)) => respond::with_query(&url, "return_to", &return_to),
            _ => start,
        };
        details.insert("redirect_to".into(), start.into());
        details.insert("return_to".into(), return_to.into());
    } else {
        details.insert("api".into(), public.at(&format!("/self-service/{what}/api")).into());
    }
    ApiError::flow_gone(what, details)
}
