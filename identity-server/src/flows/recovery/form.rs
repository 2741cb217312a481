//! The screens of a recovery.

use super::{choose, chooses};
use crate::config::{Config, Use};
use crate::flows::start::{button, csrf_node, method_button};
use crate::model::{Flow, FlowState};
use identity_api::ui::{InputAttributes, InputType, NodeGroup};
use identity_api::{UiNode, messages};

/// The group and the name of a strategy.
pub(super) fn names(with: Use) -> (NodeGroup, &'static str) {
    match with {
        Use::Code => (NodeGroup::Code, "code"),
        Use::Link => (NodeGroup::Link, "link"),
    }
}

/// Fills in the form of a new recovery: it asks for the address.
pub fn build_form(config: &Config, flow: &mut Flow) {
    let with = config.selfservice.flows.recovery.r#use;
    let (group, name) = names(with);
    flow.active = Some(name.into());
    if with == Use::Code && chooses(config) {
        return choose::show_start(flow);
    }
    flow.state = FlowState::ChooseMethod;
    flow.ui.nodes = vec![csrf_node(), address_node(group), method_button(group, name, messages::label_continue())];
}

/// The form of a recovery that an administrator began: the code is known already. No browser started it, so there is
/// no CSRF token.
pub fn admin_form(flow: &mut Flow) {
    flow.active = Some("code".into());
    flow.state = FlowState::SentEmail;
    flow.ui.nodes = vec![code_node(), method_button(NodeGroup::Code, "code", messages::label_continue())];
}

fn address_node(group: NodeGroup) -> UiNode {
    let attributes = InputAttributes {
        name: "email".into(),
        input_type: InputType::Email,
        required: true,
        ..InputAttributes::default()
    };
    UiNode::input(group, attributes).labelled(messages::label_email())
}

/// The field for six digits.
pub(super) fn code_node() -> UiNode {
    let attributes = InputAttributes {
        name: "code".into(),
        required: true,
        autocomplete: Some("one-time-code".into()),
        pattern: Some("[0-9]+".into()),
        maxlength: Some(6),
        ..InputAttributes::default()
    };
    UiNode::input(NodeGroup::Code, attributes).labelled(messages::label_recovery_code())
}

/// A hidden field.
pub(super) fn hidden(group: NodeGroup, name: &str, value: &str) -> UiNode {
    let attributes = InputAttributes {
        name: name.into(),
        input_type: InputType::Hidden,
        value: Some(value.into()),
        ..InputAttributes::default()
    };
    UiNode::input(group, attributes)
}

/// Says that a mail is under way.
pub(super) fn show_sent(flow: &mut Flow, with: Use, typed: &str) {
    let (group, name) = names(with);
    flow.state = FlowState::SentEmail;
    if with == Use::Link {
        if flow.active.as_deref() == Some("link") {
            flow.ui.nodes =
                vec![csrf_node(), address_node(group), method_button(group, name, messages::label_continue())];
        }
        // In a flow of codes the address moves to the group of links, and the button stays, as in Kratos.
        if let Some(node) = flow.ui.node_mut("email") {
            node.group = group;
            if let Some(input) = node.as_input_mut() {
                input.value = Some(typed.into());
            }
        }
        flow.ui.messages = vec![messages::recovery_link_sent()];
        flow.active = Some(name.into());
        return;
    }
    flow.active = Some(name.into());
    flow.ui.messages = vec![messages::recovery_code_sent()];
    flow.ui.nodes = vec![
        csrf_node(),
        code_node(),
        hidden(NodeGroup::Code, "method", "code"),
        method_button(NodeGroup::Code, "code", messages::label_continue()),
        button(NodeGroup::Code, "email", typed, messages::label_resend_code()),
    ];
}
