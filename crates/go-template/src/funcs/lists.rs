//! sprig: lists.

use super::{Table, at, count, list, numbers::to_int, values::empty};
use crate::value::Value;

pub(super) const TABLE: Table = &[
    ("list", |a| Ok(Value::list(a.to_vec()))),
    ("tuple", |a| Ok(Value::list(a.to_vec()))),
    ("first", |a| Ok(list(a, 0)?.first().cloned().unwrap_or_default())),
    ("mustFirst", |a| Ok(list(a, 0)?.first().cloned().unwrap_or_default())),
    ("last", |a| Ok(list(a, 0)?.last().cloned().unwrap_or_default())),
    ("mustLast", |a| Ok(list(a, 0)?.last().cloned().unwrap_or_default())),
    ("rest", |a| Ok(Value::list(list(a, 0)?.iter().skip(1).cloned().collect()))),
    ("mustRest", |a| Ok(Value::list(list(a, 0)?.iter().skip(1).cloned().collect()))),
    ("initial", initial),
    ("mustInitial", initial),
    ("append", append),
    ("push", append),
    ("mustAppend", append),
    ("mustPush", append),
    ("prepend", prepend),
    ("mustPrepend", prepend),
    ("concat", |a| {
        let mut all = Vec::new();
        for i in 0..a.len() {
            all.extend(list(a, i)?.iter().cloned());
        }
        Ok(Value::list(all))
    }),
    ("reverse", |a| Ok(Value::list(list(a, 0)?.iter().rev().cloned().collect()))),
    ("mustReverse", |a| Ok(Value::list(list(a, 0)?.iter().rev().cloned().collect()))),
    ("uniq", uniq),
    ("mustUniq", uniq),
    ("without", without),
    ("mustWithout", without),
    ("has", has),
    ("mustHas", has),
    ("compact", |a| Ok(Value::list(list(a, 0)?.iter().filter(|v| !empty(v)).cloned().collect()))),
    ("mustCompact", |a| Ok(Value::list(list(a, 0)?.iter().filter(|v| !empty(v)).cloned().collect()))),
    ("slice", slice),
    ("mustSlice", slice),
    ("chunk", |a| {
        count(a, 2..=2)?;
        let size = usize::try_from(to_int(at(a, 0))).unwrap_or(0).max(1);
        Ok(Value::list(list(a, 1)?.chunks(size).map(|part| Value::list(part.to_vec())).collect()))
    }),
];

fn initial(a: &[Value]) -> Result<Value, String> {
    let items = list(a, 0)?;
    Ok(Value::list(items.iter().take(items.len().saturating_sub(1)).cloned().collect()))
}

fn append(a: &[Value]) -> Result<Value, String> {
    count(a, 2..=2)?;
    let mut items = list(a, 0)?.to_vec();
    items.push(at(a, 1).clone());
    Ok(Value::list(items))
}

fn prepend(a: &[Value]) -> Result<Value, String> {
    count(a, 2..=2)?;
    let mut items = vec![at(a, 1).clone()];
    items.extend(list(a, 0)?.iter().cloned());
    Ok(Value::list(items))
}

fn uniq(a: &[Value]) -> Result<Value, String> {
    let mut kept: Vec<Value> = Vec::new();
    for item in list(a, 0)?.iter() {
        if !kept.contains(item) {
            kept.push(item.clone());
        }
    }
    Ok(Value::list(kept))
}

fn without(a: &[Value]) -> Result<Value, String> {
    let gone = a.get(1..).unwrap_or_default();
    Ok(Value::list(list(a, 0)?.iter().filter(|v| !gone.contains(v)).cloned().collect()))
}

fn has(a: &[Value]) -> Result<Value, String> {
    count(a, 2..=2)?;
    if matches!(at(a, 1), Value::Nil) {
        return Ok(Value::Bool(false));
    }
    Ok(Value::Bool(list(a, 1)?.contains(at(a, 0))))
}

fn slice(a: &[Value]) -> Result<Value, String> {
    // sprig's slice replaces Go's own, which also cuts texts; both are served.
    if matches!(at(a, 0), Value::Str(_)) {
        let (_, go) = super::builtin::TABLE.iter().find(|(name, _)| *name == "slice").ok_or("slice is not defined")?;
        return go(a);
    }
    let items = list(a, 0)?;
    let from = a.get(1).map_or(0, to_int);
    let to = a.get(2).map_or_else(|| i64::try_from(items.len()).unwrap_or(i64::MAX), to_int);
    let part = usize::try_from(from).ok().zip(usize::try_from(to).ok()).and_then(|(from, to)| items.get(from..to));
    part.map(|part| Value::list(part.to_vec())).ok_or_else(|| format!("slice bounds out of range [{from}:{to}]"))
}
