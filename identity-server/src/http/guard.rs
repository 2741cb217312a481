//! What every request to the public port passes through: canonical paths, CSRF for what is no flow, CORS, and the
//! headers that every answer has.

use super::app::App;
use super::csrf::{self, Csrf};
use super::error::ApiError;
use super::request::Req;
use super::{cookies, respond};
use crate::config::Cors;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use std::sync::Arc;

/// No cache may keep an answer (requirement 70).
pub const NO_STORE: HeaderValue = HeaderValue::from_static("private, no-cache, no-store, must-revalidate");

/// Guards the public port.
pub async fn public(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let config = app.config();
    let cors = &config.serve.public.cors;
    let path = request.uri().path().to_owned();
    let health = path.starts_with("/health/");
    let method = request.method().clone();
    let origin = request.headers().get(header::ORIGIN).cloned();
    if let Some(answer) = preflight(cors, &method, request.headers()) {
        return answer;
    }
    let safe = matches!(method, Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE);
    let exempt = health || is_exempt(&path);
    // The head of the request is needed after it has gone on.
    let (parts, body) = request.into_parts();
    let head = Req {
        method: method.clone(),
        uri: parts.uri.clone(),
        headers: parts.headers.clone(),
        peer: std::net::SocketAddr::from(([0, 0, 0, 0], 0)),
        body: axum::body::Bytes::new(),
        query: Vec::new(),
    };
    let public = config.public_url();
    let own = Csrf::of(&app, &head, &public);
    let mut response = if let Some(clean) = unclean(&path) {
        let to = parts.uri.query().map_or_else(|| clean.clone(), |query| format!("{clean}?{query}"));
        respond::redirect(StatusCode::TEMPORARY_REDIRECT, &to, safe)
    } else if !safe && !exempt {
        ApiError::csrf(csrf::details(&head, &public, false)).json(head.header("x-request-id"))
    } else {
        next.run(Request::from_parts(parts, body)).await
    };
    let name = csrf::cookie_name(&public);
    let sets = |value: &HeaderValue| value.to_str().is_ok_and(|text| text.starts_with(&name));
    let set = response.headers().get_all(header::SET_COOKIE).iter().any(sets);
    if !exempt && !own.known && !set {
        respond::set_cookie(&mut response, cookies::csrf(&config, &own));
    }
    let headers = response.headers_mut();
    if method == Method::GET {
        headers.insert(header::CACHE_CONTROL, NO_STORE);
    }
    if cors.enabled {
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
        allow_origin(cors, origin.as_ref(), headers);
    }
    if !health {
        headers.append(header::VARY, HeaderValue::from_static("Cookie"));
    }
    response
}

/// Guards the admin port: only the headers that every answer has.
pub async fn admin(request: Request, next: Next) -> Response {
    let get = request.method() == Method::GET;
    let mut response = next.run(request).await;
    if get {
        response.headers_mut().insert(header::CACHE_CONTROL, NO_STORE);
    }
    response
}

/// Paths whose handlers check for themselves, or that browsers never send credentials to.
fn is_exempt(path: &str) -> bool {
    let flows = ["login", "registration", "recovery", "verification", "settings"];
    if path == "/sessions"
        || path.starts_with("/sessions/")
        || path.starts_with("/schemas/") && !path[9..].contains('/')
    {
        return true;
    }
    if path == "/version" || is_redirected(path) {
        return true;
    }
    let Some(rest) = path.strip_prefix("/self-service/") else {
        return false;
    };
    let (flow, tail) = rest.split_once('/').map_or((rest, None), |(flow, tail)| (flow, Some(tail)));
    match tail {
        None => flows.contains(&flow),
        Some("api") => flows.contains(&flow) || flow == "logout",
        Some(_) => false,
    }
}

/// Paths of the admin API that are only sent on to its port: nothing happens here.
fn is_redirected(path: &str) -> bool {
    let parts: Vec<&str> = path.strip_prefix("/admin").unwrap_or(path).split('/').skip(1).collect();
    match parts.as_slice() {
        ["identities"] | ["identities", _] | ["identities", _, "credentials", _] => true,
        ["courier", "messages"] | ["courier", "messages", _] => true,
        ["recovery", "code"] => !path.starts_with("/admin/"),
        _ => false,
    }
}

/// The cleaned form of a path with empty or dot segments; `None` when it is clean.
fn unclean(path: &str) -> Option<String> {
    let dirty = path.contains("//") || path.split('/').any(|segment| segment == "." || segment == "..");
    if !dirty {
        return None;
    }
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            segment => kept.push(segment),
        }
    }
    Some(format!("/{}", kept.join("/")))
}

/// Whether an origin is on the list: exactly, by `*`, or below `https://*.example.com`.
fn is_allowed(cors: &Cors, origin: &str) -> bool {
    cors.allowed_origins.iter().any(|entry| match entry.split_once('*') {
        None => entry == origin,
        Some(("", "")) => true,
        Some((front, back)) => {
            origin.len() > front.len() + back.len() && origin.starts_with(front) && origin.ends_with(back)
        }
    })
}

fn allow_origin(cors: &Cors, origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
    let Some(origin) = origin.filter(|origin| origin.to_str().is_ok_and(|text| is_allowed(cors, text))) else {
        return;
    };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    if cors.allow_credentials {
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
    if let Ok(exposed) = HeaderValue::from_str(&cors.exposed_headers.join(", ")) {
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
}

/// Answers a preflight: 204, with the headers only when origin, method and headers are all allowed.
fn preflight(cors: &Cors, method: &Method, headers: &HeaderMap) -> Option<Response> {
    let wanted = headers.get(header::ACCESS_CONTROL_REQUEST_METHOD)?.to_str().ok()?;
    if !cors.enabled || method != Method::OPTIONS {
        return None;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    let vary = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";
    response.headers_mut().insert(header::VARY, HeaderValue::from_static(vary));
    let origin = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let asked = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).and_then(|value| value.to_str().ok());
    let known =
        |name: &str| cors.allowed_headers.iter().any(|allowed| allowed.eq_ignore_ascii_case(name) || allowed == "*");
    let fits = is_allowed(cors, origin)
        && cors.allowed_methods.iter().any(|allowed| allowed.eq_ignore_ascii_case(wanted))
        && asked.is_none_or(|asked| asked.split(',').map(str::trim).filter(|name| !name.is_empty()).all(known));
    if fits {
        let answer = response.headers_mut();
        let mut put = |name, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                answer.insert(name, value);
            }
        };
        put(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        put(header::ACCESS_CONTROL_ALLOW_METHODS, wanted);
        if let Some(asked) = asked.filter(|asked| !asked.is_empty()) {
            put(header::ACCESS_CONTROL_ALLOW_HEADERS, asked);
        }
        if cors.allow_credentials {
            put(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        }
        if cors.max_age > 0 {
            put(header::ACCESS_CONTROL_MAX_AGE, &cors.max_age.to_string());
        }
    }
    Some(response)
}
