//! Places that are called over HTTP: session stores, authorizers, upstreams.

use std::fmt;

/// An absolute http or https URL, taken apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// Whether it is reached over TLS.
    pub tls: bool,
    /// Name or address, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Whether the port was written.
    explicit_port: bool,
    /// The path, with its leading slash; may be empty.
    pub path: String,
    /// The query, without its question mark.
    pub query: Option<String>,
}

impl Endpoint {
    /// Reads a URL.
    ///
    /// # Errors
    /// For anything but an absolute http or https URL without credentials.
    pub fn parse(url: &str) -> Result<Self, String> {
        let (scheme, rest) =
            url.split_once("://").ok_or_else(|| format!("{url:?} is no absolute URL; write http://host/path"))?;
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            other => return Err(format!("the scheme {other:?} cannot be called; use http or https")),
        };
        let rest = rest.split('#').next().unwrap_or(rest);
        let (before_query, query) = match rest.split_once('?') {
            Some((before, query)) => (before, Some(query.to_owned())),
            None => (rest, None),
        };
        let (authority, path) = before_query.split_at(before_query.find('/').unwrap_or(before_query.len()));
        if authority.contains('@') {
            return Err("a URL with credentials in it ends up in logs; set an Authorization header instead".into());
        }
        let (host, port) = match authority.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
            Some((host, rest)) => (host, rest.strip_prefix(':')),
            None => match authority.rsplit_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        let fits = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
        if host.is_empty() || !host.chars().all(fits) {
            return Err(format!("{authority:?} is no host"));
        }
        let explicit_port = port.is_some();
        let port = match port {
            Some(port) => port.parse().map_err(|_| format!("{port:?} is no port"))?,
            None if tls => 443,
            None => 80,
        };
        Ok(Self { tls, host: host.to_ascii_lowercase(), port, explicit_port, path: path.to_owned(), query })
    }

    /// `http` or `https`
    pub fn scheme(&self) -> &'static str {
        if self.tls { "https" } else { "http" }
    }

    /// The Host header that names the endpoint: with its port where it was written.
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.explicit_port { format!("{host}:{}", self.port) } else { host }
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme(), self.authority())
    }

    /// The name of the Envoy cluster that reaches the endpoint. The renderer and the filter both make it from here.
    pub fn cluster(&self) -> String {
        format!("{}_{}_{}", self.scheme(), self.host.replace(':', "-"), self.port)
    }

    /// Path and query.
    pub fn target(&self) -> String {
        let path = if self.path.is_empty() { "/" } else { &self.path };
        match &self.query {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin(), self.target())
    }
}
