//! The public port: what browsers and native clients call.

mod elsewhere;
mod errors;
mod exchange;
mod fetch;
mod login_start;
mod login_submit;
mod logout;
mod recovery_start;
mod recovery_submit;
mod registration_start;
mod registration_submit;
mod replace;
mod schemas;
mod sessions;
mod settings_start;
mod settings_submit;
mod verification_start;
mod verification_submit;
mod whoami;

use super::app::App;
use super::error::ApiError;
use super::request::Req;
use super::respond;
use crate::config::Config;
use crate::flows::{Refusal, set_csrf};
use crate::http::csrf::Csrf;
use crate::model::{Flow, FlowKind};
use crate::schema::form;
use crate::store::Change;
use axum::Router;
use axum::response::Response;
use axum::routing::{MethodRouter, any, delete, get};
use http::StatusCode;
use std::sync::Arc;
use uuid::Uuid;

/// Every route of the public port, with the methods that its `Allow` names.
pub fn routes() -> Vec<(&'static str, &'static str, MethodRouter<Arc<App>>)> {
    let (read, submit) = ("GET, HEAD", "GET, HEAD, POST");
    let mut routes = vec![
        ("/self-service/login/browser", read, get(login_start::browser)),
        ("/self-service/login/api", read, get(login_start::api)),
        ("/self-service/login/flows", read, get(fetch::login)),
        ("/self-service/login", submit, get(login_submit::submit).post(login_submit::submit)),
        ("/self-service/registration/browser", read, get(registration_start::browser)),
        ("/self-service/registration/api", read, get(registration_start::api)),
        ("/self-service/registration/flows", read, get(fetch::registration)),
        ("/self-service/registration", submit, get(registration_submit::submit).post(registration_submit::submit)),
        ("/self-service/recovery/browser", read, get(recovery_start::browser)),
        ("/self-service/recovery/api", read, get(recovery_start::api)),
        ("/self-service/recovery/flows", read, get(fetch::recovery)),
        ("/self-service/recovery", submit, get(recovery_submit::submit).post(recovery_submit::submit)),
        ("/self-service/verification/browser", read, get(verification_start::browser)),
        ("/self-service/verification/api", read, get(verification_start::api)),
        ("/self-service/verification/flows", read, get(fetch::verification)),
        ("/self-service/verification", submit, get(verification_submit::submit).post(verification_submit::submit)),
        ("/self-service/settings/browser", read, get(settings_start::browser)),
        ("/self-service/settings/api", read, get(settings_start::api)),
        ("/self-service/settings/flows", read, get(settings_start::fetch)),
        ("/self-service/settings", submit, get(settings_submit::submit).post(settings_submit::submit)),
        ("/self-service/logout/browser", read, get(logout::browser)),
        ("/self-service/logout", read, get(logout::by_link)),
        ("/self-service/logout/api", "DELETE", delete(logout::native)),
        ("/self-service/errors", read, get(errors::get)),
        ("/sessions/whoami", "", any(whoami::whoami)),
        ("/sessions/token-exchange", read, get(exchange::exchange)),
        ("/sessions", "DELETE, GET, HEAD", get(sessions::list).delete(sessions::revoke_others)),
        ("/sessions/{id}", "DELETE", delete(sessions::revoke)),
        ("/schemas", read, get(schemas::list)),
        ("/schemas/{id}", read, get(schemas::get)),
        ("/.well-known/change-password", read, get(change_password)),
    ];
    routes.extend(elsewhere::routes());
    routes
}

/// The routes as a router.
pub fn router() -> Router<Arc<App>> {
    routes().into_iter().fold(Router::new(), |router, (path, _, methods)| router.route(path, methods))
}

async fn change_password(axum::extract::State(app): axum::extract::State<Arc<App>>) -> Response {
    respond::redirect(StatusCode::SEE_OTHER, app.config().selfservice.flows.settings.ui_url.as_str(), true)
}

/// The page of a flow's kind.
fn page(config: &Config, kind: FlowKind) -> &url::Url {
    let flows = &config.selfservice.flows;
    match kind {
        FlowKind::Login => &flows.login.ui_url,
        FlowKind::Registration => &flows.registration.ui_url,
        FlowKind::Settings => &flows.settings.ui_url,
        FlowKind::Recovery => &flows.recovery.ui_url,
        FlowKind::Verification => &flows.verification.ui_url,
    }
}

/// The page with this flow.
fn page_of(config: &Config, flow: &Flow) -> String {
    respond::with_query(page(config, flow.kind), "flow", &flow.id.to_string())
}

/// A flow as JSON, of its own kind.
fn flow_json(status: StatusCode, flow: &Flow, transient: bool) -> Response {
    let transient_payload = if transient { flow.transient_payload.clone() } else { None };
    match flow.kind {
        FlowKind::Login => {
            let mut shown = flow.to_login();
            shown.transient_payload = transient_payload;
            respond::json(status, &shown)
        }
        FlowKind::Registration => {
            let mut shown = flow.to_registration();
            shown.transient_payload = transient_payload;
            respond::json(status, &shown)
        }
        FlowKind::Recovery => {
            let mut shown = flow.to_recovery();
            shown.transient_payload = transient_payload;
            respond::json(status, &shown)
        }
        FlowKind::Verification | FlowKind::Settings => {
            let mut shown = flow.to_verification();
            shown.transient_payload = transient_payload;
            respond::json(status, &shown)
        }
    }
}

