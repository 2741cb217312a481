//! What every handler works with.

use crate::config::{Config, ConfigHandle};
use crate::courier::Mails;
use crate::crypto::Sealer;
use crate::hashing::Hasher;
use crate::metrics::Metrics;
use crate::password::BreachCheck;
use crate::schema::SchemaRegistry;
use crate::store::Store;
use identity_api::Timestamp;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::sync::Arc;
use url::Url;

/// Tells the time. Tests bring their own.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// The clock of the machine.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the edge where the real time comes in")]
    fn now(&self) -> Timestamp {
        Timestamp::now_utc()
    }
}

/// Everything that a handler may use.
pub struct App {
    /// The configuration as it is now.
    pub config: ConfigHandle,
    /// The database.
    pub store: Store,
    /// The identity schemas.
    pub schemas: SchemaRegistry,
    /// The password hasher.
    pub hasher: Hasher,
    /// Whether new passwords are known from breaches; `None` when that is switched off.
    pub breaches: Option<BreachCheck>,
    /// Seals second-factor secrets and what a browser keeps for us.
    pub sealer: Sealer,
    /// The templates of mails and text messages.
    pub mails: Mails,
    /// Numbers for Prometheus.
    pub metrics: Metrics,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

impl App {
    /// The configuration as it is now; one request uses one.
    #[must_use]
    pub fn config(&self) -> Arc<Config> {
        self.config.load()
    }

    /// The present moment, in the database's precision.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let now = self.clock.now();
        now.replace_microsecond(now.microsecond()).unwrap_or(now)
    }

    /// A random source seeded by the operating system.
    #[must_use]
    pub fn rng(&self) -> StdRng {
        StdRng::from_os_rng()
    }
}

/// Absolute links, always from the configured base URL and never from `Host` (requirement 66).
#[derive(Clone)]
pub struct PublicUrl(pub Url);

impl PublicUrl {
    /// The public URL of `path` (which begins with `/`).
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.0.as_str().trim_end_matches('/'))
    }
}
