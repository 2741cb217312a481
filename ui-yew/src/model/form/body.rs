//! What is sent when a button is pressed.

use crate::model::form::role::{is_button, is_one_time_code};
use crate::model::form::{Entered, Values};
use identity_api::UiContainer;
use identity_api::ui::{InputAttributes, InputType, NodeGroup, UiNode};
use serde_json::{Map, Number, Value};

/// The JSON body of a submit: the hidden and visible fields that all methods share and those of the button's own
/// method, typed by their nodes, and the button itself. Names with dots become nested objects.
///
/// `base` is what the traits are now, when the form changes them: the server replaces traits as a whole, and a form
/// has no fields for lists and for what the schema does not describe.
#[must_use]
pub fn body(ui: &UiContainer, button: &UiNode, values: &Values, base: Option<&Value>) -> Value {
    let group = button.group;
    let mut body = Map::new();
    let of_the_form = |node: &&UiNode| node.group == NodeGroup::Default || node.group == group;
    for node in ui.nodes.iter().filter(of_the_form) {
        let Some(input) = node.as_input() else {
            continue;
        };
        // Of two hidden fields of one name the first holds what was chosen.
        if is_button(input) || lookup(&body, &input.name).is_some() {
            continue;
        }
        if let Some(value) = value_of(input, values.get(&input.name)) {
            insert(&mut body, &input.name, value);
        }
    }
    if let Some(input) = button.as_input() {
        insert(&mut body, &input.name, input.value.clone().unwrap_or_else(|| "".into()));
    }
    if !body.contains_key("method") && group != NodeGroup::Default && group != NodeGroup::Other {
        body.insert("method".into(), group.as_str().into());
    }
    if let (Some(base), Some(traits)) = (base, body.get_mut("traits")) {
        keep_unseen(traits, base);
    }
    Value::Object(body)
}

/// A field's value as JSON; `None` leaves it out, which is how an optional field is empty.
fn value_of(input: &InputAttributes, entered: Option<&Entered>) -> Option<Value> {
    if input.input_type == InputType::Hidden {
        let value = input.value.clone().filter(|value| !value.is_null())?;
        return (value != "").then_some(value);
    }
    match entered {
        Some(Entered::Flag(flag)) => {
            // A box that nobody ever ticked says nothing; one that must be ticked, or was, says no.
            (*flag || input.required || input.value.is_some()).then_some(Value::Bool(*flag))
        }
        Some(Entered::Text(text)) => typed(input, text),
        None => None,
    }
}

fn typed(input: &InputAttributes, text: &str) -> Option<Value> {
    if let Some(option) = input.options.iter().find(|option| super::role::text_of(Some(&option.value)) == text) {
        return Some(option.value.clone());
    }
    if is_one_time_code(input) {
        return (!text.is_empty()).then(|| plain_code(text).into());
    }
    if input.input_type == InputType::Password {
        return (!text.is_empty()).then(|| text.into());
    }
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    Some(match input.input_type {
        InputType::Number => number(text).map_or_else(|| text.into(), Value::Number),
        // The schema's `date-time` wants seconds and a zone, which the browser's field has not.
        InputType::DatetimeLocal if text.len() == "2030-01-01T10:00".len() => format!("{text}:00Z").into(),
        InputType::DatetimeLocal if text.len() == "2030-01-01T10:00:00".len() => format!("{text}Z").into(),
        _ => text.into(),
    })
}

/// A number as it was written: an integer stays one.
#[must_use]
pub fn number(text: &str) -> Option<Number> {
    text.parse::<i64>().map(Number::from).ok().or_else(|| text.parse::<f64>().ok().and_then(Number::from_f64))
}

/// A code without the blanks and dashes that mails and apps group it with (ui.md 8).
#[must_use]
pub fn plain_code(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}')).collect()
}

fn insert(body: &mut Map<String, Value>, name: &str, value: Value) {
    match name.split_once('.') {
        None => {
            body.insert(name.to_owned(), value);
        }
        Some((head, tail)) => {
            let below = body.entry(head).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(below) = below {
                insert(below, tail, value);
            }
        }
    }
}

fn lookup<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    match name.split_once('.') {
        None => body.get(name),
        Some((head, tail)) => lookup(body.get(head)?.as_object()?, tail),
    }
}

