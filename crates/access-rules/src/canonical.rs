//! One reading of a request: rules and upstream must see the same path and host.
//!
//! Nothing is repaired: what is not canonical is refused with 400, so that no two parts of the chain can read it in
//! two ways. The one exception is a trailing slash, which Oathkeeper ignores when it matches, and which reaches the
//! upstream as it was sent.

use std::{borrow::Cow, fmt};

/// Why a request is refused before any rule is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The method is no token.
    Method,
    /// No host, or one with characters that no host has.
    Host,
    /// The target does not begin with a slash.
    NoPath,
    /// A control character, raw or encoded.
    Control,
    /// A byte beyond ASCII that is not percent-encoded.
    NotAscii,
    /// A per cent sign without two hexadecimal digits.
    BadEscape,
    /// Encoded bytes that are not UTF-8.
    NotUtf8,
    /// A backslash, raw or encoded.
    Backslash,
    /// An encoded slash.
    EncodedSlash,
    /// An empty segment: two slashes in a row.
    EmptySegment,
    /// A segment that means this or the parent directory, in any spelling.
    DotSegment,
    /// A fragment.
    Fragment,
    /// A path, host or method beyond any reasonable length.
    TooLong,
    /// A header that may stand once stands several times.
    RepeatedHeader,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Method => "the method is no token",
            Self::Host => "the host is missing or malformed",
            Self::NoPath => "the target does not begin with a slash",
            Self::Control => "the target holds a control character",
            Self::NotAscii => "the target holds a byte beyond ASCII that is not percent-encoded",
            Self::BadEscape => "the path holds a per cent sign without two hexadecimal digits",
            Self::NotUtf8 => "the path holds encoded bytes that are not UTF-8",
            Self::Backslash => "the path holds a backslash",
            Self::EncodedSlash => "the path holds an encoded slash",
            Self::EmptySegment => "the path holds an empty segment",
            Self::DotSegment => "the path holds a dot segment",
            Self::Fragment => "the target holds a fragment",
            Self::TooLong => "the request line is too long",
            Self::RepeatedHeader => "a header that may stand once stands several times",
        })
    }
}

impl std::error::Error for Refusal {}

/// Longer targets than this meet no rule; Envoy's own limit for all headers lies at 60 KiB by default.
const MAX_TARGET: usize = 32 * 1024;

/// The path of a target, decoded and without its trailing slash, and the query as it was sent.
///
/// # Errors
/// Whenever the path could be read in another way than it is written.
pub fn target(target: &str) -> Result<(Cow<'_, str>, Option<&str>), Refusal> {
    if target.len() > MAX_TARGET {
        return Err(Refusal::TooLong);
    }
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    if let Some(query) = query {
        check_query(query)?;
    }
    Ok((decoded_path(path)?, query))
}

/// A query is passed on byte for byte; it only may not hold what no request line holds.
fn check_query(query: &str) -> Result<(), Refusal> {
    for byte in query.bytes() {
        match byte {
            0..=0x20 | 0x7f => return Err(Refusal::Control),
            b'#' => return Err(Refusal::Fragment),
            0x80.. => return Err(Refusal::NotAscii),
            _ => {}
        }
    }
    Ok(())
}

fn decoded_path(path: &str) -> Result<Cow<'_, str>, Refusal> {
    if !path.starts_with('/') {
        return Err(Refusal::NoPath);
    }
    let mut encoded = false;
    let mut before = 0u8;
    // A segment that begins with a dot or an encoded byte is looked at once more.
    let mut suspicious = false;
    for byte in path.bytes() {
        match byte {
            0..=0x20 | 0x7f => return Err(Refusal::Control),
            0x80.. => return Err(Refusal::NotAscii),
            b'\\' => return Err(Refusal::Backslash),
            b'#' => return Err(Refusal::Fragment),
            b'/' if before == b'/' => return Err(Refusal::EmptySegment),
            b'%' => {
                encoded = true;
                suspicious |= before == b'/';
            }
            b'.' => suspicious |= before == b'/',
            _ => {}
        }
        before = byte;
    }
    let decoded = if encoded { Cow::Owned(unescape(path)?) } else { Cow::Borrowed(path) };
    if suspicious || encoded {
        for segment in decoded.split('/') {
            if is_dots(segment) {
                return Err(Refusal::DotSegment);
            }
        }
    }
    Ok(match decoded {
        Cow::Borrowed(path) if path.len() > 1 => Cow::Borrowed(path.strip_suffix('/').unwrap_or(path)),
        Cow::Owned(mut path) if path.len() > 1 && path.ends_with('/') => {
            path.pop();
            Cow::Owned(path)
        }
        other => other,
    })
}

