//! What the process serves itself: decisions for other proxies, and files.

pub(crate) mod api;
pub(crate) mod calls;
pub(crate) mod feed;
pub(crate) mod files;
pub(crate) mod metrics;
pub(crate) mod rules;
pub(crate) mod tls;

use std::{net::SocketAddr, time::Duration};
use tokio::net::TcpListener;

/// A listening socket. A port that is taken is told with the setting that names it.
pub(crate) async fn bind(host: &str, port: u16, setting: &str) -> anyhow::Result<TcpListener> {
    let host = if host.is_empty() { "0.0.0.0" } else { host };
    match TcpListener::bind((host, port)).await {
        Ok(listener) => Ok(listener),
        Err(error) => anyhow::bail!("cannot listen on {host}:{port} ({setting}): {error}"),
    }
}

/// Serves a router until the process ends.
pub(crate) async fn serve(listener: TcpListener, router: axum::Router) -> anyhow::Result<()> {
    Ok(axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).await?)
}

/// The time, for the engine.
#[expect(clippy::disallowed_methods, reason = "the edge: here the clock is read for everything else")]
pub(crate) fn now() -> Duration {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or(Duration::MAX)
}
