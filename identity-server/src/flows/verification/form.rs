//! The screens of a verification.

use crate::config::{Config, Use};
use crate::flows::start::{button, csrf_node, method_button};
use crate::model::{Flow, FlowState};
use identity_api::ui::{AnchorAttributes, Attributes, InputAttributes, InputType, NodeGroup};
use identity_api::{UiNode, messages};

/// The group and the name of a strategy.
pub(super) fn names(with: Use) -> (NodeGroup, &'static str) {
    match with {
        Use::Code => (NodeGroup::Code, "code"),
        Use::Link => (NodeGroup::Link, "link"),
    }
}

/// Fills in the form of a new verification: it asks for the address.
pub fn build_form(config: &Config, flow: &mut Flow) {
    let with = config.selfservice.flows.verification.r#use;
    flow.active = Some(names(with).1.into());
    flow.state = FlowState::ChooseMethod;
    ask(config, flow, with);
}

fn ask(config: &Config, flow: &mut Flow, with: Use) {
    let (group, name) = names(with);
    flow.ui.nodes = match with {
        Use::Code => vec![address_node(config, group), method_button(group, name, messages::label_continue())],
        Use::Link => {
            vec![csrf_node(), address_node(config, group), method_button(group, name, messages::label_continue())]
        }
    };
    if with == Use::Code && flow.is_browser() {
        flow.ui.nodes.push(csrf_node());
    }
}

fn address_node(config: &Config, group: NodeGroup) -> UiNode {
    let phones = config.courier.channels.iter().any(|channel| channel.id == "sms");
    let attributes = InputAttributes {
        name: "email".into(),
        input_type: if phones { InputType::Text } else { InputType::Email },
        required: true,
        ..InputAttributes::default()
    };
    let label = if phones { messages::label_email_or_phone() } else { messages::label_email() };
    UiNode::input(group, attributes).labelled(label)
}

/// Says that a mail is under way because somebody asked for it.
pub(super) fn show_sent(config: &Config, flow: &mut Flow, with: Use, via: &str, typed: &str) {
    flow.state = FlowState::SentEmail;
    flow.active = Some(names(with).1.into());
    match with {
        Use::Code => {
            flow.ui.nodes = code_nodes(flow.is_browser(), typed);
            let sms = via == "sms";
            flow.ui.messages =
                vec![if sms { messages::verification_sms_sent() } else { messages::verification_code_sent() }];
        }
        Use::Link => {
            ask(config, flow, with);
            if let Some(input) = flow.ui.node_mut("email").and_then(UiNode::as_input_mut) {
                input.value = Some(typed.into());
            }
            flow.ui.messages = vec![messages::verification_link_sent()];
        }
    }
}

/// The same for a verification that a registration or a new address has begun.
pub(super) fn show_begun(flow: &mut Flow, with: Use, via: &str, address: &str) {
    flow.state = FlowState::SentEmail;
    match with {
        Use::Code => {
            flow.ui.nodes = code_nodes(flow.is_browser(), address);
            let sms = via == "sms";
            flow.ui.messages =
                vec![if sms { messages::verification_sms_sent() } else { messages::verification_code_sent() }];
        }
        Use::Link => {
            let (group, name) = names(with);
            let field = InputAttributes {
                name: "email".into(),
                input_type: InputType::Email,
                value: Some(address.into()),
                required: true,
                ..InputAttributes::default()
            };
            flow.ui.nodes = vec![
                csrf_node(),
                UiNode::input(group, field).labelled(messages::label_email()),
                method_button(group, name, messages::label_continue()),
            ];
            flow.ui.messages = vec![messages::verification_link_sent()];
        }
    }
}

fn code_nodes(browser: bool, address: &str) -> Vec<UiNode> {
    let hidden = InputAttributes {
        name: "method".into(),
        input_type: InputType::Hidden,
        value: Some("code".into()),
        ..InputAttributes::default()
    };
    let code = InputAttributes {
        name: "code".into(),
        required: true,
        autocomplete: Some("one-time-code".into()),
        ..InputAttributes::default()
    };
    let mut nodes = vec![
        UiNode::input(NodeGroup::Code, hidden),
        UiNode::input(NodeGroup::Code, code).labelled(messages::label_verification_code()),
        method_button(NodeGroup::Code, "code", messages::label_continue()),
    ];
    if browser {
        nodes.push(csrf_node());
    }
    nodes.push(button(NodeGroup::Code, "email", address, messages::label_resend_code()));
    nodes
}

/// Says that the address is proven, and leads on.
pub(super) fn show_passed(config: &Config, flow: &mut Flow, with: Use, via: &str) {
    let settings = &config.selfservice.flows.verification;
    let fallback =
        settings.after.default_browser_return_url.as_ref().unwrap_or(&config.selfservice.default_browser_return_url);
    let to = flow.return_to.clone().unwrap_or_else(|| fallback.to_string());
    let (group, name) = names(with);
    flow.state = FlowState::PassedChallenge;
    flow.active = Some(name.into());
    flow.ui.method = "GET".into();
    flow.ui.action.clone_from(&to);
    let anchor = AnchorAttributes { id: "continue".into(), href: to, title: messages::label_continue() };
    flow.ui.nodes = vec![csrf_node(), UiNode::new(group, Attributes::A(anchor)).labelled(messages::label_continue())];
    flow.ui.messages =
        vec![if via == "sms" { messages::verification_phone_done() } else { messages::verification_email_done() }];
}

/// Lays out a form with faults: a token field is always there then, and the address is asked for anew.
pub fn arrange(flow: &mut Flow) {
    if let Some(input) = flow.ui.node_mut("email").and_then(UiNode::as_input_mut) {
        let is_button = input.input_type == InputType::Submit;
        let typed = input.value.take().filter(|_| !is_button).unwrap_or_else(|| "".into());
        input.value = (!is_button).then_some(typed);
    }
    if flow.ui.node("csrf_token").is_none() {
        flow.ui.nodes.push(csrf_node());
    }
}
