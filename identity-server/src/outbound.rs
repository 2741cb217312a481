//! Requests to servers that the configuration names: with a deadline, without redirects and, where
//! `clients.http.disallow_private_ip_ranges` says so, never into private networks (requirement 64). Names are resolved
//! once, and what they resolve to is what is checked and called.

use crate::config::{Config, HttpClient};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// A client for requests to `url`.
///
/// # Errors
/// When the host is a private address and these are not allowed, or TLS cannot be set up.
pub fn client(config: &Config, url: &Url, timeout: Duration) -> Result<reqwest::Client, String> {
    // An error means that a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .timeout(timeout)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent("nexus-identity");
    let settings = &config.clients.http;
    let client = if settings.disallow_private_ip_ranges && !is_exempt(settings, url) {
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            _ => None,
        };
        if let Some(address) = literal.filter(|address| is_private(*address)) {
            return Err(format!(
                "{address} is a private address; clients.http.disallow_private_ip_ranges forbids it, \
                 clients.http.private_ip_exception_urls can allow it"
            ));
        }
        // A proxy would resolve the name by itself.
        client.no_proxy().dns_resolver(Arc::new(PublicOnly))
    } else {
        client
    };
    client.build().map_err(|error| error.to_string())
}

/// Whether an exception covers `url`; `*` in it stands for anything.
fn is_exempt(settings: &HttpClient, url: &Url) -> bool {
    settings.private_ip_exception_urls.iter().any(|pattern| {
        let mut rest = url.as_str();
        let mut parts = pattern.split('*');
        let Some(after) = parts.next().and_then(|first| rest.strip_prefix(first)) else { return false };
        rest = after;
        let mut open = false;
        for part in parts {
            open = true;
            match rest.find(part) {
                Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
                None => return false,
            }
        }
        rest.is_empty() || (open && pattern.ends_with('*')) || (!open && rest == "/")
    })
}

/// Gives only addresses of the public Internet.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let kept: Vec<SocketAddr> = found.filter(|address| !is_private(address.ip())).collect();
            if kept.is_empty() {
                return Err(
                    "the name has private addresses only; clients.http.disallow_private_ip_ranges forbids them".into(),
                );
            }
            Ok(Box::new(kept.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is none of the public Internet: this host, private and link-local networks (with them the
/// metadata services of clouds), shared and reserved ranges (RFC 6890), and all of these inside IPv6.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_multicast()
                || address.is_documentation()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 198 && (18..20).contains(&b))
        }
        IpAddr::V6(address) => {
            let [a, b, c, d, e, f, g, h] = address.segments();
            let inner = |high: u16, low: u16| {
                let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
                is_private(IpAddr::V4(Ipv4Addr::new(a, b, c, d)))
            };
            address.is_loopback()
                || address.is_unspecified()
                || address.is_multicast()
                || (a & 0xfe00) == 0xfc00
                || (a & 0xffc0) == 0xfe80
                || (a == 0x2001 && b == 0x0db8)
                || address.to_ipv4_mapped().is_some_and(|inner| is_private(IpAddr::V4(inner)))
                || ([a, b, c, d, e, f] == [0, 0, 0, 0, 0, 0])
                || ([a, b, c, d, e, f] == [0x64, 0xff9b, 0, 0, 0, 0] && inner(g, h))
                || (a == 0x64 && b == 0xff9b && c == 1)
                || (a == 0x2002 && inner(b, c))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{is_exempt, is_private};
    use crate::config::HttpClient;

    #[test]
    fn private_addresses_are_known_in_every_spelling() {
        let private = |text: &str| is_private(text.parse().expect("an address"));
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "198.18.0.1",
            "255.255.255.255",
            "224.0.0.1",
            "::1",
            "::",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "ff02::1",
            "::127.0.0.1",
        ] {
            assert!(private(text), "{text}");
        }
        for text in ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"] {
            assert!(!private(text), "{text}");
        }
    }

    #[test]
    fn exceptions_cover_what_they_say_and_nothing_else() {
        let exempt = |pattern: &str, url: &str| {
            let settings = HttpClient { private_ip_exception_urls: vec![pattern.into()], ..HttpClient::default() };
            is_exempt(&settings, &url.parse().expect("a URL"))
        };
        assert!(exempt("http://10.0.0.1/hooks/*", "http://10.0.0.1/hooks/sms"));
        assert!(exempt("http://10.0.0.1/sms", "http://10.0.0.1/sms"));
        assert!(exempt("http://10.0.0.1", "http://10.0.0.1/"));
        assert!(!exempt("http://10.0.0.1/sms", "http://10.0.0.1/sms/more"));
        assert!(!exempt("http://10.0.0.1", "http://10.0.0.10/"));
        assert!(!exempt("http://10.0.0.1/hooks/*", "http://10.0.0.2/hooks/sms"));
    }
}
