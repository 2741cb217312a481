//! The rule set in use.

use access_rules::{
    Engine,
    rules::{Loaded, load},
};
use serde_json::Value;
use std::sync::{Arc, PoisonError, RwLock};

/// The rule set in use.
#[derive(Clone)]
pub(crate) struct RuleSet {
    pub(crate) engine: Arc<Engine>,
    pub(crate) listing: Arc<Vec<Value>>,
}

/// The rule set in use, replaced as a whole.
#[derive(Clone)]
pub(crate) struct Current(Arc<RwLock<RuleSet>>);

impl Current {
    pub(crate) fn new(set: RuleSet) -> Self {
        Self(Arc::new(RwLock::new(set)))
    }

    pub(crate) fn get(&self) -> RuleSet {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set(&self, set: RuleSet) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = set;
    }
}

impl From<&Loaded> for RuleSet {
    fn from(loaded: &Loaded) -> Self {
        Self { engine: Arc::clone(&loaded.engine), listing: Arc::new(loaded.listing.clone()) }
    }
}

/// Reads, checks and compiles the rules of a configuration.
pub(crate) fn compile(
    config: &crate::config::Config,
    files: &[access_rules::rules::RuleFile],
) -> Result<Loaded, access_rules::document::Problems> {
    load(&config.rules, files)
}
