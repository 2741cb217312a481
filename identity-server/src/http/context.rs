//! What is known of the request that is being answered, wherever the answer is worked out: its id, who asks, in which
//! language. It saves every function on the way from handing these on, and decides nothing.

use super::app::App;
use super::listen::Peer;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
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
    /// On the admin port: who the gateway says it is (`X-User`).
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
            .then(|| text(header::HeaderName::from_static("x-user"), 128))
            .flatten(),
        identity: OnceLock::new(),
    };
    CURRENT.scope(Arc::new(context), next.run(request)).await
}

/// An id that a caller chose, when it is one that can be repeated in logs and answers.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get("x-request-id").map(HeaderValue::to_str)?.ok()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '/' | '+' | '=');
    (!id.is_empty() && id.len() <= 128 && id.chars().all(plain)).then(|| id.to_owned())
}
