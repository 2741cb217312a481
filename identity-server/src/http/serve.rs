//! Starting the server and stopping it.

use super::app::{App, SystemClock};
use super::request::Req;
use super::{admin, context, guard, health, public};
use crate::config::{Config, ConfigHandle, Hook, Use};
use crate::courier::{self, Mails};
use crate::crypto::Sealer;
use crate::hashing::Hasher;
use crate::password::BreachCheck;
use crate::schema::{SchemaEntry, SchemaRegistry};
use crate::store::{Dialect, Dsn, Store};
use anyhow::{Context as _, bail};
use axum::Router;
use axum::extract::{OriginalUri, State};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// How to serve.
pub struct ServeOptions {
    /// The configuration.
    pub handle: ConfigHandle,
    /// Whether this is development: cookies without `Secure`, messages unredacted.
    pub dev: bool,
}

/// Serves both ports until SIGINT or SIGTERM, then lets running requests finish.
///
/// # Errors
/// Whatever keeps the server from starting, with what to do about it.
pub async fn serve(options: ServeOptions) -> anyhow::Result<()> {
    let config = options.handle.load();
    refuse_what_is_missing(&config)?;
    let dsn = Dsn::parse(&config.dsn).map_err(|reason| anyhow::anyhow!("dsn: {reason}"))?;
    if dsn.dialect == Dialect::Sqlite && !dsn.is_in_memory() {
        Store::migrate(&dsn).await.context("migrating the SQLite database")?;
    }
    let sealer = Sealer::from_config(&config).map_err(anyhow::Error::msg)?;
    let store = Store::open(&dsn, sealer.clone()).await.context("opening the database")?;
    if dsn.is_in_memory() {
        store.migrate_open().await.context("migrating the database in memory")?;
    }
    store.ready().await.context("the database is not migrated; run `nexus-identity migrate` first")?;
    let sources: Vec<SchemaEntry<'_>> = config
        .identity
        .schemas
        .iter()
        .map(|schema| SchemaEntry { id: &schema.id, url: &schema.url, selectable: schema.selfservice_selectable })
        .collect();
    let schemas = SchemaRegistry::load(&config.identity.default_schema_id, &sources).await?;
    for schema in schemas.iter() {
        for warning in schema.warnings() {
            tracing::warn!(schema = schema.id(), "{warning}");
        }
    }
    let hasher = Hasher::from_config(&config);
    let breaches = BreachCheck::from_config(&config.selfservice.methods.password.config)
        .context("selfservice.methods.password.config.haveibeenpwned_host")?;
    let handle = options.handle.clone();
    let mails = Mails::from_config(&config).await.context("the templates of mails")?;
    let clock = Arc::new(SystemClock);
    let app = Arc::new(App { config: handle, store, schemas, hasher, breaches, sealer, mails, clock });

    let public_port = listen(&config.serve.public.host, config.serve.public.port, "serve.public").await?;
    let admin_port = listen(&config.serve.admin.host, config.serve.admin.port, "serve.admin").await?;
    tracing::info!(public = %public_port.local_addr()?, admin = %admin_port.local_addr()?, "listening");
    let courier = tokio::spawn(courier::run(app.clone()));
    let public =
        axum::serve(public_port, public_router(app.clone()).into_make_service_with_connect_info::<SocketAddr>());
    let admin = axum::serve(admin_port, admin_router(app).into_make_service_with_connect_info::<SocketAddr>());
    let served = tokio::try_join!(
        public.with_graceful_shutdown(stopped()).into_future(),
        admin.with_graceful_shutdown(stopped()).into_future(),
    );
    courier.abort();
    served.map(drop).context("serving")
}

/// Configured behaviour that is not built must not be passed over in silence.
fn refuse_what_is_missing(config: &Config) -> anyhow::Result<()> {
    let flows = &config.selfservice.flows;
    let before = [
        ("login", &flows.login.before),
        ("registration", &flows.registration.before),
        ("verification", &flows.verification.before),
    ];
    for (flow, before) in before {
        if !before.hooks.is_empty() {
            bail!(
                "selfservice.flows.{flow}.before.hooks: hooks before a flow are not available in this version; remove them"
            );
        }
    }
    if flows.verification.enabled && flows.verification.r#use == Use::Link {
        bail!("selfservice.flows.verification.use: `link` is not available in this version; write `code`");
    }
    let after = [
        ("login", &flows.login.after),
        ("registration", &flows.registration.after),
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
        Hook::ShowVerificationUi if flow != "registration" => Some("show_verification_ui"),
        Hook::RevokeActiveSessions if flow != "login" => Some("revoke_active_sessions"),
        _ => None,
    }
}

async fn listen(host: &str, port: u16, key: &str) -> anyhow::Result<TcpListener> {
    let host = if host.is_empty() { "0.0.0.0" } else { host };
    let mend = "is another server running there? Choose another port or stop it";
    TcpListener::bind((host, port)).await.with_context(|| format!("{key}: cannot listen on {host}:{port}; {mend}"))
}

/// The public port.
pub fn public_router(app: Arc<App>) -> Router {
    Router::new()
        .merge(public::router())
        .merge(health::router())
        .fallback(unknown_on_public)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(app.clone(), guard::public))
        .layer(from_fn_with_state(app.clone(), context::scope))
        .with_state(app)
}

/// The admin port.
pub fn admin_router(app: Arc<App>) -> Router {
    Router::new()
        .merge(admin::router())
        .fallback(unknown_on_admin)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn(guard::admin))
        .layer(from_fn_with_state(app.clone(), context::scope))
        .with_state(app)
}

fn text(status: StatusCode, body: &'static str) -> Response {
    let mut response = (status, body).into_response();
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// Administration asked for on the public port is sent to the admin port, as Kratos does.
async fn unknown_on_public(State(app): State<Arc<App>>, req: Req) -> Response {
    let path = req.uri.path().strip_prefix("/admin").unwrap_or(req.uri.path());
    if path.starts_with("/identities") || path.starts_with("/courier/messages") {
        let base = app.config().admin_url();
        let query = req.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        let to = format!("{}/admin{path}{query}", base.as_str().trim_end_matches('/'));
        return super::respond::redirect(StatusCode::TEMPORARY_REDIRECT, &to, req.method == http::Method::GET);
    }
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
    let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed\n");
    let fits = |pattern: &str| {
        let (mut want, mut have) = (pattern.split('/'), uri.path().split('/'));
        loop {
            match (want.next(), have.next()) {
                (None, None) => return true,
                (Some(want), Some(have)) if want == have || want.starts_with('{') => {}
                _ => return false,
            }
        }
    };
    let health = [("/health/alive", "GET, HEAD"), ("/health/ready", "GET, HEAD")];
    let known = public::routes().into_iter().map(|(path, allow, _)| (path, allow)).chain(health);
    if let Some((_, allow)) = known.into_iter().find(|(path, _)| fits(path)) {
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
