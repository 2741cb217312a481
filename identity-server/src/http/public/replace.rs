//! Flows that take the place of others: when the time of one is over, or when it has had all its tries.

use super::page_of;
use crate::config::Config;
use crate::flows::{recovery, set_csrf, verification};
use crate::http::app::{App, PublicUrl};
use crate::http::csrf::Csrf;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::{cookies, respond};
use crate::model::{Flow, FlowKind};
use crate::store::Change;
use axum::response::Response;
use http::{Method, StatusCode};
use identity_api::UiText;

/// A recovery or verification that takes the place of `old` and carries `message`. Nothing is stored.
pub(super) fn replacement(app: &App, config: &Config, old: &Flow, message: UiText) -> Flow {
    let now = app.now();
    let id = crate::crypto::token::uuid(&mut app.rng());
    let flows = &config.selfservice.flows;
    let recovers = old.kind == FlowKind::Recovery;
    let lifespan = if recovers { flows.recovery.lifespan } else { flows.verification.lifespan };
    let mut flow = Flow {
        id,
        issued_at: now,
        updated_at: now,
        expires_at: now + lifespan,
        transient_payload: None,
        identity_id: None,
        skip_csrf_check: false,
        internal: serde_json::Value::Null,
        ui: identity_api::UiContainer {
            action: PublicUrl(config.public_url()).at(&format!("/self-service/{}?flow={id}", old.kind.as_str())),
            method: "POST".into(),
            ..identity_api::UiContainer::default()
        },
        ..old.clone()
    };
    if recovers {
        recovery::build_form(config, &mut flow);
    } else {
        verification::build_form(config, &mut flow);
    }
    flow.ui.messages = vec![message];
    flow
}

/// Stores a replacement for `old` that the present browser owns from now on, whatever it was before: it gets a new
/// anti-CSRF token. The flow's `request_url` is the submission that failed, without the token of a link.
pub(super) async fn store_for_browser(
    app: &App,
    config: &Config,
    req: &Req,
    old: &Flow,
    message: UiText,
) -> Result<(Flow, Csrf), ApiError> {
    let csrf = Csrf::fresh(app);
    let mut new = replacement(app, config, old, message);
    let mut target = format!("/self-service/{}?flow={}", old.kind.as_str(), old.id);
    if req.param("token").is_some() {
        target.push_str("&token=removed");
    }
    new.request_url = PublicUrl(config.public_url()).at(&target);
    new.csrf_token = csrf.cookie_value();
    set_csrf(&mut new, &csrf.masked(app));
    app.store.commit(vec![Change::PutFlow(new.clone())]).await?;
    Ok((new, csrf))
}

/// Sends a browser to the page of a flow, or a client to where it reads the flow.
pub(super) fn lead_to(config: &Config, req: &Req, flow: &Flow, json: bool) -> Response {
    let to = match json {
        true => {
            let what = flow.kind.as_str();
            PublicUrl(config.public_url()).at(&format!("/self-service/{what}/flows?id={}", flow.id))
        }
        false => page_of(config, flow),
    };
    respond::redirect(StatusCode::SEE_OTHER, &to, req.method == Method::GET)
}

/// Gives the browser the token of a flow that it owns now.
pub(super) fn hand_over(config: &Config, csrf: &Csrf, mut response: Response) -> Response {
    respond::set_cookie(&mut response, cookies::csrf(config, csrf));
    response
}
