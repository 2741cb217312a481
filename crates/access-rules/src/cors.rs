//! CORS (Fetch Standard, 3.2), with the settings of Oathkeeper's `serve.*.cors`.
//!
//! Allowed origins are named in answers one by one, also where all are allowed. A preflight is answered without asking
//! any rule; it never says more than which requests a browser may try.

use crate::{
    document::{Key, Shape, TextKind, key},
    request::Headers,
};
use serde::{Deserialize, Serialize};

const TEXTS: Shape = Shape::List(&Shape::Text(TextKind::Any), 0);
const METHOD: Shape = Shape::OneOf(&["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "TRACE", "PATCH"]);
const KEYS: &[Key] = &[
    key("enabled", &Shape::Bool),
    key("allowed_origins", &Shape::List(&Shape::Text(TextKind::NotEmpty), 0)),
    key("allowed_methods", &Shape::List(&METHOD, 0)),
    key("allowed_headers", &TEXTS),
    key("exposed_headers", &TEXTS),
    key("allow_credentials", &Shape::Bool),
    key("max_age", &Shape::Int(-1, i64::MAX)),
    key("debug", &Shape::Bool),
];
/// The shape of the settings.
pub const SHAPE: Shape = Shape::Object(KEYS);

/// Who may read answers from other origins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cors {
    /// Whether anything of it has an effect.
    pub enabled: bool,
    /// Origins; one star each stands for any characters.
    pub allowed_origins: Vec<String>,
    /// Methods of requests from other origins.
    pub allowed_methods: Vec<String>,
    /// Headers that such requests may have.
    pub allowed_headers: Vec<String>,
    /// Headers of answers that scripts may read.
    pub exposed_headers: Vec<String>,
    /// Whether such requests may have cookies.
    pub allow_credentials: bool,
    /// Seconds for which a browser may remember the answer to a preflight; 0 says nothing about it.
    pub max_age: i64,
    /// Known to Oathkeeper; without effect here.
    pub debug: bool,
}

impl Default for Cors {
    fn default() -> Self {
        let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect();
        Self {
            enabled: false,
            allowed_origins: texts(&["*"]),
            allowed_methods: texts(&["GET", "POST", "PUT", "PATCH", "DELETE"]),
            allowed_headers: texts(&["Authorization", "Content-Type"]),
            exposed_headers: texts(&["Content-Type"]),
            allow_credentials: false,
            max_age: 0,
            debug: false,
        }
    }
}

/// Headers of an answer.
type Lines = Vec<(String, String)>;

/// The method that a preflight asks about; `None` for every other request.
pub fn preflight<'h>(method: &str, headers: &'h Headers) -> Option<&'h str> {
    headers.first("origin").filter(|origin| method == "OPTIONS" && !origin.is_empty())?;
    let asked = headers.first("access-control-request-method")?;
    std::str::from_utf8(asked).ok().filter(|asked| !asked.is_empty())
}

impl Cors {
    /// The headers of the answer to a preflight about a method. Where something is not allowed, nothing is said.
    pub fn preflight_answer(&self, asked: &str, headers: &Headers) -> Lines {
        let vary = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";
        let mut lines = vec![line("vary", vary)];
        let Some(origin) = self.origin(headers) else { return lines };
        let wanted = headers.text("access-control-request-headers").unwrap_or_default();
        let names: Vec<&str> = wanted.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        if !self.allows_method(asked) || !names.iter().all(|name| self.allows_header(name)) {
            return lines;
        }
        lines.push(line("access-control-allow-origin", origin));
        lines.push(line("access-control-allow-methods", &asked.to_ascii_uppercase()));
        if !names.is_empty() {
            lines.push(line("access-control-allow-headers", &names.join(", ")));
        }
        if self.allow_credentials {
            lines.push(line("access-control-allow-credentials", "true"));
        }
        if self.max_age > 0 {
            lines.push(line("access-control-max-age", &self.max_age.to_string()));
        }
        lines
    }

    /// The headers that every other answer gets.
    pub fn answer_headers(&self, method: &str, headers: &Headers) -> Lines {
        let mut lines = vec![line("vary", "Origin")];
        let Some(origin) = self.origin(headers).filter(|_| self.allows_method(method)) else { return lines };
        lines.push(line("access-control-allow-origin", origin));
        if !self.exposed_headers.is_empty() {
            lines.push(line("access-control-expose-headers", &self.exposed_headers.join(", ")));
        }
        if self.allow_credentials {
            lines.push(line("access-control-allow-credentials", "true"));
        }
        lines
    }

    /// The origin of a request, when it is allowed. Several are none.
    fn origin<'h>(&self, headers: &'h Headers) -> Option<&'h str> {
        if headers.all("origin").nth(1).is_some() {
            return None;
        }
        let origin = std::str::from_utf8(headers.first("origin")?).ok()?;
        let fits = origin.bytes().all(|byte| byte.is_ascii_graphic());
        (fits && self.allowed_origins.iter().any(|allowed| covers(allowed, origin))).then_some(origin)
    }

    fn allows_method(&self, method: &str) -> bool {
        method == "OPTIONS" || self.allowed_methods.iter().any(|allowed| allowed.eq_ignore_ascii_case(method))
    }

    fn allows_header(&self, name: &str) -> bool {
        crate::canonical::is_token(name)
            && (name.eq_ignore_ascii_case("origin")
                || self.allowed_headers.iter().any(|allowed| allowed == "*" || allowed.eq_ignore_ascii_case(name)))
    }
}

/// One star in an allowed origin stands for any characters.
fn covers(allowed: &str, origin: &str) -> bool {
    match allowed.split_once('*') {
        None => allowed.eq_ignore_ascii_case(origin),
        Some((before, after)) => {
            let (before, after) = (before.to_ascii_lowercase(), after.to_ascii_lowercase());
            let origin = origin.to_ascii_lowercase();
            origin.len() >= before.len() + after.len() && origin.starts_with(&before) && origin.ends_with(&after)
        }
    }
}

fn line(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_star_spans_labels_and_leaves_the_dots_where_they_are() {
        for (allowed, origin, fits) in [
            ("*", "https://any.test", true),
            ("https://app.test", "https://app.test", true),
            ("https://app.test", "https://app.test.evil", false),
            ("https://*.apps.test", "https://a.b.apps.test", true),
            ("https://*.apps.test", "https://evilapps.test", false),
            ("https://*.apps.test", "https://apps.test", false),
            ("https://*.apps.test", "http://a.apps.test", false),
            ("https://a*a", "https://a", false),
        ] {
            assert_eq!(covers(allowed, origin), fits, "{allowed} {origin}");
        }
    }
}
