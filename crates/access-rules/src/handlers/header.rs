//! `header`: headers for the upstream, from templates.

use super::{Source, config};
use crate::{
    canonical::{is_header_value, is_token},
    denial::Denial,
    document::{Key, Shape, TextKind, required},
    plan::HandlerPlan,
    session::{Session, canonical_name},
};
use std::collections::BTreeMap;

pub(super) const KEYS: &[Key] = &[required("headers", &Shape::Map(&Shape::Text(TextKind::Any)))];

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    headers: BTreeMap<String, String>,
}

/// Headers and their templates, by canonical name.
#[derive(Debug)]
pub(crate) struct Header(Vec<(String, Source)>);

impl Header {
    pub(super) fn compile(handler: &HandlerPlan, rule: &str) -> Result<Self, String> {
        let config: Config = config(handler)?;
        let mut headers: Vec<(String, Source)> = Vec::new();
        for (name, text) in &config.headers {
            if !is_token(name) {
                return Err(format!("headers: {name:?} is no name that a header can have"));
            }
            let source =
                Source::compile(&format!("{rule}:{name}"), text).map_err(|e| format!("headers.{name}: {e}"))?;
            let name = canonical_name(name);
            // Two spellings of one name: in Go the winner is random, here it is the last in alphabetical order, which
            // is the one in lower case.
            match headers.iter_mut().find(|(known, _)| *known == name) {
                Some(slot) => slot.1 = source,
                None => headers.push((name, source)),
            }
        }
        Ok(Self(headers))
    }

    /// Every template sees the session as it was before this mutator.
    pub(super) fn mutate(&self, session: &mut Session) -> Result<(), Denial> {
        let mut view = None;
        let mut rendered = Vec::with_capacity(self.0.len());
        for (name, source) in &self.0 {
            let value = source
                .render(session, &mut view)
                .map_err(|e| Denial::internal(format!("the header {name} cannot be made: {e}")))?;
            if !is_header_value(&value) {
                return Err(Denial::internal(format!(
                    "the header {name} cannot be made: its value holds a line break or another control character"
                )));
            }
            rendered.push((name, value));
        }
        drop(view);
        for (name, value) in rendered {
            session.headers.set(name, value);
        }
        Ok(())
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.0.iter().map(|(name, _)| name.clone()).collect()
    }
}
