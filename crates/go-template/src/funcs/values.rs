//! sprig: defaults, conversions, types, JSON.

use super::{Table, at, count, list, strval, text};
use crate::{
    json::{Writer, from_json_text, to_json},
    value::Value,
};

pub(super) const TABLE: Table = &[
    ("default", |a| {
        count(a, 1..=usize::MAX)?;
        Ok(match a.get(1) {
            Some(given) if !empty(given) => given.clone(),
            _ => at(a, 0).clone(),
        })
    }),
    ("empty", |a| {
        count(a, 1..=1)?;
        Ok(Value::Bool(empty(at(a, 0))))
    }),
    ("coalesce", |a| Ok(a.iter().find(|v| !empty(v)).cloned().unwrap_or_default())),
    ("all", |a| Ok(Value::Bool(!a.iter().any(empty)))),
    ("any", |a| Ok(Value::Bool(a.iter().any(|v| !empty(v))))),
    ("ternary", |a| {
        count(a, 3..=3)?;
        match at(a, 2) {
            Value::Bool(true) => Ok(at(a, 0).clone()),
            Value::Bool(false) => Ok(at(a, 1).clone()),
            other => Err(format!("wrong type for value; expected bool; got {}", other.type_name())),
        }
    }),
    ("fail", |a| Err(text(a, 0)?.to_owned())),
    ("toString", |a| {
        count(a, 1..=1)?;
        Ok(strval(at(a, 0)).into())
    }),
    ("toStrings", |a| {
        count(a, 1..=1)?;
        Ok(Value::texts(strings(at(a, 0))))
    }),
    ("toJson", |a| Ok(to_json(at(a, 0)).unwrap_or_default().into())),
    ("mustToJson", |a| Ok(to_json(at(a, 0))?.into())),
    ("toRawJson", |a| Ok(json(at(a, 0), false, None)?.into())),
    ("mustToRawJson", |a| Ok(json(at(a, 0), false, None)?.into())),
    ("toPrettyJson", |a| Ok(json(at(a, 0), true, Some("  "))?.into())),
    ("mustToPrettyJson", |a| Ok(json(at(a, 0), true, Some("  "))?.into())),
    ("fromJson", |a| Ok(from_json_text(text(a, 0)?).unwrap_or_default())),
    ("mustFromJson", |a| from_json_text(text(a, 0)?)),
    ("kindOf", |a| Ok(at(a, 0).kind().into())),
    ("kindIs", |a| Ok(Value::Bool(at(a, 1).kind() == text(a, 0)?))),
    ("typeOf", |a| Ok(at(a, 0).type_name().into())),
    ("typeIs", |a| Ok(Value::Bool(at(a, 1).type_name() == text(a, 0)?))),
    ("typeIsLike", |a| {
        let (want, has) = (text(a, 0)?, at(a, 1).type_name());
        Ok(Value::Bool(has == want || has == format!("*{want}")))
    }),
    ("deepEqual", |a| {
        count(a, 2..=2)?;
        Ok(Value::Bool(at(a, 0).plain() == at(a, 1).plain()))
    }),
    ("deepCopy", |a| Ok(at(a, 0).clone())),
    ("mustDeepCopy", |a| Ok(at(a, 0).clone())),
    ("join", |a| {
        count(a, 2..=2)?;
        Ok(strings(at(a, 1)).join(&strval(at(a, 0))).into())
    }),
    ("sortAlpha", |a| {
        count(a, 1..=1)?;
        let mut all = strings(&Value::List(list(a, 0)?));
        all.sort();
        Ok(Value::texts(all))
    }),
];

/// sprig's notion of empty: like `if`, but a struct never is.
pub(super) fn empty(value: &Value) -> bool {
    !value.truth()
}

fn json(value: &Value, html: bool, indent: Option<&'static str>) -> Result<String, String> {
    let mut out = String::new();
    Writer { html, indent }.write(value, 0, &mut out)?;
    Ok(out)
}

/// sprig's `strslice`: a list of texts from anything; nil elements are left out.
pub(super) fn strings(value: &Value) -> Vec<String> {
    match value.plain() {
        Value::Nil => Vec::new(),
        Value::List(items) => items.iter().filter(|v| !matches!(v, Value::Nil)).map(strval).collect(),
        other => vec![strval(&other)],
    }
}
