//! sprig: texts.

use super::{MAX_TEXT, Table, at, count, numbers::to_int, strval, text};
use crate::{
    format::quote,
    value::{Map, Value},
};

pub(super) const TABLE: Table = &[
    ("trim", |a| Ok(text(a, 0)?.trim().into())),
    ("trimAll", |a| Ok(text(a, 1)?.trim_matches(|c| text(a, 0).is_ok_and(|set| set.contains(c))).into())),
    ("trimall", |a| Ok(text(a, 1)?.trim_matches(|c| text(a, 0).is_ok_and(|set| set.contains(c))).into())),
    ("trimPrefix", |a| Ok(text(a, 1)?.strip_prefix(text(a, 0)?).unwrap_or(text(a, 1)?).into())),
    ("trimSuffix", |a| Ok(text(a, 1)?.strip_suffix(text(a, 0)?).unwrap_or(text(a, 1)?).into())),
    ("upper", |a| Ok(text(a, 0)?.to_uppercase().into())),
    ("lower", |a| Ok(text(a, 0)?.to_lowercase().into())),
    ("title", |a| Ok(words(text(a, 0)?, |c| c.to_uppercase().collect()).into())),
    ("untitle", |a| Ok(words(text(a, 0)?, |c| c.to_lowercase().collect()).into())),
    ("swapcase", |a| {
        let swap =
            |c: char| if c.is_uppercase() { c.to_lowercase().collect::<String>() } else { c.to_uppercase().collect() };
        Ok(text(a, 0)?.chars().map(swap).collect::<String>().into())
    }),
    ("repeat", |a| {
        let (times, part) = (usize::try_from(to_int(at(a, 0))).map_err(|_| "a negative count")?, text(a, 1)?);
        if part.len().saturating_mul(times) > MAX_TEXT {
            return Err("the result is too long".into());
        }
        Ok(part.repeat(times).into())
    }),
    ("substr", |a| {
        count(a, 3..=3)?;
        let (from, to, whole) = (to_int(at(a, 0)), to_int(at(a, 1)), text(a, 2)?);
        let from = usize::try_from(from).unwrap_or(0);
        let to = usize::try_from(to).ok().filter(|to| *to <= whole.len()).unwrap_or(whole.len());
        whole
            .get(from..to)
            .map(Value::text)
            .ok_or_else(|| "the bounds lie outside the text or inside a character".into())
    }),
    ("trunc", |a| {
        count(a, 2..=2)?;
        let (size, whole) = (to_int(at(a, 0)), text(a, 1)?);
        let length = usize::try_from(size.unsigned_abs()).unwrap_or(usize::MAX);
        if length >= whole.len() {
            return Ok(whole.into());
        }
        let cut = |at: usize| (0..=at).rev().find(|i| whole.is_char_boundary(*i)).unwrap_or(0);
        Ok(if size < 0 { whole.get(cut(whole.len() - length)..) } else { whole.get(..cut(length)) }
            .unwrap_or_default()
            .into())
    }),
    ("abbrev", |a| {
        count(a, 2..=2)?;
        let (width, whole) = (to_int(at(a, 0)), text(a, 1)?);
        let width = usize::try_from(width).unwrap_or(0);
        if width < 4 || whole.chars().count() <= width {
            return Ok(whole.into());
        }
        Ok((whole.chars().take(width - 3).collect::<String>() + "...").into())
    }),
    ("initials", |a| Ok(text(a, 0)?.split_whitespace().filter_map(|w| w.chars().next()).collect::<String>().into())),
    ("nospace", |a| Ok(text(a, 0)?.split_whitespace().collect::<String>().into())),
    ("contains", |a| Ok(Value::Bool(text(a, 1)?.contains(text(a, 0)?)))),
    ("hasPrefix", |a| Ok(Value::Bool(text(a, 1)?.starts_with(text(a, 0)?)))),
    ("hasSuffix", |a| Ok(Value::Bool(text(a, 1)?.ends_with(text(a, 0)?)))),
    ("quote", |a| Ok(joined(a, quote).into())),
    ("squote", |a| Ok(joined(a, |s| format!("'{s}'")).into())),
    ("cat", |a| Ok(joined(a, str::to_owned).into())),
    ("indent", |a| indent(a, "")),
    ("nindent", |a| indent(a, "\n")),
    ("replace", |a| {
        count(a, 3..=3)?;
        let out = text(a, 2)?.replace(text(a, 0)?, text(a, 1)?);
        if out.len() > MAX_TEXT { Err("the result is too long".into()) } else { Ok(out.into()) }
    }),
    ("plural", |a| {
        count(a, 3..=3)?;
        Ok(if to_int(at(a, 2)) == 1 { text(a, 0)? } else { text(a, 1)? }.into())
    }),
    ("splitList", |a| Ok(Value::texts(parts(text(a, 1)?, text(a, 0)?, None)))),
    ("split", |a| Ok(numbered(parts(text(a, 1)?, text(a, 0)?, None)))),
    ("splitn", |a| {
        count(a, 3..=3)?;
        Ok(numbered(parts(text(a, 2)?, text(a, 0)?, usize::try_from(to_int(at(a, 1))).ok())))
    }),
    ("snakecase", |a| Ok(cased(text(a, 0)?, "_").into())),
    ("kebabcase", |a| Ok(cased(text(a, 0)?, "-").into())),
    ("camelcase", |a| {
        let parts = cased(text(a, 0)?, "_");
        Ok(parts.split('_').map(|part| words(part, |c| c.to_uppercase().collect())).collect::<String>().into())
    }),
    ("wrap", |a| {
        count(a, 2..=2)?;
        Ok(wrap(text(a, 1)?, to_int(at(a, 0)), "\n").into())
    }),
    ("wrapWith", |a| {
        count(a, 3..=3)?;
        Ok(wrap(text(a, 2)?, to_int(at(a, 0)), text(a, 1)?).into())
    }),
];

