//! sprig: encodings, checksums, URLs, paths.

use super::{Table, builtin::query_escape, count, map, strval, text};
use crate::value::{Map, Value};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

pub(super) const TABLE: Table = &[
    ("b64enc", |a| Ok(STANDARD.encode(text(a, 0)?).into())),
    ("b64dec", |a| {
        // sprig gives the error's text as the value.
        Ok(match STANDARD.decode(text(a, 0)?) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned().into(),
            Err(_) => "illegal base64 data".into(),
        })
    }),
    ("b32enc", |a| Ok(base32(text(a, 0)?.as_bytes()).into())),
    ("b32dec", |a| {
        Ok(match unbase32(text(a, 0)?) {
            Some(bytes) => String::from_utf8_lossy(&bytes).into_owned().into(),
            None => "illegal base32 data".into(),
        })
    }),
    ("sha1sum", |a| Ok(hex(&Sha1::digest(text(a, 0)?)).into())),
    ("sha256sum", |a| Ok(hex(&Sha256::digest(text(a, 0)?)).into())),
    ("sha512sum", |a| Ok(hex(&Sha512::digest(text(a, 0)?)).into())),
    ("adler32sum", |a| {
        let (low, high) = text(a, 0)?.bytes().fold((1u32, 0u32), |(low, high), byte| {
            let low = (low + u32::from(byte)) % 65521;
            (low, (high + low) % 65521)
        });
        Ok(((high << 16) | low).to_string().into())
    }),
    ("urlParse", |a| url_parse(text(a, 0)?)),
    ("urlJoin", |a| {
        let parts = map(a, 0)?;
        let part = |name: &str| parts.get(name).map(strval).unwrap_or_default();
        let user = part("userinfo");
        let query = part("query");
        let fragment = part("fragment");
        let mut out = String::new();
        if !part("scheme").is_empty() {
            out = part("scheme") + ":";
        }
        if !part("host").is_empty() || !user.is_empty() {
            out += "//";
            if !user.is_empty() {
                out += &(user + "@");
            }
            out += &part("host");
        }
        out += &part("path");
        if !query.is_empty() {
            out += &format!("?{query}");
        }
        if !fragment.is_empty() {
            out += &format!("#{fragment}");
        }
        Ok(out.into())
    }),
    ("urlquery", |a| {
        let texts: Vec<String> = a.iter().map(strval).collect();
        Ok(query_escape(&texts.concat()).into())
    }),
    ("base", |a| Ok(base(text(a, 0)?).into())),
    ("dir", |a| Ok(dir(text(a, 0)?).into())),
    ("clean", |a| Ok(clean(text(a, 0)?).into())),
    ("isAbs", |a| Ok(Value::Bool(text(a, 0)?.starts_with('/')))),
    ("ext", |a| {
        count(a, 1..=1)?;
        let name = base(text(a, 0)?);
        Ok(name.rfind('.').and_then(|dot| name.get(dot..)).unwrap_or_default().into())
    }),
];

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn base32(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(5) {
        let mut buffer = 0u64;
        for i in 0..5 {
            buffer = (buffer << 8) | u64::from(chunk.get(i).copied().unwrap_or(0));
        }
        let used = (chunk.len() * 8).div_ceil(5);
        for i in 0..8 {
            let place = usize::try_from((buffer >> (35 - 5 * i)) & 31).unwrap_or(0);
            out.push(if i < used { ALPHABET.get(place).map_or('=', |b| *b as char) } else { '=' });
        }
    }
    out
}

fn unbase32(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(8) {
        return None;
    }
    let mut out = Vec::new();
    let (mut buffer, mut bits) = (0u64, 0u32);
    for byte in text.trim_end_matches('=').bytes() {
        let digit = ALPHABET.iter().position(|a| *a == byte)?;
        buffer = ((buffer << 5) | u64::try_from(digit).ok()?) & 0xffff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from((buffer >> bits) & 0xff).ok()?);
        }
    }
    Some(out)
}

/// The parts of a URL, as sprig names them.
fn url_parse(url: &str) -> Result<Value, String> {
    let (rest, fragment) = url.split_once('#').unwrap_or((url, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (scheme, rest) = match rest.split_once(':') {
        Some((scheme, rest)) if scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && !scheme.contains('/') => {
            (scheme, rest)
        }
        _ => ("", rest),
    };
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        None => ("", rest),
    };
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let hostname = host
        .rsplit_once(':')
        .filter(|(_, port)| port.chars().all(|c| c.is_ascii_digit()))
        .map_or(host, |(name, _)| name);
    let pairs: [(&str, String); 8] = [
        ("scheme", scheme.to_lowercase()),
        ("host", host.into()),
        ("hostname", hostname.trim_matches(['[', ']']).into()),
        ("path", path.into()),
        ("query", query.into()),
        ("opaque", String::new()),
        ("fragment", fragment.into()),
        ("userinfo", user.into()),
    ];
    Ok(Value::map(pairs.into_iter().map(|(k, v)| (k, Value::from(v))).collect::<Map>()))
}

fn base(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let path = path.trim_end_matches('/');
    if path.is_empty() { "/" } else { path.rsplit('/').next().unwrap_or(path) }
}

fn dir(path: &str) -> String {
    clean(path.rfind('/').and_then(|slash| path.get(..=slash)).unwrap_or_default())
}

/// `path.Clean`.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            other => parts.push(other),
        }
    }
    match (rooted, parts.join("/")) {
        (true, joined) => format!("/{joined}"),
        (false, joined) if joined.is_empty() => ".".into(),
        (false, joined) => joined,
    }
}
