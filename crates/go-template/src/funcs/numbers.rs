//! sprig: numbers. As there, texts and floats are converted to what a function works on.

use super::{MAX_ITEMS, Table, at, count, strval};
use crate::value::Value;

pub(super) const TABLE: Table = &[
    ("int", |a| one(a, |v| Value::Int(to_int(v)))),
    ("int64", |a| one(a, |v| Value::Int(to_int(v)))),
    ("float64", |a| one(a, |v| Value::Float(to_float(v)))),
    ("atoi", |a| one(a, |v| Value::Int(strval(v).parse().unwrap_or(0)))),
    ("toDecimal", |a| one(a, |v| Value::Int(i64::from_str_radix(&strval(v), 8).unwrap_or(0)))),
    ("add1", |a| one(a, |v| Value::Int(to_int(v).wrapping_add(1)))),
    ("add", |a| Ok(Value::Int(a.iter().fold(0, |sum, v| sum.wrapping_add(to_int(v)))))),
    ("sub", |a| two(a, |x, y| Ok(x.wrapping_sub(y)))),
    ("mul", |a| {
        count(a, 1..=usize::MAX)?;
        Ok(Value::Int(a.iter().fold(1, |product, v| product.wrapping_mul(to_int(v)))))
    }),
    ("div", |a| two(a, |x, y| x.checked_div(y).ok_or_else(|| "integer divide by zero".into()))),
    ("mod", |a| two(a, |x, y| x.checked_rem(y).ok_or_else(|| "integer divide by zero".into()))),
    ("max", |a| most(a, i64::max)),
    ("biggest", |a| most(a, i64::max)),
    ("min", |a| most(a, i64::min)),
    ("addf", |a| Ok(Value::Float(a.iter().map(to_float).sum()))),
    ("add1f", |a| one(a, |v| Value::Float(to_float(v) + 1.0))),
    ("subf", |a| fold(a, |x, y| x - y)),
    ("mulf", |a| fold(a, |x, y| x * y)),
    ("divf", |a| fold(a, |x, y| x / y)),
    ("maxf", |a| fold(a, f64::max)),
    ("minf", |a| fold(a, f64::min)),
    ("floor", |a| one(a, |v| Value::Float(to_float(v).floor()))),
    ("ceil", |a| one(a, |v| Value::Float(to_float(v).ceil()))),
    ("round", |a| {
        count(a, 2..=3)?;
        let places = i32::try_from(to_int(at(a, 1))).unwrap_or(0);
        let half = a.get(2).map_or(0.5, to_float);
        let scale = 10f64.powi(places);
        let (whole, part) = ((to_float(at(a, 0)) * scale).trunc(), (to_float(at(a, 0)) * scale).fract());
        Ok(Value::Float((if part >= half { whole + 1.0 } else { whole }) / scale))
    }),
    ("until", |a| {
        count(a, 1..=1)?;
        let end = to_int(at(a, 0));
        steps(0, end, if end < 0 { -1 } else { 1 })
    }),
    ("untilStep", |a| {
        count(a, 3..=3)?;
        steps(to_int(at(a, 0)), to_int(at(a, 1)), to_int(at(a, 2)))
    }),
    ("seq", |a| {
        let numbers: Vec<i64> = a.iter().map(to_int).collect();
        let (from, by, to) = match *numbers.as_slice() {
            [to] => (1, if to < 1 { -1 } else { 1 }, to),
            [from, to] => (from, if to < from { -1 } else { 1 }, to),
            [from, by, to] => (from, by, to),
            _ => return Ok("".into()),
        };
        let all = steps(from, to.saturating_add(by.signum()), by)?;
        Ok(super::values::strings(&all).join(" ").into())
    }),
];

fn one(arguments: &[Value], f: fn(&Value) -> Value) -> Result<Value, String> {
    count(arguments, 1..=1)?;
    Ok(f(at(arguments, 0)))
}

fn two(arguments: &[Value], f: fn(i64, i64) -> Result<i64, String>) -> Result<Value, String> {
    count(arguments, 2..=2)?;
    f(to_int(at(arguments, 0)), to_int(at(arguments, 1))).map(Value::Int)
}

fn most(arguments: &[Value], pick: fn(i64, i64) -> i64) -> Result<Value, String> {
    count(arguments, 1..=usize::MAX)?;
    Ok(Value::Int(arguments.iter().map(to_int).reduce(pick).unwrap_or(0)))
}

fn fold(arguments: &[Value], f: fn(f64, f64) -> f64) -> Result<Value, String> {
    count(arguments, 1..=usize::MAX)?;
    Ok(Value::Float(arguments.iter().map(to_float).reduce(f).unwrap_or(0.0)))
}

fn steps(from: i64, to: i64, by: i64) -> Result<Value, String> {
    let mut all = Vec::new();
    let mut n = from;
    while by != 0 && if by > 0 { n < to } else { n > to } {
        if all.len() >= MAX_ITEMS {
            return Err(format!("more than {MAX_ITEMS} numbers"));
        }
        all.push(Value::Int(n));
        n = n.saturating_add(by);
    }
    Ok(Value::list(all))
}

#[expect(clippy::cast_possible_truncation, reason = "Go truncates; Rust saturates where Go's result is undefined")]
pub(super) fn to_int(value: &Value) -> i64 {
    match value {
        Value::Int(n) => *n,
        Value::Float(f) => *f as i64,
        Value::Bool(b) => i64::from(*b),
        Value::Str(s) => {
            let (negative, digits) = match s.strip_prefix('-') {
                Some(rest) => (true, rest),
                None => (false, s.strip_prefix('+').unwrap_or(s)),
            };
            let digits = digits
                .split_once('.')
                .map_or(digits, |(whole, part)| if part.chars().all(|c| c == '0') { whole } else { digits });
            let n = match digits.get(..2).map(str::to_lowercase).as_deref() {
                Some("0x") => i64::from_str_radix(digits.get(2..).unwrap_or_default(), 16),
                Some("0b") => i64::from_str_radix(digits.get(2..).unwrap_or_default(), 2),
                Some("0o") => i64::from_str_radix(digits.get(2..).unwrap_or_default(), 8),
                Some(two) if two.starts_with('0') => i64::from_str_radix(digits, 8),
                _ => digits.parse(),
            }
            .unwrap_or(0);
            if negative { n.wrapping_neg() } else { n }
        }
        _ => 0,
    }
}

#[expect(clippy::cast_precision_loss, reason = "Go converts the same way")]
pub(super) fn to_float(value: &Value) -> f64 {
    match value {
        Value::Int(n) => *n as f64,
        Value::Float(f) => *f,
        Value::Bool(b) => f64::from(u8::from(*b)),
        Value::Str(s) => s.parse().unwrap_or(0.0),
        _ => 0.0,
    }
}
