//! Session, request and URL as templates see them: with the names of Go's fields and methods.

use crate::{
    request::{Request, path_encoded, query_pairs},
    session::{MatchContext, Session, SessionHeaders, canonical_name},
};
use go_template::{Map, Object, Value};
use std::{collections::BTreeMap, sync::Arc};

/// `.`
pub(crate) struct SessionView(pub(crate) Session);

/// The fields of the session, for the check of templates at load.
pub(crate) const SESSION_FIELDS: &[&str] = &["Subject", "Extra", "Header", "MatchContext", "Copy", "SetHeader"];

impl Object for SessionView {
    fn type_name(&self) -> &str {
        "*authn.AuthenticationSession"
    }

    fn field(&self, name: &str) -> Option<Value> {
        Some(match name {
            "Subject" => Value::Str(Arc::clone(&self.0.subject)),
            // A nil map prints as an empty one, and has no keys.
            "Extra" => match &self.0.extra {
                Value::Nil => Value::Object(Arc::new(NilMap)),
                extra => extra.clone(),
            },
            "Header" => Value::Object(Arc::new(HeaderView(lines_of_session(&self.0.headers)))),
            "MatchContext" => match &self.0.context {
                MatchContext::Live(request, rule) => {
                    Value::Object(Arc::new(ContextView { request: Arc::clone(request), rule: Arc::clone(rule) }))
                }
                MatchContext::Given(value) => value.clone(),
            },
            _ => return None,
        })
    }

    fn plain(&self) -> Value {
        Value::map(
            ["Subject", "Extra", "Header", "MatchContext"]
                .iter()
                .filter_map(|name| Some((*name, self.field(name)?)))
                .collect(),
        )
    }
}

/// A `map[string]interface{}` that is nil: no keys, prints `map[]`, is `null` in JSON.
struct NilMap;

impl Object for NilMap {
    fn type_name(&self) -> &str {
        "map[string]interface {}"
    }

    fn field(&self, _: &str) -> Option<Value> {
        Some(Value::Nil)
    }

    fn plain(&self) -> Value {
        Value::map(Map::new())
    }

    fn json(&self) -> Value {
        Value::Nil
    }
}

struct ContextView {
    request: Arc<Request>,
    rule: Arc<crate::rule::Rule>,
}

impl Object for ContextView {
    fn type_name(&self) -> &str {
        "authn.MatchContext"
    }

    fn field(&self, name: &str) -> Option<Value> {
        Some(match name {
            "RegexpCaptureGroups" => Value::texts(self.rule.groups(&self.request)),
            "URL" => Value::Object(Arc::new(UrlView::of(&self.request))),
            "Method" => self.request.method().into(),
            "Header" => Value::Object(Arc::new(HeaderView(lines_of_request(&self.request)))),
            _ => return None,
        })
    }

    fn plain(&self) -> Value {
        Value::map(
            ["RegexpCaptureGroups", "URL", "Method", "Header"]
                .iter()
                .filter_map(|name| Some((*name, self.field(name)?)))
                .collect(),
        )
    }
}

/// The URL of a request, as Go's `*url.URL` after Oathkeeper has cleaned its path.
pub(crate) struct UrlView {
    pub(crate) scheme: String,
    pub(crate) host: String,
    pub(crate) path: String,
    pub(crate) raw_path: String,
    pub(crate) query: Option<String>,
}

impl UrlView {
    pub(crate) fn of(request: &Request) -> Self {
        // The path as it was sent, unless its trailing slash was cut off: then Go escapes what is left anew.
        let raw = request.raw_path();
        let raw_path = if raw.len() > 1 && raw.ends_with('/') { path_encoded(request.path()) } else { raw.to_owned() };
        Self {
            scheme: request.scheme().to_owned(),
            host: request.host().to_owned(),
            path: request.path().to_owned(),
            raw_path,
            query: request.query().map(str::to_owned),
        }
    }

    fn text(&self) -> String {
        let mut out = format!("{}://{}{}", self.scheme, self.host, self.raw_path);
        if let Some(query) = &self.query {
            out.push('?');
            out.push_str(query);
        }
        out
    }
}

impl Object for UrlView {
    fn type_name(&self) -> &str {
        "*url.URL"
    }

