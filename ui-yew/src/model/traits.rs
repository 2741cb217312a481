//! An identity's traits as rows to show.

use serde_json::Value;

/// A trait: its dotted name and its value as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// `name.first`.
    pub name: String,
    /// `Ada`; lists are joined, `true` and `false` stay.
    pub value: String,
}

/// The rows of an object, depth first, without what is empty.
#[must_use]
pub fn rows(traits: &Value) -> Vec<Row> {
    let mut rows = Vec::new();
    collect(traits, String::new(), &mut rows);
    rows
}

fn collect(value: &Value, name: String, rows: &mut Vec<Row>) {
    if let Value::Object(members) = value {
        for (key, member) in members {
            let below = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
            collect(member, below, rows);
        }
        return;
    }
    let value = as_text(value);
    if !value.is_empty() {
        rows.push(Row { name, value });
    }
}

/// A value as a person reads it.
#[must_use]
pub fn as_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(as_text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// What to call somebody: a name if the traits have one in a usual place, else an address, else nothing.
#[must_use]
pub fn display_name(traits: &Value) -> Option<String> {
    let text =
        |pointer: &str| traits.pointer(pointer).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    ["/name/first", "/first_name", "/given_name", "/name", "/display_name", "/nickname"]
        .iter()
        .find_map(|pointer| text(pointer))
        .map(str::to_owned)
}

/// The name that somebody signs in with, for lists: the e-mail address, the username, or the first text there is.
#[must_use]
pub fn identifier(traits: &Value) -> Option<String> {
    ["/email", "/username", "/phone", "/identifier"]
        .iter()
        .find_map(|pointer| traits.pointer(pointer).and_then(Value::as_str))
        .map(str::to_owned)
        .or_else(|| rows(traits).into_iter().next().map(|row| row.value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn nested_traits_become_dotted_rows_without_what_is_empty() {
        let rows = rows(&json!({
            "email": "ada@example.org",
            "name": {"first": "Ada", "last": ""},
            "age": 36, "newsletter": false, "tags": ["a", "b"], "office": {},
        }));
        let shown: Vec<_> = rows.iter().map(|row| format!("{}={}", row.name, row.value)).collect();
        assert_eq!(shown, ["email=ada@example.org", "name.first=Ada", "age=36", "newsletter=false", "tags=a, b"]);
    }

    #[test]
    fn somebody_is_called_by_name_and_listed_by_address() {
        assert_eq!(display_name(&json!({"name": {"first": "Ada"}})).as_deref(), Some("Ada"));
        assert_eq!(display_name(&json!({"name": "Ada L"})).as_deref(), Some("Ada L"));
        assert_eq!(display_name(&json!({"email": "ada@example.org"})), None);
        assert_eq!(identifier(&json!({"x": 1, "email": "a@b"})).as_deref(), Some("a@b"));
        assert_eq!(identifier(&json!({"nick": "ada"})).as_deref(), Some("ada"));
    }
}