/// The first letter of every word changed.
fn words(text: &str, change: fn(char) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut starts = true;
    for c in text.chars() {
        if starts {
            out.push_str(&change(c));
        } else {
            out.push(c);
        }
        starts = !(c.is_alphanumeric() || c == '_' || c == '\'');
    }
    out
}

fn joined(arguments: &[Value], each: fn(&str) -> String) -> String {
    let parts: Vec<String> = arguments.iter().filter(|v| !matches!(v, Value::Nil)).map(|v| each(&strval(v))).collect();
    parts.join(" ")
}

fn indent(arguments: &[Value], before: &str) -> Result<Value, String> {
    count(arguments, 2..=2)?;
    let width = usize::try_from(to_int(at(arguments, 0))).map_err(|_| "a negative width")?;
    let whole = text(arguments, 1)?;
    if whole.matches('\n').count().saturating_add(1).saturating_mul(width) > MAX_TEXT {
        return Err("the result is too long".into());
    }
    let pad = " ".repeat(width);
    Ok(format!("{before}{pad}{}", whole.replace('\n', &format!("\n{pad}"))).into())
}

/// `strings.Split`: an empty separator splits into characters.
fn parts<'a>(whole: &'a str, separator: &str, most: Option<usize>) -> Vec<&'a str> {
    if separator.is_empty() {
        return whole.char_indices().map(|(i, c)| whole.get(i..i + c.len_utf8()).unwrap_or_default()).collect();
    }
    match most {
        Some(0) => Vec::new(),
        Some(most) => whole.splitn(most, separator).collect(),
        None => whole.split(separator).collect(),
    }
}

/// `{_0: …, _1: …}`, as sprig's `split` gives it.
fn numbered(parts: Vec<&str>) -> Value {
    Value::map(parts.into_iter().enumerate().map(|(i, part)| (format!("_{i}"), part.into())).collect::<Map>())
}

fn cased(text: &str, between: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut before: Option<char> = None;
    for c in text.chars() {
        if c.is_alphanumeric() {
            let starts = match before {
                None => false,
                Some(b) if !b.is_alphanumeric() => !out.is_empty(),
                Some(b) => c.is_uppercase() && !b.is_uppercase(),
            };
            if starts {
                out.push_str(between);
            }
            out.extend(c.to_lowercase());
        }
        before = Some(c);
    }
    out
}

fn wrap(text: &str, width: i64, line_break: &str) -> String {
    let width = usize::try_from(width).unwrap_or(1).max(1);
    let mut out = String::with_capacity(text.len());
    let mut line = 0;
    for word in text.split(' ') {
        let size = word.chars().count();
        if line > 0 && line + 1 + size > width {
            out.push_str(line_break);
            line = 0;
        } else if line > 0 {
            out.push(' ');
            line += 1;
        }
        out.push_str(word);
        line += size;
    }
    out
}