    fn field(&self, name: &str) -> Option<Value> {
        Some(match name {
            "Scheme" => self.scheme.as_str().into(),
            "Host" => self.host.as_str().into(),
            "Path" => self.path.as_str().into(),
            "RawQuery" => self.query.as_deref().unwrap_or_default().into(),
            "RawPath" if self.raw_path == path_encoded(&self.path) => "".into(),
            "RawPath" => self.raw_path.as_str().into(),
            "Opaque" | "Fragment" | "RawFragment" => "".into(),
            "User" => Value::Nil,
            "ForceQuery" => Value::Bool(self.query.as_deref() == Some("")),
            "OmitHost" => Value::Bool(false),
            _ => return None,
        })
    }

    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
        let port = self.host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
        let value = match name {
            "String" => self.text().into(),
            "Query" => Value::Object(Arc::new(QueryView(self.query.clone().unwrap_or_default()))),
            "EscapedPath" => self.raw_path.as_str().into(),
            "RequestURI" => match &self.query {
                Some(query) => format!("{}?{query}", self.raw_path).into(),
                None => self.raw_path.as_str().into(),
            },
            "Hostname" => port.map_or(self.host.as_str(), |(host, _)| host).trim_matches(['[', ']']).into(),
            "Port" => port.map_or("", |(_, port)| port).into(),
            "IsAbs" => Value::Bool(true),
            _ => return None,
        };
        Some(if arguments.is_empty() {
            Ok(value)
        } else {
            Err(format!("wrong number of args for {name}: want 0 got {}", arguments.len()))
        })
    }

    fn plain(&self) -> Value {
        self.text().into()
    }

    fn json(&self) -> Value {
        let names = [
            "Scheme",
            "Opaque",
            "User",
            "Host",
            "Path",
            "RawPath",
            "OmitHost",
            "ForceQuery",
            "RawQuery",
            "Fragment",
            "RawFragment",
        ];
        Value::map(names.iter().filter_map(|name| Some((*name, self.field(name)?))).collect())
    }
}

/// `url.Values`
struct QueryView(String);

impl QueryView {
    fn all(&self) -> BTreeMap<String, Vec<Value>> {
        let mut all: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for (key, value) in query_pairs(&self.0) {
            all.entry(key).or_default().push(value.into());
        }
        all
    }
}

impl Object for QueryView {
    fn type_name(&self) -> &str {
        "url.Values"
    }

    fn field(&self, name: &str) -> Option<Value> {
        Some(self.all().remove(name).map_or_else(|| self.missing(), Value::list))
    }

    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
        match (name, arguments) {
            ("Get", [Value::Str(key)]) => Some(Ok(query_pairs(&self.0)
                .find(|(k, _)| **k == **key)
                .map_or_else(String::new, |(_, value)| value)
                .into())),
            ("Has", [Value::Str(key)]) => Some(Ok(Value::Bool(query_pairs(&self.0).any(|(k, _)| *k == **key)))),
            ("Encode", []) => Some(Ok(self.0.as_str().into())),
            ("Get" | "Has", _) => Some(Err(format!("{name} takes one text"))),
            _ => None,
        }
    }

    fn plain(&self) -> Value {
        Value::map(self.all().into_iter().map(|(key, values)| (key, Value::list(values))).collect())
    }

    fn missing(&self) -> Value {
        Value::list(Vec::new())
    }
}

/// `http.Header`
pub(crate) struct HeaderView(BTreeMap<String, Vec<String>>);

pub(crate) fn lines_of_request(request: &Request) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in request.headers().iter() {
        all.entry(canonical_name(name)).or_default().push(String::from_utf8_lossy(value).into_owned());
    }
    all
}

fn lines_of_session(headers: &SessionHeaders) -> BTreeMap<String, Vec<String>> {
    headers.0.iter().cloned().collect()
}

impl Object for HeaderView {
    fn type_name(&self) -> &str {
        "http.Header"
    }

    fn field(&self, name: &str) -> Option<Value> {
        Some(self.0.get(name).map_or_else(|| self.missing(), Value::texts))
    }

    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
        match (name, arguments) {
            ("Get", [Value::Str(key)]) => {
                let first = self.0.get(&canonical_name(key)).and_then(|values| values.first());
                Some(Ok(first.map_or("", String::as_str).into()))
            }
            ("Values", [Value::Str(key)]) => {
                Some(Ok(self.0.get(&canonical_name(key)).map_or_else(|| self.missing(), Value::texts)))
            }
            ("Get" | "Values", _) => Some(Err(format!("{name} takes one text"))),
            _ => None,
        }
    }

    fn plain(&self) -> Value {
        Value::map(self.0.iter().map(|(name, values)| (name.as_str(), Value::texts(values))).collect())
    }

    fn missing(&self) -> Value {
        Value::list(Vec::new())
    }
}
