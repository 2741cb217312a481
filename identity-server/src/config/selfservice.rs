//! `selfservice`: flows, methods and where browsers may be sent.

use super::{Flows, Methods};
use serde::Deserialize;
use url::Url;

/// `selfservice`.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct SelfService {
    pub default_browser_return_url: Url,
    /// URLs whose path (as a prefix) may be returned to; a host may begin with `*.`.
    #[serde(default)]
    pub allowed_return_urls: Vec<String>,
    #[serde(default)]
    pub methods: Methods,
    pub flows: Flows,
}
