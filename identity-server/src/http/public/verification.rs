//! `/self-service/verification`: proving an address by a mailed code.

use super::{check_csrf, failure, flow_json, flow_of, login_start, page_of, refuse};
use crate::config::Config;
use crate::flows::body::Body;
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
use http::{Method, StatusCode};
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
    let settings = &config.selfservice.flows.verification;
    if !settings.enabled {
        return Err(ApiError::bad_request(
            "Verification is not allowed because it was switched off by the administrator.",
        ));
    }
    let mut flow = start::new_flow(app, config, req, (FlowKind::Verification, flow_type), settings.lifespan)?;
    verification::build_form(config, &mut flow);
    if flow.is_browser() {
        flow.csrf_token = csrf.cookie_value();
    }
    app.store.commit(vec![Change::PutFlow(flow.clone())]).await?;
    Ok(flow)
}

/// Takes a submission. A `GET` with a code only fills it in, so that mail scanners burn nothing.
pub async fn submit(State(app): State<Arc<App>>, req: Req) -> Response {
    let config = app.config();
    let csrf = Csrf::of(&app, &req, &config.public_url());
    let mut flow = match flow_of(&app, &req, FlowKind::Verification).await {
        Ok(flow) => flow,
        Err(error) => return failure(&app, &config, &req, error, req.wants_json()).await,
    };
    if flow.is_expired(app.now()) {
        return login_start::expired(&app, &config, &req, &flow, &csrf).await;
    }
    if req.method == Method::GET {
        return prefill(&app, &config, &req, flow).await;
    }
    let outcome = match Body::decode(&req, start::schema_of(&app, &flow)) {
        // Handing in a code proves by itself who one is; asking for one must come from the own form.
        Ok(body) if body.filled("code").is_some() => verification::submit(&app, &config, &mut flow, &body).await,
        Ok(body) => match check_csrf(&config, &req, &flow, &csrf, body.text("csrf_token").as_deref()) {
            Ok(()) => verification::submit(&app, &config, &mut flow, &body).await,
            Err(refusal) => Err(refusal),
        },
        Err(refusal) => Err(refusal),
    };
    if let Err(refusal) = outcome {
        return refuse(&app, &config, &req, flow, refusal, (&csrf, StatusCode::SEE_OTHER)).await;
    }
    if !req.accepts_json() {
        return respond::redirect(StatusCode::SEE_OTHER, &page_of(&config, &flow), false);
    }
    if flow.is_browser() {
        set_csrf(&mut flow, &csrf.masked(&app));
    }
    flow_json(StatusCode::OK, &flow, true)
}

async fn prefill(app: &App, config: &Config, req: &Req, mut flow: Flow) -> Response {
    if let Some(code) = req.param("code") {
        crate::flows::set_value(&mut flow.ui, "code", code.into());
        if let Err(error) = app.store.commit(vec![Change::PutFlow(flow.clone())]).await {
            return failure(app, config, req, error.into(), req.accepts_json()).await;
        }
    }
    respond::redirect(StatusCode::SEE_OTHER, &page_of(config, &flow), true)
}
