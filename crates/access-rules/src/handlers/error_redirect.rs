//! `redirect`: people are sent somewhere else, usually to a login page.

use super::{ErrorRequest, config, when::WHEN};
use crate::{
    canonical::is_header_value,
    denial::status_text,
    document::{Key, Shape, TextKind, key, required},
    engine::Response,
    plan::HandlerPlan,
    request::{form_encoded, query_pairs},
};

pub(super) const KEYS: &[Key] = &[
    required("to", &Shape::Text(TextKind::UrlReference)),
    key("code", &Shape::OneNumber(&[301, 302])),
    key("return_to_query_param", &Shape::Text(TextKind::QueryName)),
    key("when", &WHEN),
];

/// Settings of `redirect`.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Redirect {
    to: String,
    #[serde(default = "found")]
    code: u16,
    #[serde(default)]
    return_to_query_param: String,
}

fn found() -> u16 {
    302
}

impl Redirect {
    pub(super) fn compile(handler: &HandlerPlan) -> Result<Self, String> {
        let redirect: Self = config(handler)?;
        if !is_header_value(&redirect.to) || !redirect.to.is_ascii() {
            return Err("to: a URL holds ASCII only; percent-encode the rest".into());
        }
        Ok(redirect)
    }

    pub(super) fn answer(&self, request: &ErrorRequest<'_>) -> Response {
        let location = self.location(request);
        let mut headers = vec![("location".to_owned(), location.clone())];
        let mut body = String::new();
        if matches!(request.method, "GET" | "HEAD") {
            headers.push(("content-type".into(), "text/html; charset=utf-8".into()));
            let shown = location
                .replace('&', "&amp;")
                .replace('"', "&#34;")
                .replace('\'', "&#39;")
                .replace('<', "&lt;")
                .replace('>', "&gt;");
            body = format!("<a href=\"{shown}\">{}</a>.\n\n", status_text(self.code));
        }
        Response { status: self.code, headers, body }
    }

    /// The target, with the URL that was asked for where the settings say so. That URL is made from the Host header
    /// and from what a trusted proxy says; nothing else of the request gets into it.
    fn location(&self, request: &ErrorRequest<'_>) -> String {
        let (Some(request), false) = (request.request, self.return_to_query_param.is_empty()) else {
            return self.to.clone();
        };
        let public = request.public();
        let back = format!(
            "{}://{}{}",
            public.scheme.as_deref().unwrap_or(request.scheme()),
            public.host.as_deref().unwrap_or(request.host()),
            public.target.as_deref().unwrap_or(request.target()),
        );
        let (rest, fragment) = match self.to.split_once('#') {
            Some((rest, fragment)) => (rest, Some(fragment)),
            None => (self.to.as_str(), None),
        };
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut pairs: Vec<(String, String)> =
            query_pairs(query).filter(|(key, _)| *key != self.return_to_query_param).collect();
        pairs.push((self.return_to_query_param.clone(), back));
        pairs.sort_by(|a, b| a.0.cmp(&b.0));
        let query: Vec<String> =
            pairs.iter().map(|(key, value)| format!("{}={}", form_encoded(key), form_encoded(value))).collect();
        let mut location = format!("{path}?{}", query.join("&"));
        if let Some(fragment) = fragment {
            location.push('#');
            location.push_str(fragment);
        }
        location
    }
}
