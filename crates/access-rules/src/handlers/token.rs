//! Where a request carries its token.

use crate::{
    denial::Denial,
    document::{Key, Shape, TextKind, key},
    request::Request,
};
use std::borrow::Cow;

const ANY: Shape = Shape::Text(TextKind::NotEmpty);
pub(super) const TOKEN_FROM: Shape = Shape::OrNull(&Shape::Object(KEYS));
const KEYS: &[Key] = &[key("header", &ANY), key("query_parameter", &ANY), key("cookie", &ANY)];

/// The one place where the token is looked for.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenFrom {
    header: Option<String>,
    query_parameter: Option<String>,
    cookie: Option<String>,
}

impl TokenFrom {
    /// More than one place is a mistake.
    pub(super) fn check(&self) -> Result<(), String> {
        let places = [&self.header, &self.query_parameter, &self.cookie].iter().filter(|place| place.is_some()).count();
        if places > 1 { Err("token_from takes one of header, query_parameter and cookie".into()) } else { Ok(()) }
    }
}

/// The token of a request, by the settings or from the Authorization header. Any header but `Authorization`, in just
/// this spelling, holds the bare token.
///
/// # Errors
/// For a credential that stands on several lines: nobody can tell which of them the next server would take.
pub(super) fn token<'r>(from: Option<&TokenFrom>, request: &'r Request) -> Result<Option<Cow<'r, str>>, Denial> {
    let none = TokenFrom::default();
    let from = from.unwrap_or(&none);
    let found = if let Some(name) = from.header.as_deref().filter(|name| *name != "Authorization") {
        let name = name.to_ascii_lowercase();
        if request.headers().all(&name).nth(1).is_some() {
            return Err(Denial::unauthorized().because("the token stands on several lines"));
        }
        request.headers().text(&name)
    } else if let Some(name) = &from.query_parameter {
        request.query_value(name).map(Cow::Owned)
    } else if let Some(name) = &from.cookie {
        request.cookie(name).map(Cow::Borrowed)
    } else {
        bearer(request)
    };
    Ok(found.filter(|token| !token.is_empty()))
}

/// The token of an Authorization header with the scheme Bearer.
fn bearer(request: &Request) -> Option<Cow<'_, str>> {
    let header = request.headers().first("authorization")?;
    let (scheme, token) = std::str::from_utf8(header).ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(Cow::Borrowed(token))
}
