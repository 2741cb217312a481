//! `session` and `cookies`.

use super::{RequiredAal, duration};
use serde::{Deserialize, Deserializer, de::Error};
use std::collections::BTreeMap;
use std::time::Duration;

/// `session`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct Session {
    #[serde(deserialize_with = "duration::de")]
    pub lifespan: Duration,
    /// How long before its end a session may be extended; at any time when missing.
    #[serde(deserialize_with = "duration::de_option")]
    pub earliest_possible_extend: Option<Duration>,
    pub cookie: SessionCookie,
    pub whoami: Whoami,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            lifespan: Duration::from_secs(24 * 3600),
            earliest_possible_extend: None,
            cookie: SessionCookie::default(),
            whoami: Whoami::default(),
        }
    }
}

/// `session.cookie`; what is missing comes from `cookies`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct SessionCookie {
    pub name: String,
    pub domain: Option<String>,
    pub path: Option<String>,
    pub same_site: Option<String>,
    #[serde(deserialize_with = "flag")]
    pub secure: Option<bool>,
    /// Outlives the browser's session.
    pub persistent: bool,
}

impl Default for SessionCookie {
    fn default() -> Self {
        Self {
            name: "ory_kratos_session".into(),
            domain: None,
            path: None,
            same_site: None,
            secure: None,
            persistent: true,
        }
    }
}

/// `session.whoami`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct Whoami {
    pub required_aal: RequiredAal,
    pub tokenizer: Tokenizer,
}

/// `session.whoami.tokenizer`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct Tokenizer {
    pub templates: BTreeMap<String, TokenizerTemplate>,
}

/// One entry of `session.whoami.tokenizer.templates`.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct TokenizerTemplate {
    #[serde(default = "minute", deserialize_with = "duration::de")]
    pub ttl: Duration,
    /// Where the signing keys come from; `base64://` URLs hold them themselves.
    pub jwks_url: super::Secret,
    #[serde(default)]
    pub claims_mapper_url: Option<String>,
    /// `id` (default) or `external_id`.
    #[serde(default)]
    pub subject_source: Option<String>,
}

fn minute() -> Duration {
    Duration::from_secs(60)
}

/// `cookies`: what holds for every cookie.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Cookies {
    /// The cookies' domain; the host itself when missing.
    pub domain: Option<String>,
    /// `/` when missing.
    pub path: Option<String>,
    /// `Strict`, `Lax` or `None`; `Lax` when missing.
    pub same_site: Option<String>,
    /// On when missing, off in development mode.
    #[serde(deserialize_with = "flag")]
    pub secure: Option<bool>,
}

/// Kratos takes this switch as a boolean and as a text.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Flag {
        Bool(bool),
        Text(String),
    }
    match Option::<Flag>::deserialize(deserializer)? {
        None => Ok(None),
        Some(Flag::Bool(value)) => Ok(Some(value)),
        Some(Flag::Text(text)) => text.parse().map(Some).map_err(D::Error::custom),
    }
}
