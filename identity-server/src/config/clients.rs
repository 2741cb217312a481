//! `clients` and `oauth2_provider`: whom the server calls.

use super::Secret;
use serde::Deserialize;
use std::collections::BTreeMap;
use url::Url;

/// `clients`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct Clients {
    pub http: HttpClient,
    pub smtp: SmtpClient,
    pub web_hook: WebHookClient,
}

/// `clients.http`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct HttpClient {
    pub disallow_private_ip_ranges: bool,
    pub private_ip_exception_urls: Vec<String>,
}

/// `clients.smtp`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct SmtpClient {
    pub disallow_private_ip_ranges: bool,
}

/// `clients.web_hook`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct WebHookClient {
    /// The request headers that web hooks may see; Kratos' list when missing.
    pub header_allowlist: Option<Vec<String>>,
}

/// `oauth2_provider`: Ory Hydra.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct OAuth2Provider {
    pub url: Option<Url>,
    pub headers: BTreeMap<String, Secret>,
    pub override_return_to: bool,
}
