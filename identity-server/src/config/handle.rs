//! The configuration that is in force: replaced as a whole when files change.

use super::Config;
use std::sync::{Arc, PoisonError, RwLock};

/// A handle to the configuration in force; clones share it.
#[derive(Clone)]
pub struct ConfigHandle(Arc<RwLock<Arc<Config>>>);

impl ConfigHandle {
    /// Begins with `config`.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(config))))
    }

    /// The configuration as it is now. One request loads it once and uses that.
    #[must_use]
    pub fn load(&self) -> Arc<Config> {
        // A poisoned lock still holds a whole configuration: only an `Arc` is ever written.
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts `config` into force.
    pub fn store(&self, config: Config) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
    }
}
