//! A request as the engine sees it.

use crate::canonical::{self, Refusal};
use std::{borrow::Cow, net::IpAddr};

/// The headers of a request: names in lower case, lines in their order.
#[derive(Clone, Debug, Default)]
pub struct Headers(Vec<(String, Vec<u8>)>);

impl Headers {
    /// Takes header lines; names must be in lower case already, as HTTP/2 and Envoy have them.
    pub fn new(lines: Vec<(String, Vec<u8>)>) -> Self {
        Self(lines)
    }

    /// The value of the first line of that name.
    pub fn first(&self, name: &str) -> Option<&[u8]> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
    }

    /// The values of all lines of that name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_slice())
    }

    /// The value of the first line of that name as text; bytes that are no UTF-8 are replaced.
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| String::from_utf8_lossy(value))
    }

    /// All lines.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_slice()))
    }
}

/// What a host knows of a request.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// The method as it was sent.
    pub method: String,
    /// `http` or `https`, from the connection or from a trusted header.
    pub scheme: String,
    /// The Host header or `:authority`, as it was sent.
    pub host: String,
    /// Path and query, as they were sent.
    pub target: String,
    /// The other headers, without pseudo headers.
    pub headers: Headers,
    /// The client's address, by the trusted hops.
    pub client: Option<IpAddr>,
    /// Where the browser believes to be, when a trusted proxy says so: scheme, host and target for the way back.
    pub public: Public,
}

/// What a trusted proxy in front says of the URL that the client asked for.
#[derive(Clone, Debug, Default)]
pub struct Public {
    /// X-Forwarded-Proto
    pub scheme: Option<String>,
    /// X-Forwarded-Host
    pub host: Option<String>,
    /// X-Forwarded-Uri
    pub target: Option<String>,
}

/// A request in its one canonical reading.
#[derive(Clone, Debug)]
pub struct Request {
    parts: Parts,
    /// `scheme://host` and the decoded path.
    url: String,
    path_at: usize,
    query_at: Option<usize>,
}

impl Request {
    /// Reads a request.
    ///
    /// # Errors
    /// For everything that could be read in two ways; the answer to that is 400. What was read is handed back.
    pub fn new(parts: Parts) -> Result<Self, Box<(Refusal, Parts)>> {
        match Self::read(&parts) {
            Ok((url, path_at, query_at)) => Ok(Self { url, path_at, query_at, parts }),
            Err(refusal) => Err(Box::new((refusal, parts))),
        }
    }

    fn read(parts: &Parts) -> Result<(String, usize, Option<usize>), Refusal> {
        if !canonical::is_token(&parts.method) || parts.method.len() > 64 {
            return Err(Refusal::Method);
        }
        if has_two_credentials(&parts.headers) || parts.headers.first("host").is_some() {
            return Err(Refusal::RepeatedHeader);
        }
        let host = canonical::host(&parts.scheme, &parts.host)?;
        let (path, query) = canonical::target(&parts.target)?;
        let mut url = String::with_capacity(parts.scheme.len() + 3 + host.len() + path.len());
        url.push_str(&parts.scheme);
        url.push_str("://");
        url.push_str(&host);
        let path_at = url.len();
        url.push_str(&path);
        let query_at = query.map(|query| parts.target.len() - query.len());
        Ok((url, path_at, query_at))
    }

    /// The method.
    pub fn method(&self) -> &str {
        &self.parts.method
    }

    /// The scheme.
    pub fn scheme(&self) -> &str {
        &self.parts.scheme
    }

    /// The host as it was sent.
    pub fn host(&self) -> &str {
        &self.parts.host
    }

    /// What patterns are matched against: `scheme://host` and the decoded path without its trailing slash.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The decoded path without its trailing slash.
    pub fn path(&self) -> &str {
        self.url.get(self.path_at..).unwrap_or("/")
    }

    /// Path and query as they were sent.
    pub fn target(&self) -> &str {
        &self.parts.target
    }

    /// The path as it was sent.
    pub fn raw_path(&self) -> &str {
        let end = self.query_at.map_or(self.parts.target.len(), |at| at.saturating_sub(1));
        self.parts.target.get(..end).unwrap_or("/")
    }

    /// The query as it was sent, without its question mark.
    pub fn query(&self) -> Option<&str> {
        self.query_at.and_then(|at| self.parts.target.get(at..))
    }

    /// The headers.
    pub fn headers(&self) -> &Headers {
        &self.parts.headers
    }

    /// The client's address.
    pub fn client(&self) -> Option<IpAddr> {
        self.parts.client
    }

    /// What a trusted proxy says of the URL that the client asked for.
    pub fn public(&self) -> &Public {
        &self.parts.public
    }

    /// The value of the first cookie of that name, over all Cookie lines. A name in quotation marks does not count.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The cookies of all Cookie lines in their order; lines that are no UTF-8 are left out.
    pub fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parts
            .headers
            .all("cookie")
            .filter_map(|line| std::str::from_utf8(line).ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| {
                let (name, value) = pair.trim_matches([' ', '\t']).split_once('=').unwrap_or((pair.trim(), ""));
                canonical::is_token(name).then_some((name, value))
            })
    }

    /// The first value of a query parameter, decoded.
    pub fn query_value(&self, name: &str) -> Option<String> {
        query_pairs(self.query().unwrap_or_default()).find(|(key, _)| key == name).map(|(_, value)| value)
    }
}

/// Whether Authorization stands there twice. Envoy makes one line of two, with a comma between; neither a bearer token
/// nor Basic credentials have one.
fn has_two_credentials(headers: &Headers) -> bool {
    let mut lines = headers.all("authorization");
    let (Some(first), second) = (lines.next(), lines.next()) else { return false };
    let scheme = first.split(|byte| *byte == b' ').next().unwrap_or_default();
    let has_no_comma = [&b"bearer"[..], b"basic"].iter().any(|name| scheme.eq_ignore_ascii_case(name));
    second.is_some() || (has_no_comma && first.contains(&b','))
}

/// The pairs of a query, decoded; pairs that Go refuses (with `;` or a bad escape) are left out.
pub fn query_pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    query.split('&').filter(|pair| !pair.is_empty() && !pair.contains(';')).filter_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((form_decoded(key)?, form_decoded(value)?))
    })
}

/// `url.QueryUnescape`.
pub fn form_decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let digit = |byte: Option<u8>| byte.and_then(|b| char::from(b).to_digit(16));
                let (high, low) = (digit(bytes.next())?, digit(bytes.next())?);
                out.push(u8::try_from(high * 16 + low).ok()?);
            }
            byte => out.push(byte),
        }
    }
    Some(String::from_utf8_lossy(&out).into_owned())
}

/// `url.QueryEscape`.
pub fn form_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// A path as Go's `url.URL.String` escapes it.
pub fn path_encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => out.push(char::from(byte)),
            b'-' | b'_' | b'.' | b'~' | b'$' | b'&' | b'+' | b',' | b'/' | b':' | b';' | b'=' | b'@' => {
                out.push(char::from(byte))
            }
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
