//! Documents (rule files, the gateway's configuration) as trees in which every value knows where it stands.

#[cfg(feature = "documents")]
mod json;
mod problem;
mod shape;
#[cfg(feature = "documents")]
mod yaml;

pub use problem::{Problem, Problems, Severity, nearest};
pub use shape::{Key, Shape, TextKind, duration, key, required};

use std::{fmt, sync::Arc};

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, or what stands for it (`environment variable X`, `inline rules`).
    pub file: Arc<str>,
    /// Line, from 1; 0 where there are no lines.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

impl Place {
    /// A place without lines: an environment variable, a default.
    pub fn whole(file: impl Into<Arc<str>>) -> Self {
        Self { file: file.into(), line: 0, column: 0 }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 { f.write_str(&self.file) } else { write!(f, "{}:{}:{}", self.file, self.line, self.column) }
    }
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it stands.
    pub place: Place,
    /// What it is.
    pub data: Data,
}

/// A value of a document.
#[derive(Clone, Debug)]
pub enum Data {
    /// `null`, `~` or nothing at all.
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number without a fraction.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map; keys are in their order, each once.
    Map(Vec<Entry>),
}

/// A key of a map with its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub place: Place,
    /// The value.
    pub value: Node,
}

impl Node {
    /// A value at a place.
    pub fn new(place: Place, data: Data) -> Self {
        Self { place, data }
    }

    /// Reads a document: JSON when it is JSON, else YAML. `file` names it in messages.
    ///
    /// # Errors
    /// For text that is neither, and for keys that stand twice in a map.
    #[cfg(feature = "documents")]
    pub fn read(file: &str, text: &str) -> Result<Self, Problem> {
        let file: Arc<str> = Arc::from(file);
        let first = text.trim_start_matches('\u{feff}').trim_start();
        if first.starts_with(['{', '[']) {
            match json::read(&file, text) {
                Ok(node) => return Ok(node),
                // YAML in flow style also begins like this; when it is neither, the JSON message is the better one
                // for a file that calls itself JSON.
                Err(problem) if file.ends_with(".json") => return Err(problem),
                Err(_) => {}
            }
        }
        yaml::read(&file, text)
    }

    /// The value under a key; `None` for a missing key and for anything that is no map.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.data {
            Data::Map(entries) => entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value),
            _ => None,
        }
    }

    /// The value at a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The text, when it is one.
    pub fn text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The elements, when it is a list.
    pub fn list(&self) -> Option<&[Node]> {
        match &self.data {
            Data::List(items) => Some(items),
            _ => None,
        }
    }

    /// The entries, when it is a map.
    pub fn map(&self) -> Option<&[Entry]> {
        match &self.data {
            Data::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    /// Puts a value at a path of keys, making maps on the way.
    pub fn put(&mut self, path: &[&str], value: Node) {
        let Some((first, rest)) = path.split_first() else {
            *self = value;
            return;
        };
        if !matches!(self.data, Data::Map(_)) {
            self.data = Data::Map(Vec::new());
        }
        if let Data::Map(entries) = &mut self.data {
            let at = entries.iter().position(|entry| entry.key == *first).unwrap_or_else(|| {
                let place = value.place.clone();
                entries.push(Entry {
                    key: (*first).to_owned(),
                    place: place.clone(),
                    value: Node::new(place, Data::Null),
                });
                entries.len() - 1
            });
            if let Some(entry) = entries.get_mut(at) {
                entry.value.put(rest, value);
            }
        }
    }

    /// `over` laid over this: maps are joined, everything else is replaced. As Oathkeeper lays the settings of a rule
    /// over those of the configuration.
    #[must_use]
    pub fn overlaid(&self, over: &Node) -> Node {
        match (&self.data, &over.data) {
            (Data::Map(below), Data::Map(above)) => {
                let mut entries: Vec<Entry> = Vec::with_capacity(below.len() + above.len());
                for entry in below {
                    match above.iter().find(|other| other.key == entry.key) {
                        Some(other) => entries.push(Entry {
                            key: entry.key.clone(),
                            place: other.place.clone(),
                            value: entry.value.overlaid(&other.value),
                        }),
                        None => entries.push(entry.clone()),
                    }
                }
                entries.extend(above.iter().filter(|other| !below.iter().any(|entry| entry.key == other.key)).cloned());
                Node::new(over.place.clone(), Data::Map(entries))
            }
            _ => over.clone(),
        }
    }

    /// The same value without places.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.data {
            Data::Null => Json::Null,
            Data::Bool(b) => Json::Bool(*b),
            Data::Int(n) => Json::from(*n),
            Data::Float(f) => serde_json::Number::from_f64(*f).map_or(Json::Null, Json::Number),
            Data::Text(text) => Json::String(text.clone()),
            Data::List(items) => Json::Array(items.iter().map(Node::to_json).collect()),
            Data::Map(entries) => Json::Object(entries.iter().map(|e| (e.key.clone(), e.value.to_json())).collect()),
        }
    }

    /// A value from JSON, all of it at one place.
    pub fn from_json(place: &Place, json: &serde_json::Value) -> Node {
        use serde_json::Value as Json;
        let data = match json {
            Json::Null => Data::Null,
            Json::Bool(b) => Data::Bool(*b),
            Json::Number(n) => n.as_i64().map_or_else(|| Data::Float(n.as_f64().unwrap_or(f64::NAN)), Data::Int),
            Json::String(text) => Data::Text(text.clone()),
            Json::Array(items) => Data::List(items.iter().map(|item| Node::from_json(place, item)).collect()),
            Json::Object(map) => Data::Map(
                map.iter()
                    .map(|(key, value)| Entry {
                        key: key.clone(),
                        place: place.clone(),
                        value: Node::from_json(place, value),
                    })
                    .collect(),
            ),
        };
        Node::new(place.clone(), data)
    }

    /// What kind of value it is, for messages.
    pub fn kind(&self) -> &'static str {
        match &self.data {
            Data::Null => "nothing",
            Data::Bool(_) => "a boolean",
            Data::Int(_) => "a whole number",
            Data::Float(_) => "a number",
            Data::Text(_) => "a text",
            Data::List(_) => "a list",
            Data::Map(_) => "a map",
        }
    }

    /// The value as a message shows it.
    pub fn shown(&self) -> String {
        match &self.data {
            Data::Text(text) if text.chars().count() > 60 => {
                format!("{:?}…", text.chars().take(60).collect::<String>())
            }
            Data::Text(text) => format!("{text:?}"),
            Data::Bool(b) => b.to_string(),
            Data::Int(n) => n.to_string(),
            Data::Float(f) => f.to_string(),
            _ => self.kind().to_owned(),
        }
    }
}
