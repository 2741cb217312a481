//! The shape that a document must have: keys, types, defaults. Whatever does not fit is told with its place.

use super::{Data, Entry, Node, Problem, nearest};
use std::time::Duration;

/// What a value must be.
#[derive(Debug)]
pub enum Shape {
    /// `true` or `false`
    Bool,
    /// A whole number within bounds.
    Int(i64, i64),
    /// A text.
    Text(TextKind),
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// One of these whole numbers.
    OneNumber(&'static [i64]),
    /// A list of at least so many.
    List(&'static Shape, usize),
    /// A map with any keys.
    Map(&'static Shape),
    /// A map with these keys and no others.
    Object(&'static [Key]),
    /// `null` or that.
    OrNull(&'static Shape),
    /// Anything; checked elsewhere.
    Any,
}

/// What a text must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextKind {
    /// Any text.
    Any,
    /// At least one character.
    NotEmpty,
    /// An absolute URL with a scheme.
    Url,
    /// An absolute URL or a path.
    UrlReference,
    /// A number and a unit: `500ms`, `2s`, `1m`.
    Duration,
    /// Letters that need no escaping in a query.
    QueryName,
}

/// A key of an object.
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What its value must be.
    pub shape: &'static Shape,
    /// Whether it may not be left out.
    pub required: bool,
}

/// A key that may be left out.
pub const fn key(name: &'static str, shape: &'static Shape) -> Key {
    Key { name, shape, required: false }
}

/// A key that may not be left out.
pub const fn required(name: &'static str, shape: &'static Shape) -> Key {
    Key { name, shape, required: true }
}

impl Shape {
    /// Checks a value; what does not fit is added to `problems`. `path` is the way to the value.
    pub fn check(&self, node: &Node, path: &str, problems: &mut Vec<Problem>) {
        let mut wrong = |expected: String| {
            problems.push(Problem::error(&node.place, path, format!("{expected} is expected, found {}", node.shown())));
        };
        match (self, &node.data) {
            (Self::Any, _) | (Self::OrNull(_), Data::Null) | (Self::Bool, Data::Bool(_)) => {}
            (Self::OrNull(shape), _) => shape.check(node, path, problems),
            (Self::Bool, _) => wrong("true or false".into()),
            (Self::Int(low, high), Data::Int(n)) if (low..=high).contains(&n) => {}
            (Self::Int(low, high), _) => wrong(format!("a whole number from {low} to {high}")),
            (Self::Text(kind), Data::Text(text)) => {
                if let Some(expected) = kind.refuses(text) {
                    wrong(expected.into());
                }
            }
            (Self::Text(_), _) => wrong("a text".into()),
            (Self::OneOf(names), Data::Text(text)) if names.contains(&text.as_str()) => {}
            (Self::OneOf(names), data) => {
                let mut problem = Problem::error(
                    &node.place,
                    path,
                    format!("one of {} is expected, found {}", names.join(", "), node.shown()),
                );
                if let Data::Text(text) = data
                    && let Some(name) = nearest(text, names.iter().copied())
                {
                    problem = problem.mend(format!("write {name}"));
                }
                problems.push(problem);
            }
            (Self::OneNumber(numbers), Data::Int(n)) if numbers.contains(n) => {}
            (Self::OneNumber(numbers), _) => {
                let all: Vec<String> = numbers.iter().map(ToString::to_string).collect();
                wrong(format!("one of {}", all.join(", ")));
            }
            (Self::List(shape, least), Data::List(items)) => {
                if items.len() < *least {
                    wrong(format!("a list of at least {least}"));
                }
                for (i, item) in items.iter().enumerate() {
                    shape.check(item, &format!("{path}[{i}]"), problems);
                }
            }
            (Self::List(..), _) => wrong("a list".into()),
            (Self::Map(shape), Data::Map(entries)) => {
                for entry in entries {
                    shape.check(&entry.value, &join(path, &entry.key), problems);
                }
            }
            (Self::Object(keys), Data::Map(entries)) => object(keys, node, entries, path, problems),
            (Self::Map(_) | Self::Object(_), _) => wrong("a map".into()),
        }
    }

    /// The shape at a path of keys. Keys of free maps are taken as they come, indices of lists as well.
    pub fn at(&self, path: &[&str]) -> Option<&Shape> {
        let Some((first, rest)) = path.split_first() else {
            return Some(self);
        };
        match self {
            Self::Object(keys) => keys.iter().find(|key| key.name == *first)?.shape.at(rest),
            Self::Map(shape) | Self::List(shape, _) => shape.at(rest),
            Self::OrNull(shape) => shape.at(path),
            Self::Any => Some(self),
            _ => None,
        }
    }
}

fn object(keys: &[Key], node: &Node, entries: &[Entry], path: &str, problems: &mut Vec<Problem>) {
    for entry in entries {
        match keys.iter().find(|key| key.name == entry.key) {
            Some(key) => key.shape.check(&entry.value, &join(path, &entry.key), problems),
            None => {
                let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
                let problem = Problem::error(&entry.place, join(path, &entry.key), "this key is not known");
                problems.push(match nearest(&entry.key, names.iter().copied()) {
                    Some(name) => problem.mend(format!("did you mean {name}?")),
                    None if names.is_empty() => problem.mend("no keys are expected here"),
                    None => problem.mend(format!("known here: {}", names.join(", "))),
                });
            }
        }
    }
    for key in keys.iter().filter(|key| key.required && !entries.iter().any(|entry| entry.key == key.name)) {
        problems.push(Problem::error(&node.place, join(path, key.name), "this key is required and missing"));
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

impl TextKind {
    /// What is expected, where the text is not it.
    fn refuses(self, text: &str) -> Option<&'static str> {
        let fits = match self {
            Self::Any => true,
            Self::NotEmpty => !text.is_empty(),
            Self::Url => {
                text.split_once(':').is_some_and(|(scheme, rest)| {
                    !rest.is_empty()
                        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
                }) && !text.contains(char::is_whitespace)
            }
            Self::UrlReference => !text.contains(char::is_whitespace),
            Self::Duration => duration(text).is_some(),
            Self::QueryName => text.bytes().all(|b| b.is_ascii_alphanumeric() || b",._~-".contains(&b)),
        };
        let expected = match self {
            Self::Any | Self::NotEmpty => "a text that is not empty",
            Self::Url => "an absolute URL, as in http://host/path,",
            Self::UrlReference => "a URL or a path",
            Self::Duration => "a duration, as in 500ms, 2s or 1m,",
            Self::QueryName => "a name of letters, digits and `,._~-`",
        };
        (!fits).then_some(expected)
    }
}

/// A duration as Go writes it: `500ms`, `2s`, `1h30m`.
pub fn duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    if rest == "0" {
        return Some(total);
    }
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).filter(|size| *size > 0)?;
        let (number, after) = rest.split_at_checked(digits)?;
        let size = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, next) = after.split_at_checked(size)?;
        let seconds = match unit {
            "ns" => 1e-9,
            "us" | "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        let number: f64 = number.parse().ok()?;
        total = total.checked_add(Duration::try_from_secs_f64(number * seconds).ok()?)?;
        rest = next;
    }
    Some(total)
}
