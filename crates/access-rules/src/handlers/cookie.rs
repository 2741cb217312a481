//! `cookie`: cookies for the upstream, from templates, in place of the client's cookies of the same names.

use super::{Context, Source, config};
use crate::{
    canonical::is_token,
    denial::Denial,
    document::{Key, Shape, TextKind, required},
    plan::HandlerPlan,
    session::Session,
};
use std::collections::BTreeMap;

pub(super) const KEYS: &[Key] = &[required("cookies", &Shape::Map(&Shape::Text(TextKind::Any)))];

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    cookies: BTreeMap<String, String>,
}

/// Cookies and their templates.
#[derive(Debug)]
pub(crate) struct Cookie(Vec<(String, Source)>);

impl Cookie {
    pub(super) fn compile(handler: &HandlerPlan, rule: &str) -> Result<Self, String> {
        let config: Config = config(handler)?;
        let mut cookies = Vec::new();
        for (name, text) in config.cookies {
            if !is_token(&name) {
                return Err(format!("cookies: {name:?} is no name that a cookie can have"));
            }
            let source =
                Source::compile(&format!("{rule}:{name}"), &text).map_err(|e| format!("cookies.{name}: {e}"))?;
            cookies.push((name, source));
        }
        Ok(Self(cookies))
    }

    pub(super) fn mutate(&self, context: &Context, session: &mut Session) -> Result<(), Denial> {
        let mut view = None;
        let mut parts = Vec::new();
        for (name, source) in &self.0 {
            let value = source
                .render(session, &mut view)
                .map_err(|e| Denial::internal(format!("the cookie {name} cannot be made: {e}")))?;
            parts.push(format!("{name}={}", value_of(&value)));
        }
        drop(view);
        for (name, value) in context.request.cookies() {
            if !self.0.iter().any(|(own, _)| own == name) {
                // The client's own quotation marks stay.
                let bare = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
                let value = bare.map_or_else(|| value_of(value), |bare| format!("\"{}\"", cleaned(bare)));
                parts.push(format!("{name}={value}"));
            }
        }
        session.headers.set("Cookie", parts.join("; "));
        Ok(())
    }
}

/// A cookie's value as Go writes it: what no cookie holds is left out, spaces and commas need quotation marks.
fn value_of(value: &str) -> String {
    let cleaned = cleaned(value);
    if cleaned.contains([' ', ',']) { format!("\"{cleaned}\"") } else { cleaned }
}

fn cleaned(value: &str) -> String {
    value.chars().filter(|c| (' '..='~').contains(c) && !matches!(c, '"' | ';' | '\\')).collect()
}
