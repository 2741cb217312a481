//! What a submitted body means.

use super::IdentitySchema;
use super::fields::{Field, FieldType};
use serde_json::{Map, Number, Value};

/// Names with more parts than this are left out: nothing of ours is nested as deeply.
const MAX_PARTS: usize = 16;
const TRAITS: &str = "traits";

impl IdentitySchema {
    /// Decodes a form. Dotted names become objects, traits get the types of the schema, empty values are dropped, of
    /// several values with one name the last counts (a check box behind its hidden twin), and traits that the schema
    /// does not know are dropped.
    #[must_use]
    pub fn decode_form(&self, fields: &[(String, String)]) -> Value {
        let mut body = Value::Object(Map::new());
        for (name, text) in fields.iter().filter(|(_, text)| !text.is_empty()) {
            let parts: Vec<&str> = name.split('.').collect();
            if parts.len() > MAX_PARTS {
                continue;
            }
            if parts[0] != TRAITS {
                insert(&mut body, &parts, Value::String(text.clone()));
                continue;
            }
            let Some(field) = self.field_of(&parts[1..]) else {
                continue;
            };
            if field.kind == FieldType::Array {
                push(&mut body, &parts, self.typed_item(field, text));
            } else {
                insert(&mut body, &parts, typed(field.kind, text));
            }
        }
        self.fill_in_objects(&mut body);
        body
    }

    /// Decodes a JSON body (an object): keys like `traits.age` are taken and typed as in a form, everything else is
    /// left as it is.
    #[must_use]
    pub fn decode_json(&self, mut body: Value) -> Value {
        let Some(map) = body.as_object_mut() else {
            return body;
        };
        if map.get(TRAITS).is_some_and(Value::is_null) {
            map.shift_remove(TRAITS);
        }
        let dotted: Vec<String> = map.keys().filter(|key| key.starts_with("traits.")).cloned().collect();
        for key in dotted {
            let value = map.shift_remove(&key).unwrap_or_default();
            let parts: Vec<&str> = key.split('.').collect();
            let Some(field) = self.field_of(&parts[1..]) else {
                continue;
            };
            let value = match value {
                Value::String(text) => typed(field.kind, &text),
                other => other,
            };
            insert_into(map, &parts, value);
        }
        self.fill_in_objects(&mut body);
        body
    }

    fn field_of(&self, path: &[&str]) -> Option<&Field> {
        self.form_fields().find(|field| field.path == path)
    }

    fn typed_item(&self, array: &Field, text: &str) -> Value {
        let item =
            self.fields.iter().find(|field| field.in_array && field.inside.is_empty() && field.path == array.path);
        typed(item.map_or(FieldType::Text, |field| field.kind), text)
    }

    /// Kratos gives every nested object of the schema to identities that come from forms, even empty ones. So the
    /// required parts of an optional object are required of people, though not of administrators.
    fn fill_in_objects(&self, body: &mut Value) {
        let Some(map) = body.as_object_mut() else {
            return;
        };
        let traits = map.entry(TRAITS).or_insert_with(|| Value::Object(Map::new()));
        for path in &self.objects {
            let mut at = &mut *traits;
            for key in path {
                let Value::Object(map) = at else { break };
                at = map.entry(key.clone()).or_insert_with(|| Value::Object(Map::new()));
            }
        }
    }
}

/// A form value as the type of its field; what does not fit stays text, so that the schema complains about it.
fn typed(kind: FieldType, text: &str) -> Value {
    let typed = match kind {
        FieldType::Boolean => match text {
            "true" | "TRUE" | "True" | "t" | "T" | "1" => Some(Value::Bool(true)),
            "false" | "FALSE" | "False" | "f" | "F" | "0" => Some(Value::Bool(false)),
            _ => None,
        },
        FieldType::Integer => text.parse::<i64>().ok().map(Value::from),
        FieldType::Number => text
            .parse::<i64>()
            .ok()
            .map(Value::from)
            .or_else(|| text.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number)),
        FieldType::Text | FieldType::Array | FieldType::Object => None,
    };
    typed.unwrap_or_else(|| Value::String(text.to_owned()))
}

fn insert(body: &mut Value, parts: &[&str], value: Value) {
    if let Some(map) = body.as_object_mut() {
        insert_into(map, parts, value);
    }
}

/// Puts `value` at the path; a value in the way that is no object is kept.
fn insert_into(map: &mut Map<String, Value>, parts: &[&str], value: Value) {
    match parts {
        [] => {}
        [last] => {
            map.insert((*last).to_owned(), value);
        }
        [first, rest @ ..] => {
            let next = map.entry((*first).to_owned()).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(next) = next {
                insert_into(next, rest, value);
            }
        }
    }
}

/// Appends `value` to the list at the path.
fn push(body: &mut Value, parts: &[&str], value: Value) {
    let pointer: String = parts.iter().flat_map(|part| ["/", part]).collect();
    match body.pointer_mut(&pointer) {
        Some(Value::Array(items)) => items.push(value),
        _ => insert(body, parts, Value::Array(vec![value])),
    }
}
