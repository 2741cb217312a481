//! Values out of a JSON document, by GJSON paths.

use go_template::Value;

/// The value at a path; `None` where there is none.
pub(super) fn value_at(json: &str, path: &str) -> Option<Value> {
    if path == "@this" {
        return serde_json::from_str(json).ok().map(|document| Value::from_json(&document));
    }
    let document: serde_json::Value = serde_json::from_str(json).ok()?;
    if is_plain(path) {
        let mut found = &document;
        for part in path.split('.') {
            found = match found {
                serde_json::Value::Object(map) => map.get(part)?,
                serde_json::Value::Array(items) => items.get(part.parse::<usize>().ok()?)?,
                _ => return None,
            };
        }
        return Some(Value::from_json(found));
    }
    // The document is well-formed here: gjson itself is lenient with what is not.
    let found = gjson::get(json, path);
    if !found.exists() {
        return None;
    }
    serde_json::from_str(found.json()).ok().map(|found| Value::from_json(&found))
}

/// Names and dots only: no need for GJSON's wildcards, queries and modifiers.
fn is_plain(path: &str) -> bool {
    !path.is_empty()
        && path
            .split('.')
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'))
}

/// The value at a path of names in a value that was read already.
pub(super) fn value_in(value: &Value, path: &str) -> Option<Value> {
    let mut found = value.clone();
    for part in path.split('.') {
        found = match &found {
            Value::Map(map) => map.get(part)?.clone(),
            Value::List(items) => items.get(part.parse::<usize>().ok()?)?.clone(),
            _ => return None,
        };
    }
    Some(found)
}
