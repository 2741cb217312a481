//! What can be seen to be wrong before anything is sent.
//!
//! Only what saves a useless round trip; the server decides. The browser's own validation is off, because one form
//! holds several methods and only the pressed one's fields matter.

use crate::i18n::texts::{self, Text};
use crate::model::form::body::number;
use crate::model::form::role::{ButtonRole, is_button};
use crate::model::form::{Entered, Values};
use identity_api::UiContainer;
use identity_api::ui::{InputType, NodeGroup, UiNode};

/// A fault of a field, found here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The field's name.
    pub field: String,
    /// What is wrong, with `{label}` for the field's label.
    pub text: &'static Text,
}

/// Looks through the fields that go along when a button is pressed.
#[must_use]
pub fn check(ui: &UiContainer, button: &UiNode, values: &Values) -> Vec<Problem> {
    if !ButtonRole::of(button).needs_fields() {
        return Vec::new();
    }
    let mut problems = Vec::new();
    for node in &ui.nodes {
        if node.group != NodeGroup::Default && node.group != button.group {
            continue;
        }
        let Some(input) = node.as_input() else {
            continue;
        };
        if is_button(input) || input.input_type == InputType::Hidden || input.disabled {
            continue;
        }
        let entered = values.get(&input.name);
        let text = entered.map_or("", Entered::text);
        let found = match input.input_type {
            InputType::Checkbox => {
                (input.required && entered == Some(&Entered::Flag(false))).then_some(&texts::CHECK_TICK)
            }
            InputType::Password => (input.required && text.is_empty()).then_some(&texts::CHECK_REQUIRED),
            _ if text.trim().is_empty() => input.required.then_some(&texts::CHECK_REQUIRED),
            InputType::Email => (!looks_like_email(text)).then_some(&texts::CHECK_EMAIL),
            InputType::Number => number(text.trim()).is_none().then_some(&texts::CHECK_NUMBER),
            _ => None,
        };
        if let Some(text) = found {
            problems.push(Problem { field: input.name.clone(), text });
        }
    }
    problems
}

/// Whether a text can be an address at all: something, `@`, something, and no blanks.
fn looks_like_email(text: &str) -> bool {
    let text = text.trim();
    let parts = text.split_once('@');
    parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty()) && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::form::samples;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn found(button: &str, fields: &[(&str, &str)]) -> Vec<String> {
        let ui = samples::login();
        let values =
            fields.iter().map(|(name, text)| ((*name).to_owned(), Entered::Text((*text).to_owned()))).collect();
        let pressed = ui
            .nodes
            .iter()
            .find(|node| node.as_input().is_some_and(|input| is_button(input) && input.value == Some(button.into())))
            .expect("a button");
        let problems = check(&ui, pressed, &values);
        problems.into_iter().map(|problem| problem.field).collect()
    }

    #[test]
    fn only_the_fields_of_the_pressed_method_must_be_filled_in() {
        let nothing = [("identifier", ""), ("password", "")];
        assert_eq!(found("password", &nothing), ["identifier", "password"]);
        assert_eq!(found("code", &nothing), ["identifier"]);
        assert!(found("hub", &nothing).is_empty());
        assert!(found("password", &[("identifier", "ada"), ("password", "  ")]).is_empty());
    }

    #[test]
    fn addresses_are_only_glanced_at() {
        for good in ["a@b", "zoë@exämple.com", " ada@example.org "] {
            assert!(looks_like_email(good), "{good}");
        }
        for bad in ["ada", "@example.org", "ada@", "a da@example.org"] {
            assert!(!looks_like_email(bad), "{bad}");
        }
    }
}
