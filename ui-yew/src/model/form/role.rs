//! What a node is for, beyond its HTML type.

use crate::model::flow::FlowKind;
use identity_api::ui::{InputAttributes, InputType, NodeGroup, UiNode};
use serde_json::Value;

/// What pressing a button does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ButtonRole {
    /// Sends the form for its method.
    Submit,
    /// Goes back to the screen before; nothing needs to be filled in.
    Back,
    /// Has a code or link sent once more.
    Resend,
    /// Goes on with another provider; the fields of the form are not needed.
    Provider,
    /// Takes something away that cannot be had back: asks first.
    Danger,
    /// Calls a function of `webauthn.js`.
    Trigger,
}

impl ButtonRole {
    /// The role of a button node.
    #[must_use]
    pub fn of(node: &UiNode) -> Self {
        let Some(input) = node.as_input() else {
            return Self::Submit;
        };
        let label = node.meta.label.as_ref().map_or(0, |label| label.id);
        let name = input.name.as_str();
        if input.onclick_trigger.is_some() {
            Self::Trigger
        } else if name == "screen" || matches!(label, 1_040_008 | 1_060_007) {
            Self::Back
        } else if name == "resend" || label == 1_070_008 {
            Self::Resend
        } else if node.group == NodeGroup::Oidc && name == "unlink"
            || name.ends_with("_remove")
            || name.ends_with("_unlink")
            || name.ends_with("_disable")
        {
            Self::Danger
        } else if node.group == NodeGroup::Oidc || node.group == NodeGroup::Saml {
            Self::Provider
        } else {
            Self::Submit
        }
    }

    /// Whether the fields of the form must be filled in for it.
    #[must_use]
    pub fn needs_fields(self) -> bool {
        matches!(self, Self::Submit)
    }
}

/// Whether an input is pressed rather than filled in.
#[must_use]
pub fn is_button(input: &InputAttributes) -> bool {
    matches!(input.input_type, InputType::Submit | InputType::Button)
}

/// Whether a field holds what must not survive an error or be shown again.
#[must_use]
pub fn is_secret(input: &InputAttributes) -> bool {
    input.input_type == InputType::Password || is_one_time_code(input) || input.name == "lookup_secret"
}

/// Whether a field takes a code from a mail, a text message or an authenticator app.
#[must_use]
pub fn is_one_time_code(input: &InputAttributes) -> bool {
    input.autocomplete.as_deref() == Some("one-time-code") || matches!(input.name.as_str(), "code" | "totp_code")
}

/// The `autocomplete` hint of a field; where the server gives none, what the field is for tells it (ui.md 1–3).
#[must_use]
pub fn autocomplete(kind: FlowKind, input: &InputAttributes) -> Option<String> {
    if kind == FlowKind::Login && input.name == "identifier" {
        return Some("username webauthn".into());
    }
    if let Some(hint) = &input.autocomplete {
        return Some(hint.clone());
    }
    if input.input_type == InputType::Password {
        let hint = if kind == FlowKind::Login { "current-password" } else { "new-password" };
        return Some(hint.into());
    }
    if is_one_time_code(input) {
        return Some("one-time-code".into());
    }
    match (input.input_type, input.name.as_str()) {
        (InputType::Email, _) => Some("email".into()),
        (InputType::Tel, _) => Some("tel".into()),
        (InputType::Url, _) => Some("url".into()),
        (_, "traits.username") => Some("username".into()),
        (_, "traits.name.first" | "traits.first_name") => Some("given-name".into()),
        (_, "traits.name.last" | "traits.last_name") => Some("family-name".into()),
        (_, "traits.name") => Some("name".into()),
        _ => None,
    }
}

/// Whether a hidden field names the account, so that it is shown and password managers find it (ui.md 3, 4).
#[must_use]
pub fn is_username(input: &InputAttributes) -> bool {
    let hint = input.autocomplete.as_deref().unwrap_or_default();
    input.input_type == InputType::Hidden
        && !text_of(input.value.as_ref()).is_empty()
        && (input.name == "identifier" || hint.starts_with("username") || hint == "email")
}

/// A node's value as text for a field.
#[must_use]
pub fn text_of(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// Whether a checkbox is ticked by the server.
#[must_use]
pub fn flag_of(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::String(text)) => text == "true",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::form::samples::{button, node};
    use identity_api::messages;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn buttons_are_told_apart_by_what_they_do() {
        let role = |group, name: &str, label| ButtonRole::of(&button(group, name, "x", label));
        let save = messages::label_save;
        assert_eq!(role(NodeGroup::Password, "method", save()), ButtonRole::Submit);
        assert_eq!(role(NodeGroup::Profile, "screen", messages::registration_back()), ButtonRole::Back);
        assert_eq!(role(NodeGroup::Code, "email", messages::label_resend_code()), ButtonRole::Resend);
        assert_eq!(role(NodeGroup::Oidc, "provider", save()), ButtonRole::Provider);
        assert_eq!(role(NodeGroup::Oidc, "unlink", save()), ButtonRole::Danger);
        assert_eq!(role(NodeGroup::Totp, "totp_unlink", save()), ButtonRole::Danger);
        assert_eq!(role(NodeGroup::Webauthn, "webauthn_remove", save()), ButtonRole::Danger);
    }

    #[test]
    fn ui_01_02_03_08_autocomplete_hints_fit_the_flow_where_the_server_gives_none() {
        let hint = |kind, name: &str, input_type| {
            let node = node(NodeGroup::Default, name, input_type);
            autocomplete(kind, node.as_input().expect("an input"))
        };
        let is = |found: Option<String>, wanted: &str| assert_eq!(found.as_deref(), Some(wanted));
        is(hint(FlowKind::Login, "identifier", InputType::Text), "username webauthn");
        is(hint(FlowKind::Login, "password", InputType::Password), "current-password");
        is(hint(FlowKind::Registration, "password", InputType::Password), "new-password");
        is(hint(FlowKind::Settings, "password", InputType::Password), "new-password");
        is(hint(FlowKind::Login, "totp_code", InputType::Text), "one-time-code");
        is(hint(FlowKind::Registration, "traits.name.first", InputType::Text), "given-name");
        assert_eq!(hint(FlowKind::Registration, "traits.age", InputType::Number), None);
    }
}
