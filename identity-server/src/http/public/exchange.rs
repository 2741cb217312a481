//! Session token exchange: a native client that sends its user through a browser proves with two codes that the
//! session is for it.

use crate::config::Config;
use crate::crypto::{cookie as sealed, sha256_hex, token};
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::respond;
use crate::model::{Flow, Secret, Session};
use crate::store::Change;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use identity_api::session::SuccessfulLogin;
use std::sync::Arc;

const SEAL: &str = "session token exchange";

/// Makes the code that the client keeps, if it asked for one.
pub(super) fn offer(app: &App, req: &Req, flow: &Flow, changes: &mut Vec<Change>) -> Option<String> {
    if flow.is_browser() || !req.flag("return_session_token_exchange_code") {
        return None;
    }
    let mut rng = app.rng();
    let code = token::alphanumeric(&mut rng, 64);
    changes.push(Change::CreateExchange {
        flow_id: flow.id,
        init_code_hash: sha256_hex(&code),
        return_code_hash: sha256_hex(&token::alphanumeric(&mut rng, 64)),
        expires_at: flow.expires_at,
    });
    Some(code)
}

/// Puts the session of a flow where its client can fetch it.
pub(super) fn complete(app: &App, config: &Config, flow: &Flow, session: &Session, changes: &mut Vec<Change>) {
    if flow.is_browser() || !flow.request_url.contains("return_session_token_exchange_code") {
        return;
    }
    let (Some(token), Some(secret)) = (&session.token, config.secrets.cookie_secrets().next()) else {
        return;
    };
    let sealed_token = sealed::seal(&mut app.rng(), secret.expose(), SEAL, token.expose());
    changes.push(Change::CompleteExchange { flow_id: flow.id, session_id: session.id, sealed_token });
}

/// `GET /sessions/token-exchange?init_code=&return_to_code=`.
pub async fn exchange(State(app): State<Arc<App>>, req: Req) -> Response {
    let config = app.config();
    let answer = async {
        let (Some(init), Some(back)) = (req.param("init_code"), req.param("return_to_code")) else {
            return Err(ApiError::bad_request("The query parameters init_code and return_to_code are both needed."));
        };
        let unknown = || ApiError::not_found("There is no session for these codes yet.");
        let claim = app.store.exchange(init).await?.ok_or_else(unknown)?;
        if !Secret::from(claim.return_code_hash).matches(&sha256_hex(back)) {
            return Err(unknown());
        }
        let sealed_token = claim.sealed_token.filter(|_| claim.session_id.is_some()).ok_or_else(unknown)?;
        let secrets: Vec<String> = config.secrets.cookie_secrets().map(|secret| secret.expose().to_owned()).collect();
        let token = sealed::open(secrets.iter().map(String::as_str), SEAL, &sealed_token).map(Secret::from);
        let token = token.ok_or_else(unknown)?;
        let found = app.store.session_by_token(&token).await?.ok_or_else(unknown)?;
        let body = SuccessfulLogin {
            session_token: Some(token.expose().into()),
            session: found.session.to_api(Some(&found.identity), &config.public_url()),
            continue_with: None,
        };
        Ok::<_, ApiError>(respond::json(StatusCode::OK, &body))
    };
    answer.await.unwrap_or_else(|error| error.json(req.header("x-request-id")))
}
