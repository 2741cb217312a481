//! Reading a request out of Envoy's header map, in one call.

use crate::config::Config;
use access_rules::{Headers, Parts, Public, address::first_public};
use proxy_wasm::hostcalls;
use std::net::{IpAddr, SocketAddr};

/// Headers by which clients and proxies say where a request came from and went to. Unless the proxy in front is
/// trusted, neither rules nor upstreams see them. (X-Forwarded-For and X-Forwarded-Proto are Envoy's own by then.)
const FORWARDED: &[&str] = &[
    "x-forwarded-host",
    "x-forwarded-uri",
    "x-forwarded-method",
    "x-forwarded-prefix",
    "x-forwarded-port",
    "x-forwarded-server",
    "x-forwarded-scheme",
    "x-forwarded-ssl",
    "x-original-url",
    "x-original-uri",
    "x-original-host",
    "x-original-method",
    "x-rewrite-url",
    "x-real-ip",
    "forwarded",
];

/// A request, and the headers that must not get any further.
pub(crate) struct Read {
    pub(crate) parts: Parts,
    pub(crate) remove: Vec<String>,
}

/// Whether a header says where a request came from or went to.
pub(crate) fn is_forwarded(name: &str) -> bool {
    (name.starts_with('x') || name == "forwarded") && FORWARDED.contains(&name.replace('_', "-").as_str())
}

/// Sorts header lines into the parts of a request.
pub(crate) fn read(lines: Vec<(String, Vec<u8>)>, config: &Config) -> Read {
    let mut parts = Parts { scheme: config.scheme.clone(), ..Parts::default() };
    let mut remove: Vec<String> = Vec::new();
    let mut public = Public::default();
    let mut kept = Vec::with_capacity(lines.len());
    for (name, value) in lines {
        match name.as_str() {
            ":method" => parts.method = text(value),
            ":path" => parts.target = text(value),
            ":authority" => parts.host = text(value),
            _ if name.starts_with(':') => {}
            _ if name == config.route_header => push(&mut remove, name),
            _ if !config.trusts_forwarded && is_forwarded(&name) => push(&mut remove, name),
            "x-forwarded-proto" => {
                if config.trusts_forwarded {
                    // The scheme of the first proxy; anything but http and https is not believed.
                    let scheme = text(value.clone()).to_ascii_lowercase();
                    if scheme == "http" || scheme == "https" {
                        parts.scheme.clone_from(&scheme);
                        public.scheme = Some(scheme);
                    }
                }
                kept.push((name, value));
            }
            "x-forwarded-host" => {
                public.host = usable(&value);
                kept.push((name, value));
            }
            "x-forwarded-uri" => {
                public.target = usable(&value);
                kept.push((name, value));
            }
            _ => kept.push((name, value)),
        }
    }
    parts.headers = Headers::new(kept);
    parts.client = client(&parts.headers, config);
    parts.public = public;
    Read { parts, remove }
}

/// The client's address: the other end of the connection; behind trusted proxies the first public one that they name.
/// (X-Forwarded-For alone does not do: for clients on the same machine Envoy writes the machine's own address there.)
fn client(headers: &Headers, config: &Config) -> Option<IpAddr> {
    if !config.needs_client {
        return None;
    }
    if config.trusts_forwarded
        && let Some(line) = headers.first("x-forwarded-for").and_then(|line| std::str::from_utf8(line).ok())
        && let Some(address) = first_public(line)
    {
        return Some(address);
    }
    let bytes = hostcalls::get_property(vec!["source", "address"]).ok().flatten()?;
    let text = String::from_utf8(bytes).ok()?;
    text.parse::<SocketAddr>().map(|end| end.ip()).ok().or_else(|| text.parse().ok())
}

/// Request lines are ASCII; anything else is refused by the engine, which needs to see that there was something else.
fn text(value: Vec<u8>) -> String {
    String::from_utf8(value).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn usable(value: &[u8]) -> Option<String> {
    std::str::from_utf8(value).ok().filter(|text| !text.is_empty() && text.is_ascii()).map(str::to_owned)
}

fn push(names: &mut Vec<String>, name: String) {
    if !names.contains(&name) {
        names.push(name);
    }
}
