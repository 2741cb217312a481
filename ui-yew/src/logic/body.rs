//! What is sent when a button is pressed.

use identity_api::UiContainer;
use identity_api::ui::{InputAttributes, InputType, NodeGroup};
use serde_json::{Map, Number, Value};

use super::values::{Values, is_code};

/// The button that was pressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Press {
    /// Its name, mostly `method`.
    pub name: String,
    /// Its value.
    pub value: String,
    /// The group that it stands in.
    pub group: NodeGroup,
}

/// The body of a submission: the shared fields and those of the button's group, the button itself, and the method.
/// Names keep their dots (`traits.name.first`), as the contract has it.
#[must_use]
pub fn build(ui: &UiContainer, values: &Values, press: &Press) -> Map<String, Value> {
    let mut body = Map::new();
    for node in &ui.nodes {
        let Some(input) = node.as_input() else {
            continue;
        };
        let belongs = node.group == NodeGroup::Default || node.group == press.group;
        if !belongs || matches!(input.input_type, InputType::Submit | InputType::Button) || input.disabled {
            continue;
        }
        if let Some(value) = value_of(input, values.get(&input.name)) {
            body.insert(input.name.clone(), value);
        }
    }
    body.insert(press.name.clone(), Value::from(press.value.clone()));
    if !body.contains_key("method") && !matches!(press.group, NodeGroup::Default | NodeGroup::Other) {
        body.insert("method".into(), press.group.as_str().into());
    }
    body
}

fn value_of(input: &InputAttributes, typed: Option<&String>) -> Option<Value> {
    // A script may have filled in a hidden field; otherwise the server's own value goes back as it came.
    let Some(text) = typed else {
        return input.value.clone().filter(|value| !value.is_null());
    };
    if let Some(option) = input.options.iter().find(|option| super::values::text_of(&option.value) == *text) {
        return Some(option.value.clone());
    }
    match input.input_type {
        InputType::Checkbox => Some(Value::Bool(text == "true")),
        InputType::Number => match text.trim().parse::<i64>() {
            Ok(whole) => Some(whole.into()),
            Err(_) if text.trim().is_empty() => None,
            // What is no number goes as it is: the server says what is wrong with it.
            Err(_) => {
                let number = text.trim().parse().ok().and_then(Number::from_f64);
                Some(number.map_or_else(|| text.clone().into(), Value::Number))
            }
        },
        // An absent trait is "missing", an empty one "too short" or "not an e-mail address".
        _ if text.is_empty() && input.name.starts_with("traits.") => None,
        // Requirement 8: people copy codes with the blanks that mails show them with.
        _ if is_code(input) => Some(
            text.chars()
                .filter(|letter| !letter.is_whitespace() && !matches!(letter, '-' | '\u{2013}'))
                .collect::<String>()
                .into(),
        ),
        _ => Some(text.clone().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Press, build};
    use crate::logic::values::Values;
    use identity_api::UiContainer;
    use identity_api::ui::NodeGroup;
    use serde_json::{Value, json};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn node(group: &str, attributes: Value) -> Value {
        let mut attributes = attributes;
        attributes["node_type"] = "input".into();
        json!({"type": "input", "group": group, "messages": [], "meta": {}, "attributes": attributes})
    }

    fn form(nodes: Vec<Value>) -> UiContainer {
        serde_json::from_value(json!({"action": "/x", "method": "POST", "nodes": nodes})).expect("a form")
    }

    fn values(pairs: &[(&str, &str)]) -> Values {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn press(name: &str, value: &str, group: NodeGroup) -> Press {
        Press { name: name.into(), value: value.into(), group }
    }

    fn registration() -> UiContainer {
        form(vec![
            node("oidc", json!({"name": "provider", "type": "submit", "value": "example"})),
            node("default", json!({"name": "csrf_token", "type": "hidden", "value": "token"})),
            node("default", json!({"name": "traits.email", "type": "email"})),
            node("default", json!({"name": "traits.name.first", "type": "text"})),
            node("default", json!({"name": "traits.age", "type": "number"})),
            node("default", json!({"name": "traits.newsletter", "type": "checkbox"})),
            node("password", json!({"name": "password", "type": "password"})),
            node("password", json!({"name": "method", "type": "submit", "value": "password"})),
        ])
    }

    #[test]
    fn values_go_under_their_dotted_names_with_their_types() {
        let typed = values(&[
            ("traits.email", "a@example.org"),
            ("traits.name.first", ""),
            ("traits.age", "42"),
            ("traits.newsletter", "true"),
            ("password", " two  blanks "),
        ]);
        let body = build(&registration(), &typed, &press("method", "password", NodeGroup::Password));
        assert_eq!(
            Value::Object(body),
            json!({"csrf_token": "token", "traits.email": "a@example.org", "traits.age": 42,
                   "traits.newsletter": true, "password": " two  blanks ", "method": "password"})
        );
    }

    #[test]
    fn another_methods_secret_stays_here() {
        let typed = values(&[("traits.email", "a@example.org"), ("password", "secret")]);
        let body = build(&registration(), &typed, &press("provider", "example", NodeGroup::Oidc));
        assert_eq!(
            Value::Object(body),
            json!({"csrf_token": "token", "traits.email": "a@example.org", "provider": "example", "method": "oidc"})
        );
    }

    #[test]
    fn what_is_no_number_goes_to_the_server_as_it_is() {
        let age = |text: &str| {
            let typed = values(&[("traits.age", text)]);
            build(&registration(), &typed, &press("method", "password", NodeGroup::Password)).get("traits.age").cloned()
        };
        assert_eq!(age(""), None);
        assert_eq!(age("4.5"), Some(json!(4.5)));
        assert_eq!(age("many"), Some(json!("many")));
    }

    // Requirement 8.
    #[test]
    fn blanks_and_dashes_in_a_code_do_not_count() {
        let ui = form(vec![
            node("code", json!({"name": "code", "type": "text"})),
            node("code", json!({"name": "method", "type": "hidden", "value": "code"})),
            node("code", json!({"name": "resend", "type": "submit", "value": "code"})),
        ]);
        let body = build(&ui, &values(&[("code", " 123-4 56")]), &press("method", "code", NodeGroup::Code));
        assert_eq!(Value::Object(body), json!({"code": "123456", "method": "code"}));
    }

    #[test]
    fn hidden_values_go_back_with_the_type_they_came_with() {
        let ui = form(vec![
            node("default", json!({"name": "traits.age", "type": "hidden", "value": 42})),
            node("default", json!({"name": "traits.name", "type": "hidden"})),
            node("default", json!({"name": "traits.size", "type": "text", "options": [{"value": 1}, {"value": 2}]})),
            node("profile", json!({"name": "screen", "type": "submit", "value": "previous"})),
        ]);
        let body = build(&ui, &values(&[("traits.size", "2")]), &press("screen", "previous", NodeGroup::Profile));
        assert_eq!(
            Value::Object(body),
            json!({"traits.age": 42, "traits.size": 2, "screen": "previous", "method": "profile"})
        );
    }
}
