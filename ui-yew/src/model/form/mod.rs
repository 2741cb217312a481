//! Forms from `ui.nodes`: what goes where, what is sent, what is wrong.

pub mod body;
pub mod check;
pub mod faults;
pub mod layout;
pub mod role;

use std::collections::BTreeMap;

/// What a person entered, by field name.
pub type Values = BTreeMap<String, Entered>;

/// The state of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entered {
    /// Text, as it stands in the field.
    Text(String),
    /// A checkbox.
    Flag(bool),
}

impl Entered {
    /// The text of a text field; nothing for a checkbox.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Flag(_) => "",
        }
    }
}

#[cfg(test)]
pub(crate) mod samples {
    //! Nodes as the server builds them, for tests.

    use identity_api::messages;
    use identity_api::ui::{InputAttributes, InputType, NodeGroup, UiContainer, UiNode, UiText};

    pub(crate) fn node(group: NodeGroup, name: &str, input_type: InputType) -> UiNode {
        UiNode::input(group, InputAttributes { name: name.into(), input_type, ..InputAttributes::default() })
    }

    pub(crate) fn valued(mut node: UiNode, value: impl Into<serde_json::Value>) -> UiNode {
        if let Some(input) = node.as_input_mut() {
            input.value = Some(value.into());
        }
        node
    }

    pub(crate) fn required(mut node: UiNode) -> UiNode {
        if let Some(input) = node.as_input_mut() {
            input.required = true;
        }
        node
    }

    pub(crate) fn button(group: NodeGroup, name: &str, value: &str, label: UiText) -> UiNode {
        valued(node(group, name, InputType::Submit), value).labelled(label)
    }

    pub(crate) fn ui(nodes: Vec<UiNode>) -> UiContainer {
        UiContainer {
            action: "http://127.0.0.1:4433/self-service/login?flow=f1".into(),
            method: "POST".into(),
            nodes,
            messages: Vec::new(),
        }
    }

    /// Sign-in by password, by mailed code, by passkey and with two providers, in the server's order.
    pub(crate) fn login() -> UiContainer {
        let provider = |id: &str| {
            button(NodeGroup::Oidc, "provider", id, messages::provider_button(1_010_002, "Sign in with", id, id))
        };
        ui(vec![
            provider("hub"),
            provider("lab"),
            required(valued(node(NodeGroup::Default, "csrf_token", InputType::Hidden), "t0k3n")),
            required(node(NodeGroup::Default, "identifier", InputType::Text))
                .labelled(messages::label_generated("E-Mail", "traits.email")),
            node(NodeGroup::Passkey, "passkey_login_trigger", InputType::Button).labelled(messages::login_passkey()),
            node(NodeGroup::Passkey, "passkey_login", InputType::Hidden),
            button(NodeGroup::Code, "method", "code", messages::login_send_code()),
            required(node(NodeGroup::Password, "password", InputType::Password)).labelled(messages::label_password()),
            button(NodeGroup::Password, "method", "password", messages::login_password()),
        ])
    }

    /// The second screen of a two-step registration.
    pub(crate) fn choose_credential() -> UiContainer {
        let mut address =
            required(valued(node(NodeGroup::Default, "traits.email", InputType::Hidden), "ada@example.org"));
        if let Some(input) = address.as_input_mut() {
            input.autocomplete = Some("email".into());
        }
        let mut password =
            required(node(NodeGroup::Password, "password", InputType::Password)).labelled(messages::label_password());
        if let Some(input) = password.as_input_mut() {
            input.autocomplete = Some("new-password".into());
        }
        ui(vec![
            valued(node(NodeGroup::Default, "csrf_token", InputType::Hidden), "t0k3n"),
            address.labelled(messages::label_generated("E-Mail", "traits.email")),
            password,
            node(NodeGroup::Default, "traits.age", InputType::Hidden),
            button(NodeGroup::Password, "method", "password", messages::registration_title()),
            button(NodeGroup::Profile, "screen", "previous", messages::registration_back()),
        ])
    }

    /// A recovery that has mailed a code.
    pub(crate) fn enter_code() -> UiContainer {
        let mut code =
            required(node(NodeGroup::Code, "code", InputType::Text)).labelled(messages::label_recovery_code());
        if let Some(input) = code.as_input_mut() {
            input.autocomplete = Some("one-time-code".into());
            input.maxlength = Some(6);
        }
        ui(vec![
            valued(node(NodeGroup::Default, "csrf_token", InputType::Hidden), "t0k3n"),
            code,
            valued(node(NodeGroup::Code, "method", InputType::Hidden), "code"),
            button(NodeGroup::Code, "method", "code", messages::label_continue()),
            button(NodeGroup::Code, "email", "ada@example.org", messages::label_resend_code()),
        ])
    }
}
