//! The cookies that the server sets.

use super::app::App;
use super::csrf::{self, Csrf};
use crate::config::Config;
use crate::crypto::cookie as sealed;
use crate::model::{Secret, Session};
use cookie::{Cookie, SameSite};
use http::HeaderValue;
use identity_api::Timestamp;
use time::Duration;

/// Attributes that a cookie takes from the configuration.
struct Scope<'c> {
    domain: Option<&'c str>,
    path: &'c str,
    same_site: SameSite,
    secure: bool,
}

fn same_site(value: Option<&str>, secure: bool) -> SameSite {
    match value {
        Some("Strict") => SameSite::Strict,
        // Browsers drop a SameSite=None cookie that is not Secure.
        Some("None") if secure => SameSite::None,
        _ => SameSite::Lax,
    }
}

fn general(config: &Config) -> Scope<'_> {
    let secure = config.cookies.secure.unwrap_or(!config.dev);
    Scope {
        domain: config.cookies.domain.as_deref(),
        path: config.cookies.path.as_deref().unwrap_or("/"),
        same_site: same_site(config.cookies.same_site.as_deref(), secure),
        secure,
    }
}

fn for_session(config: &Config) -> Scope<'_> {
    let (own, general) = (&config.session.cookie, general(config));
    let secure = own.secure.unwrap_or(general.secure);
    let wanted = own.same_site.as_deref().or(config.cookies.same_site.as_deref());
    Scope {
        domain: own.domain.as_deref().or(general.domain),
        path: own.path.as_deref().unwrap_or(general.path),
        same_site: same_site(wanted, secure),
        secure,
    }
}

fn build(name: String, value: String, scope: &Scope<'_>, max_age: Option<Duration>, now: Timestamp) -> HeaderValue {
    let mut cookie = Cookie::build((name, value))
        .path(scope.path.to_owned())
        .same_site(scope.same_site)
        .secure(scope.secure)
        .http_only(true);
    if let Some(domain) = scope.domain {
        cookie = cookie.domain(domain.to_owned());
    }
    if let Some(age) = max_age {
        cookie = cookie.max_age(age).expires(now + age);
    }
    HeaderValue::from_str(&cookie.build().to_string()).unwrap_or(HeaderValue::from_static(""))
}

/// Sets the anti-CSRF cookie, for a year.
#[must_use]
pub fn csrf(config: &Config, token: &Csrf) -> HeaderValue {
    let scope = general(config);
    let age = Duration::days(365);
    let mut cookie = Cookie::build((csrf::cookie_name(&config.public_url()), token.cookie_value()))
        .path(scope.path.to_owned())
        .same_site(scope.same_site)
        .secure(scope.secure)
        .http_only(true)
        .max_age(age);
    if let Some(domain) = scope.domain {
        cookie = cookie.domain(domain.to_owned());
    }
    HeaderValue::from_str(&cookie.build().to_string()).unwrap_or(HeaderValue::from_static(""))
}

/// Sets the session cookie. `None` when the session's token is not known here.
#[must_use]
pub fn session(app: &App, config: &Config, session: &Session) -> Option<HeaderValue> {
    let token = session.token.as_ref()?;
    let name = config.session.cookie.name.clone();
    let secret = config.secrets.cookie_secrets().next()?.expose().to_owned();
    let value = sealed::seal(&mut app.rng(), &secret, &name, token.expose());
    let now = app.now();
    let age = config.session.cookie.persistent.then(|| session.expires_at - now);
    Some(build(name, value, &for_session(config), age, now))
}

/// The cookie by which a browser finds its submission again after confirming who it is.
const CONTINUITY: &str = "ory_kratos_continuity";

/// Sets the continuity cookie.
#[must_use]
pub fn continuity(app: &App, config: &Config, token: &str) -> HeaderValue {
    let now = app.now();
    let Some(secret) = config.secrets.cookie_secrets().next() else {
        return HeaderValue::from_static("");
    };
    let value = sealed::seal(&mut app.rng(), secret.expose(), CONTINUITY, token);
    let age = Duration::try_from(crate::flows::settings::privileged::CONTINUITY).unwrap_or(Duration::ZERO);
    build(CONTINUITY.into(), value, &general(config), Some(age), now)
}

/// The token in the continuity cookie of a request.
#[must_use]
pub fn open_continuity(config: &Config, req: &super::request::Req) -> Option<Secret> {
    let secrets: Vec<String> = config.secrets.cookie_secrets().map(|secret| secret.expose().to_owned()).collect();
    sealed::open(secrets.iter().map(String::as_str), CONTINUITY, req.cookie(CONTINUITY)?).map(Secret::from)
}

/// Removes the continuity cookie.
#[must_use]
pub fn remove_continuity(app: &App, config: &Config) -> HeaderValue {
    let cookie = build(CONTINUITY.into(), "gone".into(), &general(config), None, app.now());
    expire(cookie)
}

fn expire(cookie: HeaderValue) -> HeaderValue {
    let text = format!("{}; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:01 GMT", cookie.to_str().unwrap_or_default());
    HeaderValue::from_str(&text).unwrap_or(cookie)
}

/// Removes the session cookie.
#[must_use]
pub fn remove_session(app: &App, config: &Config) -> HeaderValue {
    let cookie = build(config.session.cookie.name.clone(), "gone".into(), &for_session(config), None, app.now());
    expire(cookie)
}

/// The session token inside a session cookie, under any of the configured secrets.
#[must_use]
pub fn open_session(config: &Config, value: &str) -> Option<Secret> {
    let secrets: Vec<String> = config.secrets.cookie_secrets().map(|secret| secret.expose().to_owned()).collect();
    sealed::open(secrets.iter().map(String::as_str), &config.session.cookie.name, value).map(Secret::from)
}
