//! sprig: regular expressions. They run in linear time and with a bounded program.

use super::{Table, at, count, integer, text};
use crate::value::Value;
use regex::{Regex, RegexBuilder};

pub(super) const TABLE: Table = &[
    ("regexMatch", is_match),
    ("mustRegexMatch", is_match),
    ("regexFind", find),
    ("mustRegexFind", find),
    ("regexFindAll", find_all),
    ("mustRegexFindAll", find_all),
    ("regexReplaceAll", |a| replace(a, false)),
    ("mustRegexReplaceAll", |a| replace(a, false)),
    ("regexReplaceAllLiteral", |a| replace(a, true)),
    ("mustRegexReplaceAllLiteral", |a| replace(a, true)),
    ("regexSplit", split),
    ("mustRegexSplit", split),
    ("regexQuoteMeta", |a| Ok(regex::escape(text(a, 0)?).into())),
];

fn compiled(arguments: &[Value]) -> Result<Regex, String> {
    let pattern = text(arguments, 0)?;
    RegexBuilder::new(pattern)
        .size_limit(1 << 20)
        .dfa_size_limit(1 << 20)
        .build()
        .map_err(|_| format!("{pattern:?} is no regular expression, or too large a one"))
}

fn is_match(a: &[Value]) -> Result<Value, String> {
    count(a, 2..=2)?;
    Ok(Value::Bool(compiled(a)?.is_match(text(a, 1)?)))
}

fn find(a: &[Value]) -> Result<Value, String> {
    count(a, 2..=2)?;
    Ok(compiled(a)?.find(text(a, 1)?).map_or("", |m| m.as_str()).into())
}

/// The third argument limits the number of results; negative means all.
fn limit(arguments: &[Value]) -> Result<usize, String> {
    Ok(usize::try_from(integer(arguments, 2)?).unwrap_or(usize::MAX))
}

fn find_all(a: &[Value]) -> Result<Value, String> {
    count(a, 3..=3)?;
    Ok(Value::texts(compiled(a)?.find_iter(text(a, 1)?).take(limit(a)?).map(|m| m.as_str())))
}

fn replace(a: &[Value], literal: bool) -> Result<Value, String> {
    count(a, 3..=3)?;
    let (regex, subject, with) = (compiled(a)?, text(a, 1)?, text(a, 2)?);
    let out =
        if literal { regex.replace_all(subject, regex::NoExpand(with)) } else { regex.replace_all(subject, with) };
    if out.len() > super::MAX_TEXT { Err("the result is too long".into()) } else { Ok(out.into_owned().into()) }
}

fn split(a: &[Value]) -> Result<Value, String> {
    count(a, 3..=3)?;
    let regex = compiled(a)?;
    let subject = match at(a, 1) {
        Value::Str(subject) => subject,
        _ => return Err("wrong type for value; expected string".into()),
    };
    Ok(match limit(a)? {
        0 => Value::list(Vec::new()),
        usize::MAX => Value::texts(regex.split(subject)),
        most => Value::texts(regex.splitn(subject, most)),
    })
}
