//! `serve`: where the two APIs listen.

use super::Secret;
use serde::{Deserialize, Deserializer};
use std::path::PathBuf;
use url::Url;

/// `serve`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct Serve {
    #[serde(deserialize_with = "public_listener")]
    pub public: Listener,
    #[serde(deserialize_with = "admin_listener")]
    pub admin: Listener,
}

impl Default for Serve {
    fn default() -> Self {
        Self { public: Listener::on(4433), admin: Listener::on(4434) }
    }
}

/// `serve.public` and `serve.admin`.
#[derive(Clone, Debug)]
pub struct Listener {
    /// The URL that others use.
    pub base_url: Option<Url>,
    /// The address to listen on; empty means all.
    pub host: String,
    /// The port; 4433 for the public API, 4434 for the admin API.
    pub port: u16,
    /// CORS; off unless switched on.
    pub cors: Cors,
    /// TLS, when both key and certificate are given.
    pub tls: Option<Tls>,
    /// Leaves health checks out of the request log.
    pub disable_health_log: bool,
}

impl Listener {
    fn on(port: u16) -> Self {
        Self { base_url: None, host: String::new(), port, cors: Cors::default(), tls: None, disable_health_log: false }
    }

    /// `base_url` or what the address makes; ends with a slash.
    #[must_use]
    pub fn url(&self) -> Url {
        if let Some(url) = &self.base_url {
            let mut url = url.clone();
            if !url.path().ends_with('/') {
                url.set_path(&format!("{}/", url.path()));
            }
            return url;
        }
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        // An address that means "all" is none that anybody can call.
        let host = match self.host.as_str() {
            "" | "0.0.0.0" => "127.0.0.1".to_owned(),
            "::" | "[::]" => "[::1]".to_owned(),
            host if host.contains(':') && !host.starts_with('[') => format!("[{host}]"),
            host => host.to_owned(),
        };
        let local = || Url::parse("http://127.0.0.1/").unwrap_or_else(|_| unreachable!("a constant URL"));
        Url::parse(&format!("{scheme}://{host}:{}/", self.port)).unwrap_or_else(|_| local())
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Raw {
    base_url: Option<Url>,
    host: Option<String>,
    port: Option<u16>,
    cors: Cors,
    tls: Option<Tls>,
    request_log: RequestLog,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RequestLog {
    disable_for_health: bool,
}

fn listener<'de, D: Deserializer<'de>>(deserializer: D, port: u16) -> Result<Listener, D::Error> {
    let raw = Raw::deserialize(deserializer)?;
    Ok(Listener {
        base_url: raw.base_url,
        host: raw.host.unwrap_or_default(),
        port: raw.port.unwrap_or(port),
        cors: raw.cors,
        tls: raw.tls,
        disable_health_log: raw.request_log.disable_for_health,
    })
}

fn public_listener<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Listener, D::Error> {
    listener(deserializer, 4433)
}

fn admin_listener<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Listener, D::Error> {
    listener(deserializer, 4434)
}

/// `serve.public.cors`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct Cors {
    pub enabled: bool,
    pub allowed_origins: Vec<String>,
    pub allowed_methods: Vec<String>,
    pub allowed_headers: Vec<String>,
    pub exposed_headers: Vec<String>,
    pub allow_credentials: bool,
    /// Seconds that a browser may keep a preflight's answer.
    pub max_age: u32,
    pub debug: bool,
}

impl Default for Cors {
    fn default() -> Self {
        let list = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect();
        Self {
            enabled: false,
            allowed_origins: list(&["*"]),
            allowed_methods: list(&["POST", "GET", "PUT", "PATCH", "DELETE"]),
            allowed_headers: list(&[
                "Authorization",
                "Content-Type",
                "Max-Age",
                "X-Session-Token",
                "X-XSRF-TOKEN",
                "X-CSRF-TOKEN",
            ]),
            exposed_headers: list(&["Content-Type"]),
            allow_credentials: true,
            max_age: 0,
            debug: false,
        }
    }
}

/// `serve.*.tls`.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct Tls {
    pub cert: TlsSource,
    pub key: TlsSource,
}

/// Where a certificate or key comes from.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct TlsSource {
    pub path: Option<PathBuf>,
    pub base64: Option<Secret>,
}
