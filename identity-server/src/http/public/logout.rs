//! Logout: a link for browsers, a call for native clients.

use super::failure;
use crate::config::Config;
use crate::crypto::keyed_hash;
use crate::http::app::{App, PublicUrl};
use crate::http::csrf::Csrf;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::{cookies, respond, return_to, session};
use crate::model::{Secret, Session};
use crate::store::Change;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use identity_api::session::LogoutFlow;
use serde_json::Value;
use std::sync::Arc;

/// The token in a logout link: derived from the session and a secret, so that it need not be kept.
fn logout_token(config: &Config, session: &Session) -> Option<Secret> {
    let secret = config.secrets.cookie_secrets().next()?;
    let hash = keyed_hash(secret.expose(), "logout token v1", &session.id.to_string());
    Some(Secret::new(format!("ory_lo_{}", &hash[..32])))
}

/// `GET /self-service/logout/browser`: hands out the link.
pub async fn browser(State(app): State<Arc<App>>, req: Req) -> Response {
    let config = app.config();
    let csrf = Csrf::of(&app, &req, &config.public_url());
    let json = req.accepts_json() || req.header(http::header::ACCEPT).is_none();
    let answer = async {
        if let Some(wanted) = req.param("return_to") {
            return_to::check(&config, wanted)?;
        }
        let found = session::usable(&app, &config, &req).await?.ok_or_else(ApiError::session_inactive)?;
        let token = logout_token(&config, &found.session)
            .ok_or_else(|| ApiError::misconfigured("secrets.cookie or secrets.default must be set"))?;
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        if let Some(wanted) = req.param("return_to") {
            pairs.append_pair("return_to", wanted);
        }
        let query = pairs.append_pair("token", token.expose()).finish();
        let logout_url = PublicUrl(config.public_url()).at(&format!("/self-service/logout?{query}"));
        let body = LogoutFlow { logout_url, logout_token: token.expose().into() };
        Ok::<_, ApiError>(respond::json(StatusCode::OK, &body))
    };
    let mut response = match answer.await {
        Ok(response) => response,
        Err(error) => failure(&app, &config, &req, error, json).await,
    };
    if !csrf.known {
        respond::set_cookie(&mut response, cookies::csrf(&config, &csrf));
    }
    response
}

/// `GET /self-service/logout?token=`: ends the session.
pub async fn by_link(State(app): State<Arc<App>>, req: Req) -> Response {
    let config = app.config();
    let json = req.accepts_json();
    let csrf = Csrf::of(&app, &req, &config.public_url());
    let answer = async {
        let given =
            req.param("token").ok_or_else(|| ApiError::bad_request("Please include a token in the URL query."))?;
        let found = session::usable(&app, &config, &req).await?.ok_or_else(ApiError::session_inactive)?;
        if !logout_token(&config, &found.session).is_some_and(|token| token.matches(given)) {
            return Err(ApiError::forbidden("The logout token does not belong to this session."));
        }
        app.store.commit(vec![Change::EndSession(found.session.id, app.now())]).await?;
        tracing::info!(identity = %found.identity.id, session = %found.session.id, "logout");
        Ok::<_, ApiError>(())
    };
    let mut response = match answer.await {
        Ok(()) => {
            let mut response = goodbye(&app, &config, &req, json).await;
            respond::set_cookie(&mut response, cookies::csrf(&config, &Csrf::fresh(&app)));
            respond::set_cookie(&mut response, cookies::remove_session(&app, &config));
            if config.public_url().scheme() == "https" {
                let value = http::HeaderValue::from_static("\"cookies\",\"storage\",\"cache\"");
                response.headers_mut().insert("clear-site-data", value);
            }
            return response;
        }
        Err(error) => failure(&app, &config, &req, error, json).await,
    };
    if !csrf.known {
        respond::set_cookie(&mut response, cookies::csrf(&config, &csrf));
    }
    response
}

/// Where the browser goes once the session has ended; a forbidden place is an error, but the session is over.
async fn goodbye(app: &App, config: &Config, req: &Req, json: bool) -> Response {
    let after = &config.selfservice.flows.logout.after.default_browser_return_url;
    let configured = after.as_ref().unwrap_or(&config.selfservice.default_browser_return_url);
    match req.param("return_to").map(|wanted| return_to::check(config, wanted)) {
        Some(Err(error)) => failure(app, config, req, error, json).await,
        _ if json => respond::empty(),
        Some(Ok(to)) => respond::redirect(StatusCode::SEE_OTHER, to.as_str(), true),
        None => respond::redirect(StatusCode::SEE_OTHER, configured.as_str(), true),
    }
}

/// `DELETE /self-service/logout/api`: ends the session of a token.
pub async fn native(State(app): State<Arc<App>>, req: Req) -> Response {
    let answer = async {
        let malformed = || ApiError::bad_request("Send a JSON object with the key session_token.");
        if !req.has_json_body() {
            return Err(malformed());
        }
        let body: Value = serde_json::from_slice(&req.body).map_err(|_| malformed())?;
        let token = match body.as_object().map(|object| object.get("session_token")) {
            Some(None | Some(Value::Null)) => String::new(),
            Some(Some(Value::String(token))) => token.clone(),
            _ => return Err(malformed()),
        };
        let unknown = || ApiError::forbidden("The session token is not known.");
        let found = app.store.session_by_token(&Secret::from(token)).await?.ok_or_else(unknown)?;
        if found.session.active {
            app.store.commit(vec![Change::EndSession(found.session.id, app.now())]).await?;
            tracing::info!(identity = %found.identity.id, session = %found.session.id, "logout");
        }
        Ok::<_, ApiError>(respond::empty())
    };
    answer.await.unwrap_or_else(|error| error.json(req.header("x-request-id")))
}