/// An error as the caller can read it: JSON, or the error page with the error kept under an id.
async fn failure(app: &App, config: &Config, req: &Req, error: ApiError, json: bool) -> Response {
    let request_id = req.header("x-request-id").filter(|id| !id.is_empty());
    if json {
        return error.json(request_id);
    }
    let id = crate::crypto::token::uuid(&mut app.rng());
    let body = error.body(request_id)["error"].clone();
    if let Err(failed) = app.store.commit(vec![Change::CreateError { id, body, at: app.now() }]).await {
        return ApiError::from(failed).json(request_id);
    }
    let to = respond::with_query(&config.selfservice.flows.error.ui_url, "id", &id.to_string());
    respond::redirect(StatusCode::SEE_OTHER, &to, req.method == http::Method::GET)
}

/// The flow that a submission names.
async fn flow_of(app: &App, req: &Req, kind: FlowKind) -> Result<Flow, ApiError> {
    let id = req.param("flow").and_then(|text| Uuid::parse_str(text).ok());
    let id = id.ok_or_else(|| ApiError::bad_request("The flow query parameter is missing or is no UUID."))?;
    let flow = app.store.flow(kind, id).await?;
    flow.ok_or_else(|| ApiError::not_found("There is no such flow."))
}

/// Checks that a browser flow is sent by the browser that started it, and that a native flow is not sent by one.
fn check_csrf(config: &Config, req: &Req, flow: &Flow, csrf: &Csrf, sent: Option<&str>) -> Result<(), Refusal> {
    if flow.skip_csrf_check {
        return Ok(());
    }
    if flow.is_browser() {
        let own = csrf.known && csrf.matches(sent.unwrap_or_default()) && csrf.cookie_value() == flow.csrf_token;
        let details = || super::csrf::details(req, &config.public_url(), false);
        return if own { Ok(()) } else { Err(ApiError::csrf(details()).into()) };
    }
    let edge = |name: &str| name.starts_with("__cf") || name.starts_with("_cf") || name.starts_with("cf_");
    let from_browser = req.header(http::header::ORIGIN).is_some_and(|origin| !origin.is_empty())
        || req.cookies().any(|(name, _)| !edge(name));
    if from_browser {
        let reason = "The request carries an Origin header or cookies, so it comes from a browser. Native flows must \
                      not be used in browsers; start a browser flow instead.";
        return Err(Refusal::message(identity_api::messages::generic(reason)));
    }
    Ok(())
}

/// Answers a refused submission: the flow with its faults (400, or back to the page), or an error.
async fn refuse(
    app: &App,
    config: &Config,
    req: &Req,
    flow: Flow,
    refusal: Refusal,
    how: (&Csrf, StatusCode),
) -> Response {
    let finish = |flow: &mut Flow| {
        if flow.kind == FlowKind::Registration {
            crate::flows::registration::arrange(&mut flow.ui);
        }
    };
    let write = |flow: &Flow| flow_json(StatusCode::BAD_REQUEST, flow, true);
    refuse_with(app, config, req, flow, refusal, how, finish, write).await
}

/// The same for any kind of flow: `finish` lays out a form with faults, `write` makes the JSON.
#[expect(clippy::too_many_arguments, reason = "everything that one answer depends on")]
async fn refuse_with(
    app: &App,
    config: &Config,
    req: &Req,
    mut flow: Flow,
    refusal: Refusal,
    (csrf, html_status): (&Csrf, StatusCode),
    finish: impl FnOnce(&mut Flow),
    write: impl FnOnce(&Flow) -> Response,
) -> Response {
    let json = !flow.is_browser() || req.wants_json();
    let mut status = html_status;
    match refusal {
        // A page shows when to come back, and its other ways in; scripts read `Retry-After`.
        Refusal::Api(error) if !json && error.status == StatusCode::TOO_MANY_REQUESTS => {
            form::clear_messages(&mut flow.ui);
            flow.ui.messages.push(identity_api::messages::generic(error.reason()));
        }
        Refusal::Api(error) => return failure(app, config, req, error, json).await,
        Refusal::Reauthenticate => {
            let error = ApiError::internal(&"this flow cannot ask for a fresh sign-in");
            return failure(app, config, req, error, json).await;
        }
        Refusal::NextScreen => status = StatusCode::SEE_OTHER,
        Refusal::Form(faults) => {
            form::clear_messages(&mut flow.ui);
            form::apply_faults(&mut flow.ui, &faults);
            finish(&mut flow);
        }
    }
    flow.updated_at = app.now();
    if let Err(error) = app.store.commit(vec![Change::PutFlow(flow.clone())]).await {
        return failure(app, config, req, error.into(), json).await;
    }
    if !json {
        return respond::redirect(status, &page_of(config, &flow), false);
    }
    if flow.is_browser() {
        set_csrf(&mut flow, &csrf.masked(app));
    }
    write(&flow)
}
