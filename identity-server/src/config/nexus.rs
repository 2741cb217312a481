//! `nexus`: what Kratos has no key for.

use super::duration;
use super::throttle::{Audit, Throttle};
use ipnet::IpNet;
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

/// `nexus`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Nexus {
    /// Whose `X-Forwarded-For` counts; nobody's unless given.
    pub trusted_proxies: Vec<IpNet>,
    /// Bounds of password hashing.
    pub hashing: Hashing,
    /// A folder that every mail is written to instead of being sent.
    pub mailbox_dir: Option<PathBuf>,
    /// What Kratos' password policy has no key for.
    pub password: NexusPassword,
    /// Further bounds of sessions.
    pub session: NexusSession,
    /// How often something may be tried.
    pub throttle: Throttle,
    /// The audit trail.
    pub audit: Audit,
}

/// `nexus.hashing`: how much memory and waiting password hashing may take.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Hashing {
    /// Hashes at a time; the number of processors when missing.
    pub max_concurrent: Option<usize>,
    /// How long a login may wait for its turn before it is answered with 503.
    #[serde(deserialize_with = "duration::de")]
    pub max_wait: Duration,
}

impl Default for Hashing {
    fn default() -> Self {
        Self { max_concurrent: None, max_wait: Duration::from_secs(5) }
    }
}

/// `nexus.password`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NexusPassword {
    /// Whether new passwords are held against the built-in list of common ones. When missing, they are where
    /// `haveibeenpwned_enabled` is on.
    pub common_passwords: Option<bool>,
    /// NIST SP 800-63B for passwords that are the only factor: at least 15 characters, and neither the name of the
    /// person nor a forbidden word inside.
    pub strict: bool,
    /// With `strict`: words that no password may contain, e.g. the name of the product.
    pub forbidden_words: Vec<String>,
}

/// `nexus.session`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NexusSession {
    /// A session that was not used this long ends.
    #[serde(deserialize_with = "duration::de_option")]
    pub idle_timeout: Option<Duration>,
    /// No extension goes beyond this age.
    #[serde(deserialize_with = "duration::de_option")]
    pub absolute_lifespan: Option<Duration>,
}
