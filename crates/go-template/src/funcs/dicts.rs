//! sprig: dictionaries. Nothing is changed in place; functions that only do that are left out.

use super::{Table, at, count, map, strval, text};
use crate::value::{Map, Value};
use std::sync::Arc;

pub(super) const TABLE: Table = &[
    ("dict", |a| {
        Ok(Value::map(
            a.chunks(2).map(|pair| (strval(at(pair, 0)), pair.get(1).cloned().unwrap_or_else(|| "".into()))).collect(),
        ))
    }),
    ("get", |a| {
        count(a, 2..=2)?;
        Ok(map(a, 0)?.get(text(a, 1)?).cloned().unwrap_or_else(|| "".into()))
    }),
    ("hasKey", |a| {
        count(a, 2..=2)?;
        Ok(Value::Bool(map(a, 0)?.get(text(a, 1)?).is_some()))
    }),
    ("pluck", |a| {
        let key = text(a, 0)?;
        let mut found = Vec::new();
        for i in 1..a.len() {
            found.extend(map(a, i)?.get(key).cloned());
        }
        Ok(Value::list(found))
    }),
    ("keys", |a| {
        let mut keys = Vec::new();
        for i in 0..a.len() {
            keys.extend(map(a, i)?.iter().map(|(k, _)| Value::Str(Arc::clone(k))));
        }
        Ok(Value::list(keys))
    }),
    ("values", |a| Ok(Value::list(map(a, 0)?.iter().map(|(_, v)| v.clone()).collect()))),
    ("pick", |a| {
        let whole = map(a, 0)?;
        let wanted: Vec<String> = a.iter().skip(1).map(strval).collect();
        Ok(Value::map(
            whole
                .iter()
                .filter(|(k, _)| wanted.iter().any(|w| **w == ***k))
                .map(|(k, v)| (Arc::clone(k), v.clone()))
                .collect(),
        ))
    }),
    ("omit", |a| {
        let whole = map(a, 0)?;
        let gone: Vec<String> = a.iter().skip(1).map(strval).collect();
        Ok(Value::map(
            whole
                .iter()
                .filter(|(k, _)| !gone.iter().any(|w| **w == ***k))
                .map(|(k, v)| (Arc::clone(k), v.clone()))
                .collect(),
        ))
    }),
    ("merge", |a| merged(a, false)),
    ("mustMerge", |a| merged(a, false)),
    ("mergeOverwrite", |a| merged(a, true)),
    ("mustMergeOverwrite", |a| merged(a, true)),
    ("dig", |a| {
        count(a, 3..=usize::MAX)?;
        let (path, rest) = a.split_at(a.len() - 2);
        let (default, dict) = (at(rest, 0), at(rest, 1));
        let mut found = dict.plain();
        for key in path {
            let next = match &found {
                Value::Map(map) => map.get(&strval(key)).cloned(),
                _ => None,
            };
            match next {
                Some(next) => found = next,
                None => return Ok(default.clone()),
            }
        }
        Ok(found)
    }),
];

fn merged(arguments: &[Value], overwrite: bool) -> Result<Value, String> {
    let mut out = map(arguments, 0)?.as_ref().clone();
    for i in 1..arguments.len() {
        merge(&mut out, &*map(arguments, i)?, overwrite);
    }
    Ok(Value::map(out))
}

fn merge(into: &mut Map, from: &Map, overwrite: bool) {
    for (key, value) in from.iter() {
        match (into.get(key), value) {
            (Some(Value::Map(a)), Value::Map(b)) => {
                let mut inner = a.as_ref().clone();
                merge(&mut inner, b, overwrite);
                into.insert(Arc::clone(key), Value::map(inner));
            }
            (Some(old), _) if old.truth() && !overwrite => {}
            _ => into.insert(Arc::clone(key), value.clone()),
        }
    }
}
