//! `POST /self-service/settings?flow=`, and `GET` for a browser that comes back from confirming who it is.

use super::settings_start::{active, signed_out};
use super::{check_csrf, failure, flow_of, page_of, refuse_with};
use crate::config::{Config, Hook};
use crate::flows::body::Body;
use crate::flows::settings::{self, Context, Saved, privileged};
use crate::flows::{Refusal, aal, set_csrf, start};
use crate::http::app::{App, PublicUrl};
use crate::http::csrf::Csrf;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::{cookies, respond, return_to};
use crate::model::{Flow, FlowKind, FlowState, Identity, Session};
use crate::store::{Change, SessionWithIdentity, StoreError};
use axum::extract::State;
use axum::response::Response;
use http::{Method, StatusCode};
use identity_api::{ContinueWith, messages};
use std::sync::Arc;

/// Takes a submission.
pub async fn submit(State(app): State<Arc<App>>, req: Req) -> Response {
    let config = app.config();
    let json = req.wants_json();
    let found = match active(&app, &config, &req).await {
        Ok(Some(found)) => found,
        Ok(None) => return signed_out(&config, &req, json),
        Err(error) => return failure(&app, &config, &req, error, json).await,
    };
    let flow = match flow_of(&app, &req, FlowKind::Settings).await {
        Ok(flow) => flow,
        Err(error) => return failure(&app, &config, &req, error, json).await,
    };
    let csrf = Csrf::of(&app, &req, &config.public_url());
    match decide(&app, &config, &req, flow, found, &csrf).await {
        Ok(response) | Err(response) => response,
    }
}

/// `Err` is an answer as well: the early end of a submission.
async fn decide(
    app: &App,
    config: &Config,
    req: &Req,
    mut flow: Flow,
    found: SessionWithIdentity,
    csrf: &Csrf,
) -> Result<Response, Response> {
    let json = !flow.is_browser() || req.wants_json();
    if aal::falls_short(config, config.selfservice.flows.settings.required_aal, &found) {
        let here = PublicUrl(config.public_url()).at(&format!("/self-service/settings?flow={}", flow.id));
        let to = aal::step_up_url(config, Some(&here));
        return Err(match json {
            true => ApiError::aal2_required(to).json(req.header("x-request-id")),
            false => respond::redirect(StatusCode::SEE_OTHER, &to, false),
        });
    }
    if flow.identity_id != Some(found.identity.id) {
        return Err(failure(app, config, req, ApiError::identity_mismatch(), json).await);
    }
    if flow.is_expired(app.now()) {
        return Err(expired(app, config, req, &flow, &found.identity, json).await);
    }
    let (body, resumed) = match body_of(app, config, req, &mut flow, csrf) {
        Ok(read) => read,
        Err(refusal) => return Err(show(app, config, req, flow, (refusal, None), &found.identity, csrf).await),
    };
    let credentials = match app.store.credentials(found.identity.id).await {
        Ok(credentials) => credentials,
        Err(error) => return Err(failure(app, config, req, error.into(), json).await),
    };
    let (identity, session) = (&found.identity, &found.session);
    let context = Context { app, config, identity, credentials: &credentials, session, body: &body };
    let method = body.filled("method");
    let outcome = settings::submit(&context, &mut flow).await;
    let mut response = match outcome {
        Ok(saved) => match complete(app, config, req, flow, &found, saved, csrf, json).await {
            Ok(response) => response,
            Err((flow, refusal)) => show(app, config, req, *flow, (refusal, method), identity, csrf).await,
        },
        Err(Refusal::Reauthenticate) => reauthenticate(app, config, req, flow, &body, json).await,
        Err(refusal) => show(app, config, req, flow, (refusal, method), identity, csrf).await,
    };
    if resumed {
        respond::set_cookie(&mut response, cookies::remove_continuity(app, config));
    }
    Ok(response)
}

/// The submission: of this request, or the one that a browser left behind when it had to confirm who it is.
fn body_of(app: &App, config: &Config, req: &Req, flow: &mut Flow, csrf: &Csrf) -> Result<(Body, bool), Refusal> {
    if req.method == Method::GET
        && let Some(token) = cookies::open_continuity(config, req)
        && let Some(body) = privileged::take(app, flow, token.expose())
    {
        return Ok((body, true));
    }
    let body = Body::decode(req, start::schema_of(app, flow))?;
    check_csrf(config, req, flow, csrf, body.text("csrf_token").as_deref())?;
    Ok((body, false))
}

/// Shows the form again with what is wrong.
async fn show(
    app: &App,
    config: &Config,
    req: &Req,
    flow: Flow,
    (refusal, method): (Refusal, Option<String>),
    identity: &Identity,
    csrf: &Csrf,
) -> Response {
    let saved_before = flow.state == FlowState::Success;
    let finish = |flow: &mut Flow| {
        settings::arrange(flow, method.as_deref());
        if saved_before {
            flow.ui.messages.insert(0, messages::settings_saved());
        }
    };
    let write = |flow: &Flow| respond::json(StatusCode::BAD_REQUEST, &flow.to_settings(identity, &config.public_url()));
    refuse_with(app, config, req, flow, refusal, (csrf, StatusCode::SEE_OTHER), finish, write).await
}

