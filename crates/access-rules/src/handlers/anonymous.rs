//! `anonymous`: whoever brings no Authorization header.

use super::{Context, Found};
use crate::{
    document::{Key, Shape, TextKind, key},
    session::Session,
};

pub(super) const KEYS: &[Key] = &[key("subject", &Shape::Text(TextKind::Any))];

/// Settings of `anonymous`.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Anonymous {
    #[serde(default)]
    subject: String,
}

impl Anonymous {
    /// Cookies do not matter; an empty Authorization header counts as none.
    pub(super) fn authenticate(&self, context: &Context, session: &mut Session) -> Found {
        if context.request.headers().first("authorization").is_some_and(|value| !value.is_empty()) {
            return Found::NotResponsible;
        }
        session.subject = if self.subject.is_empty() { "anonymous" } else { &self.subject }.into();
        Found::Accepted
    }
}