/// `.`, `..`, also with parameters (`..;x`) and encoded once more, as some upstreams read them.
fn is_dots(segment: &str) -> bool {
    let name = segment.split(';').next().unwrap_or(segment);
    if name.len() > 12 || !(name.starts_with('.') || name.starts_with('%')) {
        return false;
    }
    let plain = name.replace("%2e", ".").replace("%2E", ".");
    plain == "." || plain == ".."
}

fn unescape(path: &str) -> Result<String, Refusal> {
    let mut out = Vec::with_capacity(path.len());
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let high = bytes.next().and_then(hex).ok_or(Refusal::BadEscape)?;
        let low = bytes.next().and_then(hex).ok_or(Refusal::BadEscape)?;
        match high * 16 + low {
            0..=0x1f | 0x7f => return Err(Refusal::Control),
            b'/' => return Err(Refusal::EncodedSlash),
            b'\\' => return Err(Refusal::Backslash),
            byte => out.push(byte),
        }
    }
    String::from_utf8(out).map_err(|_| Refusal::NotUtf8).and_then(|path| {
        // C1 controls and line separators are control characters too.
        if path.chars().any(char::is_control) { Err(Refusal::Control) } else { Ok(path) }
    })
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// A target without its empty and dot segments, as lenient servers read it. Only for telling whether any rule could
/// want it in that reading; it is never let through.
pub(crate) fn leniently(target: &str) -> String {
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    let path = format!("/{}", kept.join("/"));
    query.map_or_else(|| path.clone(), |query| format!("{path}?{query}"))
}

/// The host as it is matched: lower case, without the trailing dot and the scheme's own port.
///
/// # Errors
/// For characters that no host has.
pub fn host<'a>(scheme: &str, host: &'a str) -> Result<Cow<'a, str>, Refusal> {
    if host.is_empty() || host.len() > 300 {
        return Err(Refusal::Host);
    }
    let mut upper = false;
    for byte in host.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b':' | b'[' | b']' => {}
            b'A'..=b'Z' => upper = true,
            _ => return Err(Refusal::Host),
        }
    }
    let default_port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => "\0",
    };
    let named = host.strip_suffix(default_port).unwrap_or(host);
    // The dot may stand before a port that stays.
    let dotted = named.ends_with('.') || named.contains(".:");
    if named.is_empty() || named == "." || named.starts_with(':') {
        return Err(Refusal::Host);
    }
    if !upper && !dotted {
        return Ok(Cow::Borrowed(named));
    }
    let lower = named.to_ascii_lowercase();
    let without_dot = match lower.split_once(".:") {
        Some((name, port)) => format!("{name}:{port}"),
        None => lower.strip_suffix('.').map(str::to_owned).unwrap_or(lower),
    };
    if without_dot.ends_with('.') || without_dot.contains(".:") {
        return Err(Refusal::Host);
    }
    Ok(Cow::Owned(without_dot))
}

/// Whether a text is a token, as methods and header names are (RFC 9110, 5.6.2).
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// Whether a text may be the value of a header: no control characters but the tab.
pub fn is_header_value(text: &str) -> bool {
    text.bytes().all(|b| b == b'\t' || (b >= 0x20 && b != 0x7f))
}
