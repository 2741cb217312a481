//! The errors of a form, for the summary above it.

use identity_api::UiContainer;
use identity_api::UiText;
use identity_api::ui::TextType;

use super::fields;

/// One line of the error summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub text: String,
    /// The id of the field that it is about, if there is one.
    pub field: Option<String>,
}

/// All errors of a form: those about the whole first, then those of its fields in order.
#[must_use]
pub fn problems(ui: &UiContainer) -> Vec<Problem> {
    let whole = ui
        .messages
        .iter()
        .filter(|message| is_error(message))
        .map(|message| Problem { text: message.text.clone(), field: None });
    let fields = ui.nodes.iter().flat_map(|node| {
        node.messages.iter().filter(|message| is_error(message)).map(|message| {
            let label = fields::label(node).trim().to_owned();
            Problem {
                // The name of the field first: the summary is read without the form in view.
                text: if label.is_empty() { message.text.clone() } else { format!("{label}: {}", message.text) },
                field: node.as_input().filter(|input| super::values::is_typed(input)).map(|_| fields::element_id(node)),
            }
        })
    });
    whole.chain(fields).collect()
}

/// Whether a message is an error.
#[must_use]
pub fn is_error(message: &UiText) -> bool {
    message.kind == TextType::Error
}

#[cfg(test)]
mod tests {
    use super::{Problem, problems};
    use serde_json::json;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    // Requirement 19.
    #[test]
    fn the_summary_lists_errors_only_and_names_the_fields() {
        let message = |kind: &str, text: &str| json!({"id": 1, "type": kind, "text": text});
        let ui = serde_json::from_value(json!({"action": "/x", "method": "POST",
            "messages": [message("info", "hello"), message("error", "wrong")],
            "nodes": [{"type": "input", "group": "password", "messages": [message("error", "too short")],
                       "meta": {"label": message("info", "Password")},
                       "attributes": {"node_type": "input", "name": "password", "type": "password"}}]}))
        .expect("a form");
        let expected = [
            Problem { text: "wrong".into(), field: None },
            Problem { text: "Password: too short".into(), field: Some("password-password".into()) },
        ];
        assert_eq!(problems(&ui), expected);
    }
}
