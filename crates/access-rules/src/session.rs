//! Who is asking, as authenticators find it and mutators change it.

use crate::{request::Request, rule::Rule, views};
use go_template::Value;
use std::sync::Arc;

/// What is known about who is asking.
#[derive(Clone)]
pub(crate) struct Session {
    /// Empty for `noop`.
    pub(crate) subject: Arc<str>,
    /// A map, or nil.
    pub(crate) extra: Value,
    /// Headers for the upstream.
    pub(crate) headers: SessionHeaders,
    /// What templates know of the request.
    pub(crate) context: MatchContext,
}

/// Headers for the upstream: names in Go's canonical spelling, several values each.
#[derive(Clone, Debug, Default)]
pub(crate) struct SessionHeaders(pub(crate) Vec<(String, Vec<String>)>);

impl SessionHeaders {
    /// Sets a header to one value, in place of all it had.
    pub(crate) fn set(&mut self, name: &str, value: String) {
        let name = canonical_name(name);
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => *values = vec![value],
            None => self.0.push((name, vec![value])),
        }
    }
}

/// The request as templates see it.
#[derive(Clone)]
pub(crate) enum MatchContext {
    /// The request itself.
    Live(Arc<Request>, Arc<Rule>),
    /// What a hydrator made of it.
    Given(Value),
}

impl Session {
    pub(crate) fn new(request: &Arc<Request>, rule: &Arc<Rule>) -> Self {
        Self {
            subject: "".into(),
            extra: Value::Nil,
            headers: SessionHeaders::default(),
            context: MatchContext::Live(Arc::clone(request), Arc::clone(rule)),
        }
    }

    /// The session as the data of a template.
    pub(crate) fn view(&self) -> Value {
        Value::Object(Arc::new(views::SessionView(self.clone())))
    }
}

/// Go's canonical spelling of a header name: `x-user-id` is `X-User-Id`.
pub(crate) fn canonical_name(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut starts = true;
    for c in name.chars() {
        out.push(if starts { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() });
        starts = c == '-';
    }
    out
}
