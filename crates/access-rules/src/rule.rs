//! A compiled rule.

use crate::{
    endpoint::Endpoint,
    handlers::{Authenticator, Authorizer, ErrorHandler, Mutator},
    pattern::Pattern,
    request::Request,
};
use std::sync::Arc;

/// A compiled rule.
#[derive(Debug)]
pub struct Rule {
    /// Its name.
    pub id: String,
    pub(crate) methods: Vec<String>,
    pub(crate) pattern: Pattern,
    pub(crate) strategy: crate::pattern::Strategy,
    pub(crate) authenticators: Vec<Authenticator>,
    /// For each authenticator, whether the next one is asked when it refuses a credential.
    pub(crate) fall_through: Vec<bool>,
    pub(crate) authorizer: Authorizer,
    pub(crate) mutators: Vec<Mutator>,
    pub(crate) errors: Vec<ErrorHandler>,
    /// Where the request goes.
    pub upstream: Option<Arc<Upstream>>,
    pub(crate) priority: i64,
    pub(crate) cors: Option<crate::cors::Cors>,
}

/// Where a request goes.
#[derive(Debug, PartialEq, Eq)]
pub struct Upstream {
    /// Scheme, host and port.
    pub endpoint: Endpoint,
    /// Whether the client's Host header is kept.
    pub preserve_host: bool,
    /// The name of Envoy's route; empty for the default route.
    pub route: String,
    strip: String,
    prefix: String,
}

impl Upstream {
    pub(crate) fn new(endpoint: Endpoint, preserve_host: bool, strip: &str, route: &str) -> Self {
        let prefix = endpoint.path.trim_end_matches('/').to_owned();
        Self { endpoint, preserve_host, strip: strip.trim_matches('/').to_owned(), prefix, route: route.to_owned() }
    }

    /// Path and query for the upstream; `None` when they stay as they are. The bytes that the client sent are kept.
    pub fn target(&self, request: &Request) -> Option<String> {
        let raw = request.raw_path();
        let rest = self.stripped(raw);
        if rest.len() == raw.len() && self.prefix.is_empty() {
            return None;
        }
        let mut out = String::with_capacity(self.prefix.len() + request.target().len());
        out.push_str(&self.prefix);
        out.push_str(rest);
        if rest == "/" && !self.prefix.is_empty() {
            out.pop();
        }
        if out.is_empty() {
            out.push('/');
        }
        if let Some(query) = request.query() {
            out.push('?');
            out.push_str(query);
        }
        Some(out)
    }

    /// Whole segments at the beginning only: `/api` is no part of `/apiary`.
    fn stripped<'p>(&self, path: &'p str) -> &'p str {
        if self.strip.is_empty() {
            return path;
        }
        match path.get(1..).and_then(|rest| rest.strip_prefix(self.strip.as_str())) {
            Some("") => "/",
            Some(rest) if rest.starts_with('/') => rest,
            _ => path,
        }
    }
}

impl Rule {
    /// What the pattern's groups caught of a request. Globs catch nothing.
    pub(crate) fn groups(&self, request: &Request) -> Vec<String> {
        if self.strategy == crate::pattern::Strategy::Glob {
            return Vec::new();
        }
        self.pattern.captures(request.url()).unwrap_or_default().into_iter().map(str::to_owned).collect()
    }
}
