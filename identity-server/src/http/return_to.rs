//! Where a browser may be sent afterwards (requirement 52).

use super::error::ApiError;
use crate::config::Config;
use url::Url;

/// Checks `wanted` against the configured list and makes it absolute: relative values are resolved against the
/// default URL. Compared are parsed parts: the scheme exactly, the host without regard to case, the port, and the
/// path as a prefix. The server's own `/self-service` URLs are always allowed.
///
/// # Errors
/// 400 `self_service_flow_return_to_forbidden`, or a plain 400 for what is no URL.
pub fn check(config: &Config, wanted: &str) -> Result<Url, ApiError> {
    if wanted.chars().any(char::is_control) {
        return Err(ApiError::bad_request("return_to contains control characters."));
    }
    let forbidden = || ApiError::return_to_forbidden(wanted);
    let default = &config.selfservice.default_browser_return_url;
    // What browsers read as another host although it looks relative.
    if wanted.contains('\\') || wanted.starts_with("//") {
        return Err(forbidden());
    }
    let url = match Url::parse(wanted) {
        Ok(url) => url,
        Err(url::ParseError::RelativeUrlWithoutBase) => default.join(wanted).map_err(|_| forbidden())?,
        Err(_) => return Err(forbidden()),
    };
    // `https:evil` parses as `https://evil`, and a name before an `@` only deceives.
    let scheme_is_whole = !wanted.contains(':') || wanted.contains("://") || !url.has_host() || wanted.starts_with('/');
    if !scheme_is_whole || !url.username().is_empty() || url.password().is_some() {
        return Err(forbidden());
    }
    let public = config.public_url();
    if same_origin(&url, &public) && url.path().starts_with("/self-service") {
        return Ok(url);
    }
    let allowed = config.selfservice.allowed_return_urls.iter();
    let fits = allowed.map(String::as_str).chain([default.as_str()]).any(|entry| fits(entry, &url));
    if fits { Ok(url) } else { Err(forbidden()) }
}

fn same_origin(a: &Url, b: &Url) -> bool {
    a.scheme() == b.scheme() && a.host() == b.host() && a.port_or_known_default() == b.port_or_known_default()
}

/// Whether `url` lies under an entry of the list; `https://*.example.com` covers every host below.
fn fits(entry: &str, url: &Url) -> bool {
    let (entry, wildcard) = match entry.split_once("://*.") {
        Some((scheme, rest)) => (format!("{scheme}://{rest}"), true),
        None => (entry.to_owned(), false),
    };
    let Ok(entry) = Url::parse(&entry) else {
        return false;
    };
    let host = match (entry.host_str(), url.host_str()) {
        (Some(allowed), Some(host)) if wildcard => {
            host.strip_suffix(allowed).is_some_and(|front| front.len() > 1 && front.ends_with('.'))
        }
        (allowed, host) => allowed == host,
    };
    let path = entry.path();
    host && entry.scheme() == url.scheme()
        && entry.port_or_known_default() == url.port_or_known_default()
        && (path == "/" || url.path().starts_with(path))
}