/// Adds lists from `base` that the form cannot show, so that saving the form does not delete them.
fn keep_unseen(sent: &mut Value, base: &Value) {
    let (Value::Object(sent), Value::Object(base)) = (sent, base) else {
        return;
    };
    for (key, old) in base {
        match (sent.get_mut(key), old) {
            (Some(new), Value::Object(_)) => keep_unseen(new, old),
            (None, Value::Array(_)) => {
                sent.insert(key.clone(), old.clone());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::form::samples::{self, button, node, required, ui, valued};
    use identity_api::messages;
    use serde_json::json;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn values(fields: &[(&str, &str)]) -> Values {
        fields.iter().map(|(name, text)| ((*name).to_owned(), Entered::Text((*text).to_owned()))).collect()
    }

    fn press<'a>(ui: &'a UiContainer, name: &str, value: &str) -> &'a UiNode {
        ui.nodes
            .iter()
            .find(|node| {
                node.as_input()
                    .is_some_and(|input| is_button(input) && input.name == name && input.value == Some(value.into()))
            })
            .expect("a button")
    }

    #[test]
    fn a_password_login_sends_its_own_fields_and_the_shared_ones() {
        let ui = samples::login();
        let entered = values(&[("identifier", " ada@example.org "), ("password", " s3cret ")]);
        assert_eq!(
            body(&ui, press(&ui, "method", "password"), &entered, None),
            json!({"csrf_token": "t0k3n", "identifier": "ada@example.org", "password": " s3cret ", "method": "password"})
        );
    }

    #[test]
    fn another_method_does_not_send_the_password_that_stands_there() {
        let ui = samples::login();
        let entered = values(&[("identifier", "ada@example.org"), ("password", "s3cret")]);
        assert_eq!(
            body(&ui, press(&ui, "method", "code"), &entered, None),
            json!({"csrf_token": "t0k3n", "identifier": "ada@example.org", "method": "code"})
        );
        assert_eq!(
            body(&ui, press(&ui, "provider", "hub"), &values(&[]), None),
            json!({"csrf_token": "t0k3n", "provider": "hub", "method": "oidc"})
        );
    }

    #[test]
    fn hidden_traits_of_the_step_before_go_along() {
        let ui = samples::choose_credential();
        let entered = values(&[("password", "long enough")]);
        assert_eq!(
            body(&ui, press(&ui, "method", "password"), &entered, None),
            json!({"csrf_token": "t0k3n", "traits": {"email": "ada@example.org"},
                   "password": "long enough", "method": "password"})
        );
        assert_eq!(
            body(&ui, press(&ui, "screen", "previous"), &entered, None),
            json!({"csrf_token": "t0k3n", "traits": {"email": "ada@example.org"},
                   "screen": "previous", "method": "profile"})
        );
    }

    #[test]
    fn ui_08_codes_lose_their_grouping_and_sending_again_names_the_address() {
        let ui = samples::enter_code();
        let entered = values(&[("code", " 123-456 ")]);
        assert_eq!(
            body(&ui, press(&ui, "method", "code"), &entered, None),
            json!({"csrf_token": "t0k3n", "code": "123456", "method": "code"})
        );
        assert_eq!(
            body(&ui, press(&ui, "email", "ada@example.org"), &values(&[]), None),
            json!({"csrf_token": "t0k3n", "method": "code", "email": "ada@example.org"})
        );
    }

    #[test]
    fn fields_are_typed_by_their_nodes() {
        let group = NodeGroup::Profile;
        let form = ui(vec![
            node(group, "traits.age", InputType::Number),
            node(group, "traits.score", InputType::Number),
            node(group, "traits.newsletter", InputType::Checkbox),
            required(node(group, "traits.terms", InputType::Checkbox)),
            valued(node(group, "traits.beta", InputType::Checkbox), true),
            node(group, "traits.born", InputType::DatetimeLocal),
            node(group, "traits.name.first", InputType::Text),
            node(group, "traits.name.last", InputType::Text),
            button(group, "method", "profile", messages::label_save()),
        ]);
        let mut entered = values(&[
            ("traits.age", "36"),
            ("traits.score", "about 3"),
            ("traits.born", "1815-12-10T08:00"),
            ("traits.name.first", "Ada"),
            ("traits.name.last", " "),
        ]);
        for name in ["traits.newsletter", "traits.terms", "traits.beta"] {
            entered.insert(name.into(), Entered::Flag(false));
        }
        assert_eq!(
            body(&form, press(&form, "method", "profile"), &entered, None),
            json!({"method": "profile", "traits": {"age": 36, "score": "about 3", "terms": false, "beta": false,
                   "born": "1815-12-10T08:00:00Z", "name": {"first": "Ada"}}})
        );
    }

    #[test]
    fn lists_that_a_form_cannot_show_are_kept() {
        let form = ui(vec![
            valued(node(NodeGroup::Profile, "traits.name", InputType::Text), "Ada"),
            button(NodeGroup::Profile, "method", "profile", messages::label_save()),
        ]);
        let base = json!({"name": "Ada", "tags": ["a", "b"], "nick": "gone"});
        let sent = body(&form, press(&form, "method", "profile"), &values(&[("traits.name", "Ada L")]), Some(&base));
        assert_eq!(sent["traits"], json!({"name": "Ada L", "tags": ["a", "b"]}));
    }

    #[test]
    fn the_chosen_one_of_two_hidden_addresses_is_sent() {
        let form = ui(vec![
            valued(node(NodeGroup::Code, "identifier", InputType::Hidden), "+4917612345101"),
            valued(node(NodeGroup::Code, "identifier", InputType::Hidden), "carla@example.org"),
            button(NodeGroup::Code, "method", "code", messages::label_continue()),
        ]);
        let sent = body(&form, press(&form, "method", "code"), &values(&[]), None);
        assert_eq!(sent["identifier"], "+4917612345101");
    }
}
