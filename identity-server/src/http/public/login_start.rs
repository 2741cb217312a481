//! `GET /self-service/login/browser` and `…/api`: starting a login.

use super::{failure, flow_json, page_of};
use crate::config::Config;
use crate::flows::{login, set_csrf, start};
use crate::http::app::App;
use crate::http::csrf::Csrf;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::{cookies, respond, return_to, session};
use crate::model::{Flow, FlowKind};
use crate::store::{Change, SessionWithIdentity};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use identity_api::flow::FlowType;
use identity_api::session::Aal;
use std::sync::Arc;

/// What a start comes to.
enum Begun {
    /// A flow, and the code that a native client exchanges later.
    Flow(Box<Flow>, Option<String>),
    /// The person is signed in already.
    SignedIn,
}

/// A browser starts.
pub async fn browser(State(app): State<Arc<App>>, req: Req) -> Response {
    let config = app.config();
    let json = req.accepts_json();
    let csrf = Csrf::of(&app, &req, &config.public_url());
    let mut response = match begin(&app, &config, &req, FlowType::Browser, &csrf).await {
        Ok(Begun::Flow(mut flow, _)) if json => {
            set_csrf(&mut flow, &csrf.masked(&app));
            flow_json(StatusCode::OK, &flow, false)
        }
        Ok(Begun::Flow(flow, _)) => respond::redirect(StatusCode::SEE_OTHER, &page_of(&config, &flow), true),
        Ok(Begun::SignedIn) if json => ApiError::already_signed_in("login").json(req.header("x-request-id")),
        Ok(Begun::SignedIn) => {
            let to = req.param("return_to").and_then(|wanted| return_to::check(&config, wanted).ok());
            let to = to.unwrap_or_else(|| config.selfservice.default_browser_return_url.clone());
            respond::redirect(StatusCode::SEE_OTHER, to.as_str(), true)
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
        Ok(Begun::Flow(flow, code)) => {
            let mut shown = flow.to_login();
            shown.session_token_exchange_code = code;
            respond::json(StatusCode::OK, &shown)
        }
        Ok(Begun::SignedIn) => ApiError::already_signed_in("login").json(req.header("x-request-id")),
        Err(error) => failure(&app, &config, &req, error, true).await,
    }
}

async fn begin(app: &App, config: &Config, req: &Req, flow_type: FlowType, csrf: &Csrf) -> Result<Begun, ApiError> {
    if req.param("login_challenge").is_some() && config.oauth2_provider.url.is_none() {
        return Err(ApiError::misconfigured("login_challenge needs oauth2_provider.url to be set"));
    }
    let lifespan = config.selfservice.flows.login.lifespan;
    let mut flow = start::new_flow(app, config, req, (FlowKind::Login, flow_type), lifespan)?;
    start::choose_schema(app, req, &mut flow)?;
    let wanted = match req.param("aal").map(str::to_ascii_lowercase).as_deref() {
        None | Some("aal1") => Aal::Aal1,
        Some("aal2") => Aal::Aal2,
        Some(_) => {
            return Err(ApiError::bad_request(
                "Unable to parse the AuthenticationMethod Assurance Level (AAL): expected aal1 or aal2.",
            ));
        }
    };
    flow.requested_aal = wanted.as_str().into();
    let current = session::usable(app, config, req).await?.filter(|found| found.identity.is_active());
    match &current {
        None if wanted == Aal::Aal2 => return Err(ApiError::aal1_required()),
        None => {}
        Some(_) if req.flag("refresh") => flow.refresh = true,
        Some(found) if wanted <= found.session.aal() => return Ok(Begun::SignedIn),
        Some(_) => {}
    }
    login::build_form(app, config, &mut flow, current.as_ref()).await?;
    if flow.is_browser() {
        flow.csrf_token = csrf.cookie_value();
    }
    let sent = match &current {
        Some(current) => send_second_factor(app, config, req, &mut flow, current).await?,
        None => Vec::new(),
    };
    let mut changes = Vec::new();
    let code = super::exchange::offer(app, req, &flow, &mut changes);
    changes.push(Change::PutFlow(flow.clone()));
    changes.extend(sent);
    app.store.commit(changes).await?;
    Ok(Begun::Flow(Box::new(flow), code))
}

/// Mails the code of a second factor where there is nothing to choose.
async fn send_second_factor(
    app: &App,
    config: &Config,
    req: &Req,
    flow: &mut Flow,
    current: &SessionWithIdentity,
) -> Result<Vec<Change>, ApiError> {
    match login::second_address(app, config, flow, req.param("via"), current).await? {
        Some((via, address)) => login::send_at_once(app, config, flow, (&via, &address), &current.identity).await,
        None => Ok(Vec::new()),
    }
}

/// Makes a new flow in place of one whose time is over; it carries the message about that.
pub(super) async fn replace_expired(app: &App, config: &Config, old: &Flow, csrf: &Csrf) -> Result<Flow, ApiError> {
    let now = app.now();
    let mut rng = app.rng();
    let id = crate::crypto::token::uuid(&mut rng);
    let public = crate::http::app::PublicUrl(config.public_url());
    let what = old.kind.as_str();
    let lifespan = match old.kind {
        FlowKind::Login => config.selfservice.flows.login.lifespan,
        FlowKind::Registration => config.selfservice.flows.registration.lifespan,
        _ => config.selfservice.flows.verification.lifespan,
    };
    let mut flow = Flow {
        id,
        issued_at: now,
        updated_at: now,
        expires_at: now + lifespan,
        active: None,
        state: crate::model::FlowState::ChooseMethod,
        refresh: false,
        transient_payload: None,
        csrf_token: if old.is_browser() { csrf.cookie_value() } else { String::new() },
        ui: identity_api::UiContainer {
            action: public.at(&format!("/self-service/{what}?flow={id}")),
            method: "POST".into(),
            ..Default::default()
        },
        ..old.clone()
    };
    let kind = match old.kind {
        FlowKind::Login => {
            login::build_form(app, config, &mut flow, None).await?;
            identity_api::messages::Expired::Login
        }
        FlowKind::Registration => {
            crate::flows::registration::build_form(app, config, &mut flow);
            identity_api::messages::Expired::Registration
        }
        // Recovery, verification and settings renew their flows themselves.
        _ => return Err(ApiError::internal(&"a flow of this kind is not renewed here")),
    };
    flow.ui.messages = vec![identity_api::messages::expired(kind, old.expires_at, now)];
    app.store.commit(vec![Change::PutFlow(flow.clone())]).await?;
    Ok(flow)
}

/// Answers a submission of a flow whose time is over: 410 with the new flow's id, or the page with the new flow.
pub(super) async fn expired(app: &App, config: &Config, req: &Req, old: &Flow, csrf: &Csrf) -> Response {
    let json = !old.is_browser() || req.wants_json();
    match replace_expired(app, config, old, csrf).await {
        Ok(new) if json => {
            let error = ApiError::flow_expired(new.id, old.expires_at, app.now());
            error.json(req.header("x-request-id"))
        }
        Ok(new) => respond::redirect(StatusCode::SEE_OTHER, &page_of(config, &new), false),
        Err(error) => failure(app, config, req, error, json).await,
    }
}
