//! The values that templates work on: what `interface{}` holds in Go after `encoding/json` has read a document.

use std::{fmt, sync::Arc};

/// A value in a template. Cloning is cheap: everything of size is shared.
#[derive(Clone, Default)]
pub enum Value {
    /// `nil`; prints `<no value>` at the top of a template and `<nil>` inside a list or map.
    #[default]
    Nil,
    /// `bool`
    Bool(bool),
    /// `int`, `int64`: constants of templates and results of functions. JSON numbers are [`Value::Float`].
    Int(i64),
    /// `float64`
    Float(f64),
    /// `string`
    Str(Arc<str>),
    /// `[]interface{}`
    List(Arc<Vec<Value>>),
    /// `map[string]interface{}`
    Map(Arc<Map>),
    /// A struct of the host, with fields and methods.
    Object(Arc<dyn Object>),
}

/// A struct of the host, as templates see it: `.Subject`, `.MatchContext.URL.Query.Get "q"`.
pub trait Object: Send + Sync {
    /// Go's name of the type, for error messages (`*url.URL`).
    fn type_name(&self) -> &str;

    /// The field of that name, `None` when the struct has none.
    fn field(&self, name: &str) -> Option<Value>;

    /// Calls the method of that name, `None` when the struct has none.
    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
        let _ = (name, arguments);
        None
    }

    /// The plain value behind the object, for printing, `range`, `index` and `len`.
    fn plain(&self) -> Value;

    /// What `toJson` writes, where that differs from what is printed.
    fn json(&self) -> Value {
        self.plain()
    }

    /// What `index` gives for a key that a map type lacks: the zero value of its elements.
    fn missing(&self) -> Value {
        Value::Nil
    }
}

/// A map with text keys, kept sorted: Go prints and ranges over maps in the order of their keys.
#[derive(Clone, Default)]
pub struct Map(Vec<(Arc<str>, Value)>);

impl Map {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let at = self.0.binary_search_by(|(k, _)| (**k).cmp(key)).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    /// Puts a value under a key, in place of what was there.
    pub fn insert(&mut self, key: impl Into<Arc<str>>, value: Value) {
        let key = key.into();
        match self.0.binary_search_by(|(k, _)| k.cmp(&key)) {
            Ok(at) => {
                if let Some(slot) = self.0.get_mut(at) {
                    slot.1 = value;
                }
            }
            Err(at) => self.0.insert(at, (key, value)),
        }
    }

    /// Removes a key; what was there.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let at = self.0.binary_search_by(|(k, _)| (**k).cmp(key)).ok()?;
        Some(self.0.remove(at).1)
    }

    /// Keys and values in the order of the keys.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Arc<str>, &Value)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// The number of keys.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: Into<Arc<str>>> FromIterator<(K, Value)> for Map {
    /// The last of several values under one key wins, as in `encoding/json`.
    fn from_iter<I: IntoIterator<Item = (K, Value)>>(pairs: I) -> Self {
        let mut all: Vec<(Arc<str>, Value)> = pairs.into_iter().map(|(k, v)| (k.into(), v)).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        let mut kept: Vec<(Arc<str>, Value)> = Vec::with_capacity(all.len());
        for (key, value) in all {
            match kept.last_mut() {
                Some(last) if last.0 == key => last.1 = value,
                _ => kept.push((key, value)),
            }
        }
        Self(kept)
    }
}

impl Value {
    /// A text.
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::Str(Arc::from(text.as_ref()))
    }

    /// A list.
    pub fn list(items: Vec<Value>) -> Self {
        Self::List(Arc::new(items))
    }

    /// A list of texts.
    pub fn texts<S: AsRef<str>>(items: impl IntoIterator<Item = S>) -> Self {
        Self::list(items.into_iter().map(Self::text).collect())
    }

    /// A map.
    pub fn map(map: Map) -> Self {
        Self::Map(Arc::new(map))
    }

    /// What `encoding/json` makes of a document: every number is a float64.
    pub fn from_json(json: &serde_json::Value) -> Self {
        use serde_json::Value as Json;
        match json {
            Json::Null => Self::Nil,
            Json::Bool(b) => Self::Bool(*b),
            Json::Number(n) => Self::Float(n.as_f64().unwrap_or(f64::NAN)),
            Json::String(s) => Self::text(s),
            Json::Array(items) => Self::list(items.iter().map(Self::from_json).collect()),
            Json::Object(map) => {
                Self::map(map.iter().map(|(k, v)| (Arc::from(k.as_str()), Self::from_json(v))).collect())
            }
        }
    }

    /// Objects of the host become the plain value behind them.
    pub fn plain(&self) -> Value {
        match self {
            Self::Object(object) => object.plain(),
            other => other.clone(),
        }
    }

    /// Whether `if` takes the branch: not nil, not false, not zero, not empty.
    pub fn truth(&self) -> bool {
        match self {
            Self::Nil => false,
            Self::Bool(b) => *b,
            Self::Int(n) => *n != 0,
            Self::Float(f) => *f != 0.0,
            Self::Str(s) => !s.is_empty(),
            Self::List(items) => !items.is_empty(),
            Self::Map(map) => !map.is_empty(),
            Self::Object(object) => match object.plain() {
                // A struct is always true; a type that is a map or list underneath counts as such.
                Self::Map(map) => !map.is_empty(),
                Self::List(items) => !items.is_empty(),
                _ => true,
            },
        }
    }

    /// Go's name of the type, for error messages and `typeOf`.
    pub fn type_name(&self) -> String {
        match self {
            Self::Nil => "<nil>".into(),
            Self::Bool(_) => "bool".into(),
            Self::Int(_) => "int".into(),
            Self::Float(_) => "float64".into(),
            Self::Str(_) => "string".into(),
            Self::List(_) => "[]interface {}".into(),
            Self::Map(_) => "map[string]interface {}".into(),
            Self::Object(object) => object.type_name().to_owned(),
        }
    }

    /// Go's name of the kind, for `kindOf`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Nil => "invalid",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float64",
            Self::Str(_) => "string",
            Self::List(_) => "slice",
            Self::Map(_) => "map",
            Self::Object(object) => match object.plain() {
                Self::Map(_) => "map",
                Self::List(_) => "slice",
                _ => "struct",
            },
        }
    }

    /// The text, when it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// A rough count of the bytes that the value keeps in memory, for bounded caches.
    pub fn weight(&self) -> usize {
        let own = size_of::<Self>();
        own + match self {
            Self::Str(text) => text.len() + 16,
            Self::List(items) => 32 + items.iter().map(Self::weight).sum::<usize>(),
            Self::Map(map) => 32 + map.iter().map(|(k, v)| k.len() + 24 + v.weight()).sum::<usize>(),
            _ => 0,
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::format::display(self))
    }
}

impl PartialEq for Value {
    /// Deep equality, as `reflect.DeepEqual` sees it for plain values.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Nil, Self::Nil) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a == b,
            (Self::Str(a), Self::Str(b)) => a == b,
            (Self::List(a), Self::List(b)) => a == b,
            (Self::Map(a), Self::Map(b)) => a.0 == b.0,
            (Self::Object(a), Self::Object(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Str(Arc::from(text))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}
