//! `when`: the conditions under which an error handler feels responsible.

use super::ErrorRequest;
use crate::{
    address::Cidr,
    denial::Denial,
    document::{Key, Shape, TextKind, key},
};
use serde::Deserialize;

const TEXTS: Shape = Shape::List(&Shape::Text(TextKind::Any), 0);
const ERRORS: Shape =
    Shape::List(&Shape::OneOf(&["unauthorized", "forbidden", "internal_server_error", "not_found"]), 0);
const HEADER: &[Key] = &[key("content_type", &TEXTS), key("accept", &TEXTS)];
const REQUEST: &[Key] = &[key("cidr", &TEXTS), key("header", &Shape::Object(HEADER))];
const ITEM: &[Key] = &[key("error", &ERRORS), key("request", &Shape::Object(REQUEST))];

/// The setting that every error handler has.
pub(super) const WHEN: Shape = Shape::List(&Shape::Object(ITEM), 0);

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Item {
    error: Vec<String>,
    request: RequestItem,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RequestItem {
    /// Known to Oathkeeper's schema, without effect there; see docs/compatibility.md.
    cidr: Vec<String>,
    header: HeaderItem,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct HeaderItem {
    content_type: Vec<String>,
    accept: Vec<String>,
}

/// One of the items must hold; none at all always holds.
#[derive(Debug, Default)]
pub(crate) struct When(Vec<Item>);

impl When {
    pub(super) fn compile(config: &serde_json::Value) -> Result<Self, String> {
        let Some(when) = config.get("when") else { return Ok(Self::default()) };
        let items: Vec<Item> = serde_json::from_value(when.clone()).map_err(|error| format!("when: {error}"))?;
        for text in items.iter().flat_map(|item| &item.request.cidr) {
            Cidr::parse(text)
                .ok_or_else(|| format!("when: {text:?} is no address range; write one as in 10.0.0.0/8"))?;
        }
        Ok(Self(items))
    }

    /// Whether the client's address plays a part.
    pub(crate) fn needs_client(&self) -> bool {
        self.0.iter().any(|item| !item.request.cidr.is_empty())
    }

    /// Whether the conditions hold.
    pub(crate) fn holds(&self, request: &ErrorRequest<'_>, denial: &Denial) -> Result<bool, String> {
        if self.0.is_empty() {
            return Ok(true);
        }
        for item in &self.0 {
            let error = item.error.is_empty() || item.error.iter().any(|name| name == denial.name());
            if error && item.request.holds(request)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl RequestItem {
    fn holds(&self, request: &ErrorRequest<'_>) -> Result<bool, String> {
        let client = request.request.and_then(crate::Request::client);
        let near = self.cidr.is_empty()
            || self
                .cidr
                .iter()
                .filter_map(|text| Cidr::parse(text))
                .any(|cidr| client.is_some_and(|address| cidr.holds(address)));
        Ok(near
            && (self.header.accept.is_empty()
                || accepts(&request.headers.text("accept").unwrap_or_default(), &self.header.accept))
            && (self.header.content_type.is_empty()
                || is_of_type(&request.headers.text("content-type").unwrap_or_default(), &self.header.content_type)?))
    }
}

/// Where nothing is said, a body is this.
const ANY_BYTES: &str = "application/octet-stream";

/// Whether one of the types that a client accepts is among those of the settings. A wildcard of the client's stands
/// for itself only; qualities do not matter, other parameters make a type another one.
fn accepts(header: &str, wanted: &[String]) -> bool {
    let header = if header.trim().is_empty() { ANY_BYTES } else { header };
    header.split(',').any(|part| {
        let mut pieces = part.split(';').map(str::trim);
        let kind = pieces.next().unwrap_or_default();
        let only_quality = pieces.all(|parameter| parameter.starts_with("q="));
        only_quality && fits(kind, wanted)
    })
}

fn fits(kind: &str, wanted: &[String]) -> bool {
    wanted.iter().any(|want| {
        want == kind
            || want == "*/*"
            || want.strip_suffix("/*").is_some_and(|class| kind.split('/').next() == Some(class))
    })
}

/// Whether a body is of one of the types of the settings.
fn is_of_type(header: &str, wanted: &[String]) -> Result<bool, String> {
    let header = if header.trim().is_empty() { ANY_BYTES } else { header };
    let kind = header.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let well_formed = match kind.split_once('/') {
        Some((class, name)) => crate::canonical::is_token(class) && crate::canonical::is_token(name),
        None => crate::canonical::is_token(&kind),
    };
    if well_formed { Ok(fits(&kind, wanted)) } else { Err(format!("the Content-Type {header:?} is malformed")) }
}
