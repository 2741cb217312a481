//! Configuration values that remember where they come from.

use indexmap::IndexMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A line of a file; 0 when the line is not known.
    File(Arc<PathBuf>, usize),
    /// An environment variable.
    Variable(Arc<str>),
    /// Nowhere: it is missing.
    Nowhere,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, 0) => write!(f, "{}", path.display()),
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::Nowhere => f.write_str("configuration"),
        }
    }
}

/// A value with its place.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) place: Place,
}

/// What a file or variable says. It has no `Debug`: it may be secret.
#[derive(Clone)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    /// Keys with the place of the key.
    Map(IndexMap<String, (Place, Node)>),
}

impl Node {
    pub(crate) fn new(value: Value, place: Place) -> Self {
        Self { value, place }
    }

    pub(crate) fn empty() -> Self {
        Self::new(Value::Map(IndexMap::new()), Place::Nowhere)
    }

    /// The value at a path of keys.
    pub(crate) fn at(&self, path: &str) -> Option<&Node> {
        path.split('.').try_fold(self, |node, key| match &node.value {
            Value::Map(map) => map.get(key).map(|(_, node)| node),
            _ => None,
        })
    }

    pub(crate) fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Puts `node` at a path of keys and list indexes; maps on the way are made when missing.
    pub(crate) fn put(&mut self, path: &[String], node: Node) {
        let Some((first, rest)) = path.split_first() else {
            *self = node;
            return;
        };
        let place = node.place.clone();
        if let (Value::List(items), Ok(index)) = (&mut self.value, first.parse::<usize>()) {
            if index == items.len() {
                items.push(Node::empty());
            }
            if let Some(item) = items.get_mut(index) {
                item.put(rest, node);
            }
            return;
        }
        if !matches!(self.value, Value::Map(_)) {
            let value = if first == "0" { Value::List(Vec::new()) } else { Value::Map(IndexMap::new()) };
            *self = Node::new(value, place.clone());
            if first == "0" {
                self.put(path, node);
                return;
            }
        }
        if let Value::Map(map) = &mut self.value {
            let (_, inner) =
                map.entry(first.clone()).or_insert_with(|| (place, Node::new(Value::Null, Place::Nowhere)));
            inner.put(rest, node);
        }
    }

    /// Lays `over` on this value: maps are merged key by key, everything else is replaced.
    pub(crate) fn merge(&mut self, over: Node) {
        match (&mut self.value, over.value) {
            (Value::Map(map), Value::Map(other)) => {
                for (key, (place, node)) in other {
                    match map.get_mut(&key) {
                        Some((_, old)) => old.merge(node),
                        None => drop(map.insert(key, (place, node))),
                    }
                }
            }
            // A key without a value says nothing.
            (_, Value::Null) => {}
            (_, value) => *self = Node::new(value, over.place),
        }
    }

    /// The plain value; keys without a value are left out.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Int(value) => (*value).into(),
            Value::Float(value) => (*value).into(),
            Value::Text(text) => text.as_str().into(),
            Value::List(items) => items.iter().map(Self::to_json).collect(),
            Value::Map(map) => serde_json::Value::Object(
                map.iter()
                    .filter(|(_, (_, node))| !matches!(node.value, Value::Null))
                    .map(|(key, (_, node))| (key.clone(), node.to_json()))
                    .collect(),
            ),
        }
    }

    /// What stands here, for an error message. `secret` values are described, never shown; nor is what looks like
    /// the user part of a URL.
    pub(crate) fn found(&self, secret: bool) -> String {
        let kind = match &self.value {
            Value::Null => return "nothing".into(),
            Value::List(items) => return format!("a list of {}", items.len()),
            Value::Map(map) if map.is_empty() => return "an empty map".into(),
            Value::Map(map) => {
                return format!("a map with the key `{}`", map.keys().next().map_or("", String::as_str));
            }
            Value::Bool(_) => "boolean",
            Value::Int(_) | Value::Float(_) => "number",
            Value::Text(text) if text.is_empty() => return "an empty text".into(),
            Value::Text(_) => "text",
        };
        match &self.value {
            _ if secret => format!("a {kind} (not shown)"),
            Value::Bool(value) => format!("the {kind} {value}"),
            Value::Int(value) => format!("the {kind} {value}"),
            Value::Float(value) => format!("the {kind} {value}"),
            Value::Text(text) if text.contains('@') || text.chars().count() > 80 => {
                format!("a {kind} (not shown)")
            }
            Value::Text(text) => format!("the {kind} `{}`", text.escape_debug()),
            _ => kind.into(),
        }
    }
}
