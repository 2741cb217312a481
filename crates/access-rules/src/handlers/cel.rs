//! `cel`: an expression over the session and the request decides (Common Expression Language); plain demands for
//! assurance level and values beside it. Not one of Oathkeeper's.
//!
//! What is not there never allows anything: an expression that fails on a missing value denies.

use super::{Context, config, json_path::value_in};
use crate::{
    denial::Denial,
    document::{Key, Shape, TextKind, key},
    plan::HandlerPlan,
    request::query_pairs,
    session::Session,
    views::lines_of_request,
};
use cel::{Program, Value as CelValue};
use go_template::Value;
use serde_json::Value as Json;
use std::collections::{BTreeMap, HashMap};

const ANY: Shape = Shape::Text(TextKind::Any);
pub(super) const KEYS: &[Key] = &[
    key("expression", &ANY),
    key("required_aal", &Shape::OneOf(&["aal1", "aal2"])),
    key("required_values", &Shape::Map(&Shape::List(&Shape::Any, 1))),
];

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default)]
    expression: String,
    #[serde(default)]
    required_aal: String,
    #[serde(default)]
    required_values: BTreeMap<String, Vec<Json>>,
}

/// Demands on a session and a request; all of them must hold.
#[derive(Debug)]
pub(crate) struct Cel {
    program: Option<Program>,
    aal: String,
    /// Paths into the extra facts, and the values of which one must stand there (or be in the list there).
    values: Vec<(String, Vec<Value>)>,
}

/// What an expression can name.
const VARIABLES: &[&str] = &["subject", "extra", "session", "request"];

impl Cel {
    pub(super) fn compile(handler: &HandlerPlan) -> Result<Self, String> {
        let config: Config = config(handler)?;
        let program = match config.expression.as_str() {
            "" => None,
            text => {
                let program =
                    Program::compile(text).map_err(|error| format!("expression: {text:?} is no CEL: {error}"))?;
                let references = program.references();
                if let Some(name) = references.variables().into_iter().find(|name| !VARIABLES.contains(name)) {
                    let known = VARIABLES.join(", ");
                    return Err(format!("expression: {name:?} is not known; known are {known}"));
                }
                Some(program)
            }
        };
        if program.is_none() && config.required_aal.is_empty() && config.required_values.is_empty() {
            return Err("one of expression, required_aal and required_values is needed; to allow everybody write `handler: allow`".into());
        }
        let values = config.required_values.into_iter();
        Ok(Self {
            program,
            aal: config.required_aal,
            values: values.map(|(path, wanted)| (path, wanted.iter().map(Value::from_json).collect())).collect(),
        })
    }

    pub(super) fn authorize(&self, context: &Context, session: &Session) -> Result<(), Denial> {
        let denied = |reason: String| Err(Denial::forbidden().because(reason));
        if !self.aal.is_empty() {
            let level = value_in(&session.extra, "authenticator_assurance_level");
            let level = level.as_ref().and_then(Value::as_text).unwrap_or_default();
            if !(level == self.aal || level == "aal2" && self.aal == "aal1") {
                return denied(format!("the session's assurance level is below {}", self.aal));
            }
        }
        for (path, wanted) in &self.values {
            let found = value_in(&session.extra, path).unwrap_or_default();
            let holds = match &found {
                Value::List(items) => items.iter().any(|item| wanted.contains(item)),
                other => wanted.contains(other),
            };
            if !holds {
                return denied(format!("{path} is none of the required values"));
            }
        }
        let Some(program) = &self.program else { return Ok(()) };
        match program.execute(&variables(program, context, session)) {
            Ok(CelValue::Bool(true)) => Ok(()),
            Ok(CelValue::Bool(false)) => denied("the expression is false".into()),
            Ok(_) => Err(Denial::internal("the expression of the authorizer cel is neither true nor false")),
            Err(error) => denied(format!("the expression fails: {error}")),
        }
    }
}

fn variables(program: &Program, context: &Context, session: &Session) -> cel::Context<'static, 'static> {
    let mut all = cel::Context::default();
    let references = program.references();
    if references.has_variable("subject") {
        all.add_variable_from_value("subject", &*session.subject);
    }
    for name in ["extra", "session"] {
        if references.has_variable(name) {
            let extra = match &session.extra {
                Value::Nil => Value::map(go_template::Map::new()),
                other => other.clone(),
            };
            all.add_variable_from_value(name, converted(&extra));
        }
    }
    if references.has_variable("request") {
        let request = &context.request;
        let headers: HashMap<String, CelValue> = lines_of_request(request)
            .into_iter()
            .filter_map(|(name, values)| Some((name.to_ascii_lowercase(), CelValue::from(values.into_iter().next()?))))
            .collect();
        let query: HashMap<String, CelValue> = query_pairs(request.query().unwrap_or_default())
            .map(|(name, value)| (name, CelValue::from(value)))
            .collect();
        let map: HashMap<&str, CelValue> = HashMap::from([
            ("method", request.method().into()),
            ("scheme", request.scheme().into()),
            ("host", request.host().into()),
            ("path", request.path().into()),
            ("headers", headers.into()),
            ("query", query.into()),
            ("client", request.client().map(|address| address.to_string()).unwrap_or_default().into()),
        ]);
        all.add_variable_from_value("request", map);
    }
    all
}

#[expect(clippy::cast_possible_truncation, reason = "checked to be a whole number within the exact range")]
fn converted(value: &Value) -> CelValue {
    match value {
        Value::Nil => CelValue::Null,
        Value::Bool(b) => CelValue::Bool(*b),
        Value::Int(n) => CelValue::Int(*n),
        Value::Float(f) if f.fract() == 0.0 && f.abs() < 9e15 => CelValue::Int(*f as i64),
        Value::Float(f) => CelValue::Float(*f),
        Value::Str(text) => CelValue::from(&**text),
        Value::List(items) => CelValue::from(items.iter().map(converted).collect::<Vec<_>>()),
        Value::Map(map) => CelValue::from(
            map.iter().map(|(k, v)| (k.to_string(), converted(v))).collect::<HashMap<String, CelValue>>(),
        ),
        Value::Object(object) => converted(&object.plain()),
    }
}