/// Answers that the sign-in is too old, and keeps the submission for the browser that comes back.
async fn reauthenticate(app: &App, config: &Config, req: &Req, mut flow: Flow, body: &Body, json: bool) -> Response {
    let public = PublicUrl(config.public_url());
    let back = public.at(&format!("/self-service/settings?flow={}", flow.id));
    let start = public.at("/self-service/login/browser?refresh=true");
    let to = url::Url::parse(&start).map_or(start, |start| respond::with_query(&start, "return_to", &back));
    // Kratos keeps a native client's profile as well, although nothing can come of it.
    let keeps = flow.is_browser() || body.filled("method").as_deref() == Some("profile");
    let cookie = keeps.then(|| privileged::stash(app, &mut flow, body));
    if cookie.is_some()
        && let Err(error) = app.store.commit(vec![Change::PutFlow(flow)]).await
    {
        return failure(app, config, req, error.into(), json).await;
    }
    let mut response = match json {
        true => ApiError::refresh_required(to).json(req.header("x-request-id")),
        false => respond::redirect(StatusCode::SEE_OTHER, &to, req.method == Method::GET),
    };
    if let Some(token) = cookie {
        respond::set_cookie(&mut response, cookies::continuity(app, config, &token));
    }
    response
}

/// Answers a submission of a flow whose time is over.
async fn expired(app: &App, config: &Config, req: &Req, old: &Flow, identity: &Identity, json: bool) -> Response {
    let renewed = async {
        let mut flow = settings::successor(app, config, req, old, identity).await?;
        flow.request_url.clone_from(&old.request_url);
        flow.ui.messages = vec![messages::expired(messages::Expired::Settings, old.expires_at, app.now())];
        app.store.commit(vec![Change::PutFlow(flow.clone())]).await?;
        Ok::<_, ApiError>(flow)
    };
    match renewed.await {
        Ok(new) if json => ApiError::flow_expired(new.id, old.expires_at, app.now()).json(req.header("x-request-id")),
        Ok(new) => respond::redirect(StatusCode::SEE_OTHER, &page_of(config, &new), false),
        Err(error) => failure(app, config, req, error, json).await,
    }
}

/// Commits what a method saved and answers it. `Err` is the form again: what was wanted is taken.
#[expect(clippy::too_many_arguments, reason = "everything that one answer depends on")]
async fn complete(
    app: &App,
    config: &Config,
    req: &Req,
    mut flow: Flow,
    found: &SessionWithIdentity,
    saved: Saved,
    csrf: &Csrf,
    json: bool,
) -> Result<Response, (Box<Flow>, Refusal)> {
    let Saved { method, mut changes, session, mut continue_with, form_stays } = saved;
    let (hooks, method_url) = config.selfservice.flows.settings.after.for_method(method);
    if let Some(session) = &session {
        changes.push(Change::UpdateSession(Session { token: None, ..session.clone() }));
    }
    if !form_stays && hooks.iter().any(|hook| matches!(hook, Hook::RevokeActiveSessions)) {
        let (identity_id, except, at) = (found.identity.id, Some(found.session.id), app.now());
        changes.push(Change::EndSessions { identity_id, except, at });
    }
    if !changes.is_empty() {
        changes.push(Change::AnnounceIdentity(found.identity.id, app.now()));
    }
    match app.store.commit(changes).await {
        Ok(()) => {}
        Err(StoreError::Conflict) => {
            return Err((Box::new(flow), Refusal::message(messages::duplicate_credentials())));
        }
        Err(error) => return Err((Box::new(flow), error.into())),
    }
    tracing::info!(identity = %found.identity.id, method, outcome = "success", "settings");
    let identity = match refreshed(app, config, req, &mut flow, &found.identity, form_stays).await {
        Ok(identity) => identity,
        Err(error) => return Ok(failure(app, config, req, error, json).await),
    };
    let after = &config.selfservice.flows.settings.after;
    let wanted = flow.return_to.as_deref().and_then(|wanted| return_to::check(config, wanted).ok());
    let configured = wanted.as_ref().or(method_url).or(after.default_browser_return_url.as_ref());
    let to = match configured.filter(|_| !form_stays) {
        Some(url) => url.to_string(),
        None => page_of(config, &flow),
    };
    let mut response = if json {
        if flow.is_browser() {
            set_csrf(&mut flow, &csrf.masked(app));
            continue_with.push(ContinueWith::RedirectBrowserTo { redirect_browser_to: to });
        }
        let mut shown = flow.to_settings(&identity, &config.public_url());
        shown.continue_with = continue_with;
        if form_stays {
            shown.transient_payload = Some(serde_json::json!({}));
        }
        respond::json(StatusCode::OK, &shown)
    } else {
        respond::redirect(StatusCode::SEE_OTHER, &to, req.method == Method::GET)
    };
    if flow.is_browser() && !form_stays {
        let current = session.as_ref().unwrap_or(&found.session);
        if let Some(cookie) = cookies::session(app, config, current) {
            respond::set_cookie(&mut response, cookie);
        }
    }
    Ok(response)
}

/// Writes the flow as it is after saving: its form anew, and its action leading to a new flow for the next change.
async fn refreshed(
    app: &App,
    config: &Config,
    req: &Req,
    flow: &mut Flow,
    before: &Identity,
    form_stays: bool,
) -> Result<Identity, ApiError> {
    flow.updated_at = app.now();
    if form_stays {
        flow.state = FlowState::ShowForm;
        flow.ui.messages.clear();
        app.store.commit(vec![Change::PutFlow(flow.clone())]).await?;
        return Ok(before.clone());
    }
    let gone = || ApiError::not_found("The identity is gone.");
    let identity = app.store.identity(before.id).await?.ok_or_else(gone)?;
    let next = settings::successor(app, config, req, flow, &identity).await?;
    settings::build_form(app, config, flow, &identity).await?;
    flow.state = FlowState::Success;
    flow.ui.action.clone_from(&next.ui.action);
    flow.ui.messages = vec![messages::settings_saved()];
    app.store.commit(vec![Change::PutFlow(flow.clone()), Change::PutFlow(next)]).await?;
    Ok(identity)
}
