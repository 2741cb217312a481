//! The screen that asks for a one-time code: what login and registration have in common.

use super::start::{button, csrf_node, method_button};
use crate::model::Flow;
use crate::schema::FieldFault;
use identity_api::ui::{InputAttributes, InputType, NodeGroup};
use identity_api::{UiNode, UiText, messages};

/// The field for the code. No pattern and no length, as in Kratos: a code pasted with a blank must reach the server.
#[must_use]
pub fn code_node(label: UiText) -> UiNode {
    let attributes = InputAttributes {
        name: "code".into(),
        required: true,
        autocomplete: Some("one-time-code".into()),
        ..InputAttributes::default()
    };
    UiNode::input(NodeGroup::Code, attributes).labelled(label)
}

/// A hidden field.
#[must_use]
pub fn hidden(group: NodeGroup, name: &str, value: &str) -> UiNode {
    let attributes = InputAttributes {
        name: name.into(),
        input_type: InputType::Hidden,
        value: Some(value.into()),
        ..InputAttributes::default()
    };
    UiNode::input(group, attributes)
}

/// The part below what was typed, in the order in which it comes with the message that a code is under way.
#[must_use]
pub fn sent_nodes(label: UiText) -> Vec<UiNode> {
    vec![
        hidden(NodeGroup::Code, "method", "code"),
        code_node(label),
        method_button(NodeGroup::Code, "code", messages::label_continue()),
        button(NodeGroup::Code, "resend", "code", messages::label_resend_code()),
    ]
}

/// The same part, as it comes with a fault.
#[must_use]
pub fn faulty_nodes(label: UiText) -> Vec<UiNode> {
    vec![
        code_node(label),
        button(NodeGroup::Code, "resend", "code", messages::label_resend_code()),
        hidden(NodeGroup::Code, "method", "code"),
        method_button(NodeGroup::Code, "code", messages::label_continue()),
    ]
}

/// The CSRF node, for browsers.
#[must_use]
pub fn csrf_of(flow: &Flow) -> Option<UiNode> {
    flow.is_browser().then(csrf_node)
}

/// The fault of a flow that has had all its tries.
#[must_use]
pub fn too_often() -> FieldFault {
    let reason = "There were too many tries. Please start again to get another code.";
    FieldFault { name: String::new(), message: messages::generic(reason) }
}

/// A channel for an address whose credential names none.
#[must_use]
pub fn channel_of(address: &str) -> &'static str {
    if address.contains('@') { "email" } else { "sms" }
}
