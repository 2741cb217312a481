//! Starting the server and stopping it.

use super::app::App;
use super::context::PortName;
use super::listen::{Peer, Port};
use super::reload::{Reload, Routes};
use super::request::Req;
use super::{admin, context, guard, health, public, start};
use crate::config::{Config, ConfigHandle, Hook, Sources};
use crate::courier;
use crate::store::Store;
use anyhow::{Context as _, bail};
use axum::Router;
use axum::extract::{OriginalUri, State};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use axum::serve::Listener as _;
use http::{HeaderValue, StatusCode, header};
use std::sync::Arc;

/// How to serve.
pub struct ServeOptions {
    /// The configuration.
    pub handle: ConfigHandle,
    /// Where it comes from, to read it again when that changes.
    pub sources: Option<Sources>,
}

/// Serves both ports until SIGINT or SIGTERM, then lets running requests finish.
///
/// # Errors
/// Whatever keeps the server from starting, with what to do about it.
pub async fn serve(options: ServeOptions) -> anyhow::Result<()> {
    let (app, delivery) = start::open(options.handle).await?;
    let config = app.config();
    let (public_port, public_certificate) = Port::open("serve.public", &config.serve.public).await?;
    let (admin_port, admin_certificate) = Port::open("serve.admin", &config.serve.admin).await?;
    tracing::info!(public = %public_port.local_addr()?.0, admin = %admin_port.local_addr()?.0, "listening");
    let mut tasks = tokio::task::JoinSet::new();
    if config.watch_courier.unwrap_or(true) {
        tasks.spawn(courier::run(app.clone(), delivery));
    }
    tasks.spawn(index_old_identities(app.store.clone()));
    tasks.spawn(crate::jobs::run(app.clone()));
    let public = Routes::new(public_router(app.clone()));
    let admin = Routes::new(admin_router(app.clone()));
    if let Some(sources) = options.sources {
        let (public, admin) = (public.clone(), admin.clone());
        tasks.spawn(Reload { sources, app, public, admin, public_certificate, admin_certificate }.run());
    }
    let public = axum::serve(public_port, public.service().into_make_service_with_connect_info::<Peer>());
    let admin = axum::serve(admin_port, admin.service().into_make_service_with_connect_info::<Peer>());
    let served = tokio::try_join!(
        public.with_graceful_shutdown(stopped()).into_future(),
        admin.with_graceful_shutdown(stopped()).into_future(),
    );
    tasks.shutdown().await;
    served.map(drop).context("serving")
}

/// Only the courier, until SIGINT or SIGTERM. Any number of couriers may run on one database.
///
/// # Errors
/// Whatever keeps it from starting.
pub async fn watch_courier(handle: ConfigHandle) -> anyhow::Result<()> {
    let (app, delivery) = start::open(handle).await?;
    tracing::info!("watching the queue of messages");
    tokio::select! {
        () = courier::run(app, delivery) => {}
        () = stopped() => {}
    }
    Ok(())
}

/// Configured behaviour that is not built must not be passed over in silence.
pub(super) fn refuse_what_is_missing(config: &Config) -> anyhow::Result<()> {
    let flows = &config.selfservice.flows;
    let before = [
        ("login", &flows.login.before),
        ("registration", &flows.registration.before),
        ("settings", &flows.settings.before),
        ("recovery", &flows.recovery.before),
        ("verification", &flows.verification.before),
    ];
    for (flow, before) in before {
        if !before.hooks.is_empty() {
            bail!(
                "selfservice.flows.{flow}.before.hooks: hooks before a flow are not available in this version; remove them"
            );
        }
    }
    let after = [
        ("login", &flows.login.after),
        ("registration", &flows.registration.after),
        ("settings", &flows.settings.after),
        ("recovery", &flows.recovery.after),
        ("verification", &flows.verification.after),
    ];
    for (flow, after) in after {
        let lists =
            after.methods.iter().map(|(method, own)| (method.as_str(), &own.hooks)).chain([("hooks", &after.hooks)]);
        for (place, hooks) in lists {
            if let Some(name) = hooks.iter().find_map(|hook| unavailable(flow, hook)) {
                bail!(
                    "selfservice.flows.{flow}.after.{place}: the hook `{name}` is not available in this version; remove it"
                );
            }
        }
    }
    Ok(())
}

