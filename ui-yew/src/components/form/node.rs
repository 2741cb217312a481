//! A node, whatever it is.

use super::buttons::NodeButton;
use super::checkbox::Checkbox;
use super::password::PasswordField;
use super::select::SelectField;
use super::still::Still;
use super::text::TextField;
use crate::model::flow::FlowKind;
use crate::model::form::layout::Node;
use crate::model::form::role::is_button;
use crate::model::machine::Pressed;
use identity_api::ui::InputType;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct NodeViewProps {
    pub node: Node,
    pub kind: FlowKind,
    pub revision: u32,
    pub faults: Vec<String>,
    pub busy: Option<Pressed>,
    #[prop_or_default]
    pub is_primary: bool,
    #[prop_or_default]
    pub on_trigger: Callback<Node>,
}

/// Draws a node by its type.
#[component]
pub fn NodeView(props: &NodeViewProps) -> Html {
    let node = props.node.clone();
    let Some(input) = props.node.as_input() else {
        return html! { <Still {node} /> };
    };
    let (kind, revision, faults) = (props.kind, props.revision, props.faults.clone());
    let is_busy = props.busy.is_some();
    if is_button(input) {
        return html! {
            <NodeButton {node} busy={props.busy.clone()} is_primary={props.is_primary}
                on_trigger={props.on_trigger.clone()} />
        };
    }
    match input.input_type {
        InputType::Password => html! { <PasswordField {node} {kind} {revision} {faults} {is_busy} /> },
        InputType::Checkbox => html! { <Checkbox {node} {kind} {revision} {faults} {is_busy} /> },
        _ if !input.options.is_empty() => {
            html! { <SelectField {node} {kind} {revision} {faults} {is_busy} /> }
        }
        _ => html! { <TextField {node} {kind} {revision} {faults} {is_busy} /> },
    }
}
