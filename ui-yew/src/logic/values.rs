//! What a person has typed, and what of it outlives a new answer of the server.

use std::collections::BTreeMap;

use identity_api::UiContainer;
use identity_api::ui::{InputAttributes, InputType};
use serde_json::Value;

/// The values of a form's fields by name. Checkboxes hold `true` or `false`.
pub type Values = BTreeMap<String, String>;

/// The values that a form starts with: the server's where it has one, else what was typed before. Secrets start empty.
#[must_use]
pub fn initial(ui: &UiContainer, typed: &Values) -> Values {
    ui.nodes
        .iter()
        .filter_map(|node| node.as_input())
        .filter(|input| is_typed(input))
        .map(|input| {
            let value = if is_secret(input) {
                String::new()
            } else {
                let own = input.value.as_ref().map(text_of).filter(|text| !text.is_empty());
                own.or_else(|| typed.get(&input.name).cloned()).unwrap_or_default()
            };
            (input.name.clone(), value)
        })
        .collect()
}

/// Whether an input is one that a person fills in.
#[must_use]
pub fn is_typed(input: &InputAttributes) -> bool {
    !matches!(input.input_type, InputType::Hidden | InputType::Submit | InputType::Button)
}

/// Whether what is typed there must not be shown again.
#[must_use]
pub fn is_secret(input: &InputAttributes) -> bool {
    input.input_type == InputType::Password || is_code(input) || input.name == "lookup_secret"
}

/// Whether an input takes a one-time code.
#[must_use]
pub fn is_code(input: &InputAttributes) -> bool {
    input.autocomplete.as_deref() == Some("one-time-code") || matches!(input.name.as_str(), "code" | "totp_code")
}

/// A JSON value as a field shows it.
#[must_use]
pub fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Values, initial};
    use serde_json::json;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    // Requirements 24 and 27.
    #[test]
    fn typed_values_survive_a_new_form_except_secrets() {
        let input = |name: &str, kind: &str, value: serde_json::Value| {
            json!({"type": "input", "group": "default", "messages": [], "meta": {},
                   "attributes": {"node_type": "input", "name": name, "type": kind, "value": value}})
        };
        let ui = serde_json::from_value(json!({"action": "/x", "method": "POST", "nodes": [
            input("identifier", "text", json!("")),
            input("password", "password", json!(null)),
            input("code", "text", json!("")),
            input("traits.age", "number", json!(42)),
            input("csrf_token", "hidden", json!("x")),
        ]}))
        .expect("a form");
        let typed: Values =
            [("identifier", "a@example.org"), ("password", "secret"), ("code", "123456"), ("gone", "x")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into();
        let expected: Values = [("identifier", "a@example.org"), ("password", ""), ("code", ""), ("traits.age", "42")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        assert_eq!(initial(&ui, &typed), expected);
    }
}
