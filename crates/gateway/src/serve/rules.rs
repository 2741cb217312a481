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
    load(&config.rules, files, &read_key_set)
}

fn read_key_set(url: &str) -> Result<Value, String> {
    let text = match url.split_once("://") {
        Some(("file", path)) => {
            std::fs::read_to_string(path).map_err(|error| format!("cannot read the key set {path}: {error}"))?
        }
        Some(("inline", text)) => {
            use base64::Engine as _;
            let bytes = base64::engine::general_purpose::STANDARD
                .decode(text)
                .map_err(|_| "what follows inline:// must be Base64")?;
            String::from_utf8(bytes).map_err(|_| "an inline key set must be text")?
        }
        _ => return Err(format!("{url:?} names no key set")),
    };
    serde_json::from_str(&text).map_err(|error| format!("the key set {url} is no JSON: {error}"))
}
