//! What is known of the request that is being answered, wherever the answer is worked out: its id, who asks, in which
//! language. It saves every function on the way from handing these on, and decides nothing.

use super::app::App;
use super::listen::Peer;
use crate::audit::{self, AuditEvent, Kind, Outcome};
use crate::config::Config;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::time::Instant;
use tracing::Instrument as _;
use uuid::Uuid;

/// A request under way.
#[derive(Clone, Debug)]
pub struct RequestContext {
    /// Its id: the caller's `X-Request-Id`, or a new one.
    pub id: String,
    /// The client's address, as far as trusted proxies tell it.
    pub client: Option<IpAddr>,
    /// `User-Agent`, cut off at 512 characters.
    pub user_agent: Option<String>,
    /// `Accept-Language`.
    pub languages: Option<String>,
    /// The port that was asked.
    pub port: PortName,
    /// On the admin port: who the gateway says it is (`X-User-Id` or `X-User`).
    pub administrator: Option<String>,
    /// Whose session came with it, once that is known.
    identity: OnceLock<Uuid>,
}

/// Which of the two ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum PortName {
    Public,
    Admin,
}

impl RequestContext {
    /// Whose session came with the request.
    #[must_use]
    pub fn identity(&self) -> Option<Uuid> {
        self.identity.get().copied()
    }

    /// Notes whose session came with it.
    pub fn set_identity(&self, id: Uuid) {
        // The first one stays: a request has one session.
        let _ = self.identity.set(id);
    }
}

tokio::task_local! {
    static CURRENT: Arc<RequestContext>;
}

/// The request that this task answers; `None` outside of one.
#[must_use]
pub fn current() -> Option<Arc<RequestContext>> {
    CURRENT.try_with(Arc::clone).ok()
}

/// Runs the rest of the request with its context.
pub async fn scope(State((app, port)): State<(Arc<App>, PortName)>, mut request: Request, next: Next) -> Response {
    if let Some(ConnectInfo(Peer(peer))) = request.extensions().get::<ConnectInfo<Peer>>().copied() {
        request.extensions_mut().insert(ConnectInfo(peer));
    }
    let headers = request.headers();
    let text = |name: header::HeaderName, most: usize| {
        let value = headers.get(name)?.to_str().ok()?;
        Some(value.chars().take(most).collect::<String>())
    };
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let config = app.config();
    let context = RequestContext {
        id: request_id(headers).unwrap_or_else(|| crate::crypto::token::uuid(&mut app.rng()).to_string()),
        client: peer.map(|peer| super::session::address_behind(&config, headers, peer)),
        user_agent: text(header::USER_AGENT, 512),
        languages: text(header::ACCEPT_LANGUAGE, 512),
        port,
        administrator: (port == PortName::Admin)
            .then(|| ["x-user-id", "x-user"].iter().find_map(|name| text(header::HeaderName::from_static(name), 128)))
            .flatten(),
        identity: OnceLock::new(),
    };
    let trace = headers.get("traceparent").and_then(|value| value.to_str().ok()).and_then(super::trace::trace_id);
    let span = tracing::info_span!("request", request_id = context.id, trace_id = trace);
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("unknown", MatchedPath::as_str).to_owned();
    let context = Arc::new(context);
    let begun = Instant::now();
    CURRENT
        .scope(Arc::clone(&context), async {
            let response = next.run(request).await;
            let answered =
                Answered { method: &method, route: &route, status: response.status(), took: begun.elapsed() };
            finish(&app, &config, &context, &answered).await;
            response
        })
        .instrument(span)
        .await
}

struct Answered<'a> {
    method: &'a Method,
    route: &'a str,
    status: StatusCode,
    took: Duration,
}

/// Counts and logs what was answered; what an administrator changed becomes an event of the audit trail. Neither shows
/// the query, which may hold codes and tokens.
async fn finish(app: &App, config: &Config, context: &RequestContext, answered: &Answered<'_>) {
    let Answered { method, route, status, took } = answered;
    let port = match context.port {
        PortName::Public => "public",
        PortName::Admin => "admin",
    };
    app.metrics.request(port, method.as_str(), route, status.as_u16(), *took);
    let listener = if context.port == PortName::Admin { &config.serve.admin } else { &config.serve.public };
    let health = route.contains("/health/");
    let client = context.client.map(|client| client.to_string());
    let milliseconds = took.as_secs_f64() * 1000.0;
    let status = status.as_u16();
    // What gateways and monitors ask all the time is of interest only to who looks closely.
    if health && listener.disable_health_log {
    } else if health || route.ends_with("/sessions/whoami") || route.ends_with("/sessions/changes") {
        tracing::debug!(port, %method, route, status, milliseconds, client, "request");
    } else {
        tracing::info!(port, %method, route, status, milliseconds, client, "request");
    }
    let changes = !matches!(**method, Method::GET | Method::HEAD | Method::OPTIONS);
    if context.port == PortName::Admin && changes && *route != "unknown" {
        let outcome = if status < 400 { Outcome::Success } else { Outcome::Failure };
        let event = AuditEvent::new(app, Kind::AdminAction, outcome).method(method.as_str());
        audit::record(app, event.with("route", (*route).into()).with("status", status.into())).await;
    }
}

/// An id that a caller chose, when it is one that can be repeated in logs and answers.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get("x-request-id").map(HeaderValue::to_str)?.ok()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '/' | '+' | '=');
    (!id.is_empty() && id.len() <= 128 && id.chars().all(plain)).then(|| id.to_owned())
}
