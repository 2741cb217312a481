//! Who is calling.

use super::app::App;
use super::cookies;
use super::error::ApiError;
use super::request::Req;
use crate::config::Config;
use crate::model::{Secret, Session};
use crate::store::{Change, SessionWithIdentity};
use identity_api::session::Device;
use std::net::IpAddr;
use std::time::Duration;

/// The session token of a request: `X-Session-Token`, else the session cookie, else a bearer token. A token that is
/// given but wrong hides the others; a cookie that cannot be opened does not.
#[must_use]
pub fn token_of(config: &Config, req: &Req) -> Option<Secret> {
    if let Some(token) = req.header("x-session-token").filter(|token| !token.is_empty()) {
        return Some(Secret::new(token));
    }
    if let Some(token) = req.cookie(&config.session.cookie.name).and_then(|value| cookies::open_session(config, value))
    {
        return Some(token);
    }
    let (scheme, token) = req.header(http::header::AUTHORIZATION)?.split_once(' ')?;
    let fits = scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && !token.contains(' ');
    fits.then(|| Secret::new(token))
}

/// The usable session of a request, with its identity, whatever the identity's state.
///
/// # Errors
/// Only when the store fails.
pub async fn usable(app: &App, config: &Config, req: &Req) -> Result<Option<SessionWithIdentity>, ApiError> {
    let Some(token) = token_of(config, req) else {
        return Ok(None);
    };
    let now = app.now();
    let found = app.store.session_by_token(&token).await?;
    let found = found.filter(|found| found.session.is_usable(now) && !found.session.is_idle(config, now));
    if let (Some(found), Some(idle)) = (&found, config.nexus.session.idle_timeout) {
        note_use(app, &found.session, idle).await?;
    }
    if let (Some(found), Some(request)) = (&found, super::context::current()) {
        request.set_identity(found.session.identity_id);
    }
    Ok(found)
}

/// Notes that a session is used: rarely, because every note is a write.
async fn note_use(app: &App, session: &Session, idle: Duration) -> Result<(), ApiError> {
    let now = app.now();
    if now - session.last_used_at.max(session.authenticated_at) < (idle / 8).min(Duration::from_secs(60)) {
        return Ok(());
    }
    Ok(app.store.commit(vec![Change::UseSession { id: session.id, at: now }]).await?)
}

/// The device of a request, for a session that is made or used.
#[must_use]
pub fn device(app: &App, config: &Config, req: &Req) -> Device {
    Device {
        id: crate::crypto::token::uuid(&mut app.rng()),
        ip_address: Some(client_address(config, req).to_string()),
        user_agent: req.header(http::header::USER_AGENT).map(str::to_owned),
        location: Some(location(config, req)),
    }
}

/// City and country, as a trusted proxy tells them (Cloudflare's headers); empty otherwise: a thief of a password
/// must not choose the place that its owner reads in the list of sessions (requirement 63).
fn location(config: &Config, req: &Req) -> String {
    let peer = req.peer.ip();
    if !config.nexus.trusted_proxies.iter().any(|net| net.contains(&peer)) {
        return String::new();
    }
    let told = ["cf-ipcity", "cf-ipcountry"].map(|name| req.header(name).unwrap_or_default().trim());
    let told: Vec<&str> = told.into_iter().filter(|part| !part.is_empty()).collect();
    told.join(", ")
}

/// The client's address: the peer, unless the peer is a trusted proxy; then the last address of `X-Forwarded-For`
/// that no trusted proxy has (requirement 63).
#[must_use]
pub fn client_address(config: &Config, req: &Req) -> IpAddr {
    address_behind(config, &req.headers, req.peer.ip())
}

/// The same from the parts of a request.
#[must_use]
pub fn address_behind(config: &Config, headers: &http::HeaderMap, peer: IpAddr) -> IpAddr {
    let trusted = |address: &IpAddr| config.nexus.trusted_proxies.iter().any(|net| net.contains(address));
    let mut address = peer;
    let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok());
    let chain: Vec<IpAddr> =
        forwarded.flat_map(|line| line.split(',')).filter_map(|entry| entry.trim().parse().ok()).collect();
    for next in chain.into_iter().rev() {
        if !trusted(&address) {
            break;
        }
        address = next;
    }
    address
}
