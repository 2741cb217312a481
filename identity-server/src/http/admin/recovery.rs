//! `POST /admin/recovery/code` and `/admin/recovery/link`: an administrator lets somebody in who has lost every way.

use crate::config::{Config, duration};
use crate::flows::code::{self, Order};
use crate::flows::{proof, recovery};
use crate::http::app::{App, PublicUrl};
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::{respond, return_to};
use crate::model::{Flow, FlowKind, FlowState, Secret};
use crate::store::Change;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use identity_api::flow::FlowType;
use identity_api::{Timestamp, UiContainer};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// What is asked for; unknown keys are passed over, as Kratos does here.
#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    identity_id: String,
    #[serde(default)]
    expires_in: Option<String>,
    #[serde(default)]
    flow_type: Option<FlowType>,
}

#[derive(Serialize)]
struct NewCode<'a> {
    recovery_link: &'a str,
    recovery_code: &'a str,
    #[serde(with = "identity_api::rfc3339")]
    expires_at: Timestamp,
}

#[derive(Serialize)]
struct NewLink<'a> {
    recovery_link: &'a str,
    #[serde(with = "identity_api::rfc3339")]
    expires_at: Timestamp,
}

/// A code, and the page that takes it.
pub async fn code(State(app): State<Arc<App>>, req: Req) -> Response {
    let config = app.config();
    match create(&app, &config, &req, false).await {
        Ok((flow, code, expires_at)) => {
            let page = &config.selfservice.flows.recovery.ui_url;
            let link = respond::with_query(page, "flow", &flow.id.to_string());
            let body = NewCode { recovery_link: &link, recovery_code: code.expose(), expires_at };
            respond::json(StatusCode::CREATED, &body)
        }
        Err(error) => error.json(req.header("x-request-id")),
    }
}

/// A link that lets in whoever opens it.
pub async fn link(State(app): State<Arc<App>>, req: Req) -> Response {
    let config = app.config();
    match create(&app, &config, &req, true).await {
        Ok((flow, token, expires_at)) => {
            let link = proof::token_link(&config, &flow, "recovery", &token);
            respond::json(StatusCode::OK, &NewLink { recovery_link: link.expose(), expires_at })
        }
        Err(error) => error.json(req.header("x-request-id")),
    }
}

async fn create(app: &App, config: &Config, req: &Req, link: bool) -> Result<(Flow, Secret, Timestamp), ApiError> {
    let methods = &config.selfservice.methods;
    if !config.selfservice.flows.recovery.enabled {
        return Err(ApiError::not_found("Recovery was switched off by the administrator."));
    }
    if !(if link { methods.link.enabled } else { methods.code.enabled }) {
        return Err(ApiError::not_found("This recovery method was switched off by the administrator."));
    }
    let wanted: Wanted = serde_json::from_slice(&req.body)
        .map_err(|error| ApiError::bad_request(&format!("The body cannot be read: {error}")))?;
    let configured = if link { methods.link.config.lifespan } else { methods.code.config.lifespan };
    let lifespan = match wanted.expires_in.as_deref().filter(|text| !text.is_empty()) {
        None => configured,
        Some(text) => duration::parse(text)
            .ok()
            .filter(|lifespan| *lifespan > Duration::ZERO)
            .ok_or_else(|| ApiError::bad_request("expires_in must be a time to come, e.g. 1h or 30m."))?,
    };
    let found = if wanted.identity_id.is_empty() {
        None
    } else {
        let id = Uuid::parse_str(&wanted.identity_id).map_err(|_| ApiError::bad_request("identity_id is no UUID."))?;
        app.store.identity(id).await?
    };
    // Links and codes answer this with different statuses, as in Kratos.
    let unknown = if link { ApiError::bad_request } else { ApiError::not_found };
    let identity = found.ok_or_else(|| unknown("identity_id names no identity."))?;
    let mut flow = new_flow(app, config, req, wanted.flow_type.unwrap_or(FlowType::Browser), lifespan)?;
    flow.identity_id = Some(identity.id);
    recovery::build_form(config, &mut flow);
    if link {
        flow.active = Some("link".into());
        flow.state = FlowState::SentEmail;
    } else {
        recovery::admin_form(&mut flow);
    }
    let order = Order {
        flow_id: flow.id,
        purpose: "recovery",
        via: "email",
        address: "",
        identity_id: Some(identity.id),
        lifespan,
    };
    let (secret, stored) =
        if link { code::create_token(app, config, &order)? } else { code::create(app, config, &order)? };
    let expires_at = stored.expires_at;
    app.store.commit(vec![Change::PutFlow(flow.clone()), Change::CreateCode(stored)]).await?;
    tracing::info!(identity = %identity.id, outcome = "success", method = if link { "link" } else { "code" }, "admin recovery");
    Ok((flow, secret, expires_at))
}

/// The target with `/admin` in front, which the router has taken away.
fn admin_target(req: &Req) -> String {
    let target = req.target();
    if target.starts_with("/admin/") { target.into() } else { format!("/admin{target}") }
}

/// A recovery that no browser has started: whoever has the code or link may go on with it.
fn new_flow(app: &App, config: &Config, req: &Req, flow_type: FlowType, lifespan: Duration) -> Result<Flow, ApiError> {
    let wanted = req.param("return_to");
    if let Some(wanted) = wanted {
        return_to::check(config, wanted)?;
    }
    let now = app.now();
    let id = crate::crypto::token::uuid(&mut app.rng());
    let public = PublicUrl(config.public_url());
    let lasts = lifespan.max(config.selfservice.flows.recovery.lifespan);
    Ok(Flow {
        id,
        kind: FlowKind::Recovery,
        flow_type,
        issued_at: now,
        updated_at: now,
        expires_at: now + lasts,
        request_url: PublicUrl(config.admin_url()).at(&admin_target(req)),
        return_to: wanted.map(str::to_owned),
        active: None,
        state: FlowState::ChooseMethod,
        ui: UiContainer {
            action: public.at(&format!("/self-service/recovery?flow={id}")),
            method: "POST".into(),
            ..UiContainer::default()
        },
        organization_id: None,
        identity_schema: None,
        refresh: false,
        requested_aal: String::new(),
        transient_payload: None,
        identity_id: None,
        session_id: None,
        csrf_token: String::new(),
        skip_csrf_check: true,
        internal: serde_json::json!({ "admin": true }),
    })
}
