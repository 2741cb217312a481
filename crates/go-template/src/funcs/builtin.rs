//! The functions that Go's `text/template` brings along.

use super::{Table, at, count, text};
use crate::{
    format::{display, sprintf},
    value::Value,
};
use std::{cmp::Ordering, fmt::Write};

pub(super) const TABLE: Table = &[
    ("not", |a| {
        count(a, 1..=1)?;
        Ok(Value::Bool(!at(a, 0).truth()))
    }),
    ("print", |a| Ok(sprint(a).into())),
    ("println", |a| {
        let parts: Vec<String> = a.iter().map(display).collect();
        Ok((parts.join(" ") + "\n").into())
    }),
    ("printf", |a| {
        count(a, 1..=usize::MAX)?;
        Ok(sprintf(text(a, 0)?, a.get(1..).unwrap_or_default()).into())
    }),
    ("html", |a| Ok(html(&printed(a)).into())),
    ("js", |a| Ok(js(&printed(a)).into())),
    ("urlquery", |a| Ok(query_escape(&printed(a)).into())),
    ("len", len),
    ("index", index),
    ("slice", slice),
    ("eq", equal),
    ("ne", |a| {
        count(a, 2..=2)?;
        Ok(Value::Bool(equal(a)? == Value::Bool(false)))
    }),
    ("lt", |a| less(a, |o| o == Ordering::Less)),
    ("le", |a| less(a, |o| o != Ordering::Greater)),
    ("gt", |a| less(a, |o| o == Ordering::Greater)),
    ("ge", |a| less(a, |o| o != Ordering::Less)),
];

/// `fmt.Sprint`: a space between two operands when neither is a text.
fn sprint(arguments: &[Value]) -> String {
    let mut out = String::new();
    let mut before_is_text = true;
    for (i, value) in arguments.iter().enumerate() {
        let is_text = matches!(value, Value::Str(_));
        if i > 0 && !is_text && !before_is_text {
            out.push(' ');
        }
        out.push_str(&display(value));
        before_is_text = is_text;
    }
    out
}

fn printed(arguments: &[Value]) -> String {
    match arguments {
        [Value::Nil] => "<no value>".into(),
        other => sprint(other),
    }
}

/// `html.EscapeString` as `text/template` does it.
pub(crate) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\0' => out.push('\u{fffd}'),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
    out
}

pub(crate) fn js(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '"' => out.push_str("\\\""),
            '<' | '>' | '&' | '=' => {
                let _ = write!(out, "\\u{:04X}", c as u32);
            }
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", c as u32);
            }
            c => out.push(c),
        }
    }
    out
}

/// `url.QueryEscape`.
pub(crate) fn query_escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte as char),
            b' ' => out.push('+'),
            byte => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

fn size(n: usize) -> Value {
    Value::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

fn len(arguments: &[Value]) -> Result<Value, String> {
    count(arguments, 1..=1)?;
    match at(arguments, 0).plain() {
        Value::Str(s) => Ok(size(s.len())),
        Value::List(items) => Ok(size(items.len())),
        Value::Map(map) => Ok(size(map.len())),
        Value::Nil => Err("len of nil pointer".into()),
        other => Err(format!("len of type {}", other.type_name())),
    }
}

fn index(arguments: &[Value]) -> Result<Value, String> {
    count(arguments, 1..=usize::MAX)?;
    let mut item = at(arguments, 0).clone();
    for key in arguments.get(1..).unwrap_or_default() {
        let missing = match &item {
            Value::Object(object) => object.missing(),
            _ => Value::Nil,
        };
        item = match item.plain() {
            Value::Nil => return Err("index of untyped nil".into()),
            Value::List(items) => items.get(place(key, items.len())?).cloned().unwrap_or_default(),
            Value::Str(s) => {
                s.as_bytes().get(place(key, s.len())?).map(|b| Value::Int(i64::from(*b))).unwrap_or_default()
            }
            Value::Map(map) => match key {
                Value::Str(key) => map.get(key).cloned().unwrap_or(missing),
                Value::Nil => return Err("value is nil; should be of type string".into()),
                other => return Err(format!("value has type {}; should be string", other.type_name())),
            },
            other => return Err(format!("can't index item of type {}", other.type_name())),
        };
    }
    Ok(item)
}

fn place(key: &Value, length: usize) -> Result<usize, String> {
    match key {
        Value::Int(n) => {
            usize::try_from(*n).ok().filter(|n| *n < length).ok_or_else(|| format!("index out of range: {n}"))
        }
        Value::Nil => Err("cannot index slice/array with nil".into()),
        other => Err(format!("cannot index slice/array with type {}", other.type_name())),
    }
}

fn slice(arguments: &[Value]) -> Result<Value, String> {
    count(arguments, 1..=4)?;
    let bound = |i: usize, default: usize, length: usize| match arguments.get(i) {
        None => Ok(default),
        Some(Value::Int(n)) => {
            usize::try_from(*n).ok().filter(|n| *n <= length).ok_or_else(|| format!("index out of range: {n}"))
        }
        Some(other) => Err(format!("cannot index slice/array with type {}", other.type_name())),
    };
    match at(arguments, 0).plain() {
        Value::Str(s) => {
            count(arguments, 1..=3)?;
            let (from, to) = (bound(1, 0, s.len())?, bound(2, s.len(), s.len())?);
            s.get(from..to)
                .map(Value::text)
                .ok_or_else(|| format!("invalid slice index: {from} > {to}, or inside a character"))
        }
        Value::List(items) => {
            let (from, to) = (bound(1, 0, items.len())?, bound(2, items.len(), items.len())?);
            items
                .get(from..to)
                .map(|part| Value::list(part.to_vec()))
                .ok_or_else(|| format!("invalid slice index: {from} > {to}"))
        }
        Value::Nil => Err("slice of untyped nil".into()),
        other => Err(format!("can't slice item of type {}", other.type_name())),
    }
}

fn equal(arguments: &[Value]) -> Result<Value, String> {
    count(arguments, 2..=usize::MAX)?;
    let first = at(arguments, 0).plain();
    for other in arguments.get(1..).unwrap_or_default() {
        let other = other.plain();
        let same = match (&first, &other) {
            (Value::Nil, Value::Nil) => true,
            (Value::Nil, _) | (_, Value::Nil) => false,
            (Value::Bool(_), Value::Bool(_))
            | (Value::Int(_), Value::Int(_))
            | (Value::Float(_), Value::Float(_))
            | (Value::Str(_), Value::Str(_)) => first == other,
            (Value::List(_), Value::List(_)) | (Value::Map(_), Value::Map(_)) => {
                return Err(format!("non-comparable type {}: {}", display(&first), first.type_name()));
            }
            _ => return Err("incompatible types for comparison".into()),
        };
        if same {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

fn less(arguments: &[Value], holds: fn(Ordering) -> bool) -> Result<Value, String> {
    count(arguments, 2..=2)?;
    let order = match (at(arguments, 0), at(arguments, 1)) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        (Value::Str(a), Value::Str(b)) => Some(a.cmp(b)),
        (Value::Int(_) | Value::Float(_) | Value::Str(_), Value::Int(_) | Value::Float(_) | Value::Str(_)) => {
            return Err("incompatible types for comparison".into());
        }
        _ => return Err("invalid type for comparison".into()),
    };
    Ok(Value::Bool(order.is_some_and(holds)))
}
