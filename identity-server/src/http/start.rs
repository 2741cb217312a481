//! From a configuration to everything that handlers work with, and from one configuration to the next.

use super::app::{App, Clock, SystemClock};
use crate::config::{Config, ConfigHandle};
use crate::courier::{Delivery, Mails, Templates};
use crate::crypto::Sealer;
use crate::hashing::Hasher;
use crate::metrics::Metrics;
use crate::password::BreachCheck;
use crate::schema::{SchemaEntry, SchemaRegistry};
use crate::store::{Dialect, Dsn, Store};
use anyhow::Context as _;
use std::sync::Arc;

/// Opens the database and reads what the configuration refers to.
///
/// # Errors
/// Whatever keeps the server from starting, with what to do about it.
pub async fn open(handle: ConfigHandle) -> anyhow::Result<(Arc<App>, Delivery)> {
    let config = handle.load();
    super::serve::refuse_what_is_missing(&config)?;
    let dsn = Dsn::parse(&config.dsn).map_err(|reason| anyhow::anyhow!("dsn: {reason}"))?;
    if dsn.dialect == Dialect::Sqlite && !dsn.is_in_memory() {
        Store::migrate(&dsn).await.context("migrating the SQLite database")?;
    }
    let sealer = Sealer::from_config(&config).map_err(anyhow::Error::msg)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let store = Store::open(&dsn, sealer.clone()).await.context("opening the database")?;
    let metrics = Metrics::new()?;
    let store = store.audited(clock.clone(), metrics.clone());
    if dsn.is_in_memory() {
        store.migrate_open().await.context("migrating the database in memory")?;
    }
    store.ready().await.context("the database is not migrated; run `nexus-identity migrate` first")?;
    let schemas = schemas(&config).await?;
    let hasher = Hasher::from_config(&config);
    let breaches = breaches(&config)?;
    let mails = Mails::from_config(&config).await.context("the templates of mails")?;
    let delivery = Delivery::from_config(&config).await.map_err(anyhow::Error::msg)?;
    Ok((Arc::new(App { config: handle, store, schemas, hasher, breaches, sealer, mails, metrics, clock }), delivery))
}

/// What `config` makes of `app`: the same database and the same hashing bounds, everything else read anew. Nothing is
/// in force yet but for secrets, templates and the configuration itself, which are switched last, together.
///
/// # Errors
/// Whatever is wrong; then nothing has changed.
pub(super) async fn renew(app: &App, config: Config) -> anyhow::Result<Arc<App>> {
    super::serve::refuse_what_is_missing(&config)?;
    Sealer::from_config(&config).map_err(anyhow::Error::msg)?;
    let schemas = schemas(&config).await?;
    let breaches = breaches(&config)?;
    let templates = Templates::load(&config).await.context("the templates of mails")?;
    // The courier reads this again for itself; here it is only checked.
    Delivery::from_config(&config).await.map_err(anyhow::Error::msg)?;
    let same = format!("{:?}{:?}", config.hashers, config.nexus.hashing)
        == format!("{:?}{:?}", app.config().hashers, app.config().nexus.hashing);
    let hasher = if same { app.hasher.clone() } else { Hasher::from_config(&config) };
    app.mails.store(templates);
    app.sealer.renew(&config);
    app.config.store(config);
    Ok(Arc::new(App {
        config: app.config.clone(),
        store: app.store.clone(),
        schemas,
        hasher,
        breaches,
        sealer: app.sealer.clone(),
        mails: app.mails.clone(),
        metrics: app.metrics.clone(),
        clock: app.clock.clone(),
    }))
}

/// The identity schemas of a configuration.
///
/// # Errors
/// When one cannot be read or is none.
pub async fn schemas(config: &Config) -> anyhow::Result<SchemaRegistry> {
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
    Ok(schemas)
}

fn breaches(config: &Config) -> anyhow::Result<Option<BreachCheck>> {
    BreachCheck::from_config(&config.selfservice.methods.password.config)
        .context("selfservice.methods.password.config.haveibeenpwned_host")
}