/// The name of a hook that would do nothing in this flow.
fn unavailable(flow: &str, hook: &Hook) -> Option<&'static str> {
    match hook {
        Hook::RequireVerifiedAddress => Some("require_verified_address"),
        Hook::WebHook(_) => Some("web_hook"),
        Hook::Verification => Some("verification"),
        Hook::VerifyNewAddress => Some("verify_new_address"),
        Hook::NotifyPreviousAddresses(_) => Some("notify_previous_addresses"),
        Hook::ShowVerificationUi if !matches!(flow, "registration" | "settings") => Some("show_verification_ui"),
        Hook::RevokeActiveSessions if !matches!(flow, "login" | "settings" | "recovery") => {
            Some("revoke_active_sessions")
        }
        _ => None,
    }
}

/// Makes identities findable that were made before there was a search.
async fn index_old_identities(store: Store) {
    match store.index_identities().await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "identities indexed for the search"),
        Err(error) => tracing::error!(%error, "identities that are older than the search cannot be found by it yet"),
    }
}

/// The public port.
pub fn public_router(app: Arc<App>) -> Router {
    Router::new()
        .merge(public::router())
        .merge(health::router())
        .fallback(unknown_on_public)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(app.clone(), guard::public))
        .layer(from_fn_with_state((app.clone(), PortName::Public), context::scope))
        .with_state(app)
}

/// The admin port.
pub fn admin_router(app: Arc<App>) -> Router {
    Router::new()
        .merge(admin::router())
        // Without the prefix these are the public port's.
        .route("/sessions/whoami", any(unknown_on_admin))
        .route("/sessions/token-exchange", any(unknown_on_admin))
        .fallback(unknown_on_admin)
        .method_not_allowed_fallback(wrong_method_on_admin)
        .layer(from_fn(guard::admin))
        .layer(from_fn_with_state((app.clone(), PortName::Admin), context::scope))
        .with_state(app)
}

fn text(status: StatusCode, body: &'static str) -> Response {
    let mut response = (status, body).into_response();
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

async fn unknown_on_public() -> Response {
    text(StatusCode::NOT_FOUND, "404 page not found\n")
}

/// Self-service asked for on the admin port is sent to the public port.
async fn unknown_on_admin(State(app): State<Arc<App>>, req: Req) -> Response {
    let path = req.uri.path();
    let public = path.starts_with("/self-service/") || path.starts_with("/schemas") || path.starts_with("/sessions");
    if public {
        let to = super::app::PublicUrl(app.config().public_url()).at(req.target());
        return super::respond::redirect(StatusCode::TEMPORARY_REDIRECT, &to, req.method == http::Method::GET);
    }
    text(StatusCode::NOT_FOUND, "404 page not found\n")
}

async fn wrong_method(OriginalUri(uri): OriginalUri) -> Response {
    method_not_allowed(uri.path(), public::routes().into_iter().map(|(path, allow, _)| (path, allow)))
}

async fn wrong_method_on_admin(OriginalUri(uri): OriginalUri) -> Response {
    let known = admin::routes().into_iter().chain(admin::only_prefixed()).map(|(path, allow, _)| (path, allow));
    method_not_allowed(uri.path().strip_prefix("/admin").unwrap_or(uri.path()), known)
}

/// 405 with the methods that the route at `path` has, in order.
fn method_not_allowed(path: &str, known: impl Iterator<Item = (&'static str, &'static str)>) -> Response {
    let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed\n");
    let fits = |pattern: &str| {
        let (mut want, mut have) = (pattern.split('/'), path.split('/'));
        loop {
            match (want.next(), have.next()) {
                (None, None) => return true,
                (Some(want), Some(have)) if want == have || want.starts_with('{') => {}
                _ => return false,
            }
        }
    };
    let health = [("/health/alive", "GET, HEAD"), ("/health/ready", "GET, HEAD")];
    if let Some((_, allow)) = known.chain(health).find(|(path, _)| fits(path)) {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
    }
    response
}

/// Resolves on SIGINT or SIGTERM.
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(error) => {
            tracing::error!(%error, "cannot listen for SIGTERM");
            drop(tokio::signal::ctrl_c().await);
        }
    }
}
