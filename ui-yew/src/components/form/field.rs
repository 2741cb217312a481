//! Label, hint and faults around a field (ui.md 20).

use crate::hooks::use_i18n;
use crate::i18n::texts;
use crate::model::flow::FlowKind;
use crate::model::form::faults::label;
use crate::model::form::layout::Node;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct FieldFrameProps {
    pub node: Node,
    pub kind: FlowKind,
    #[prop_or_default]
    pub hint: Option<AttrValue>,
    pub faults: Vec<String>,
    pub children: Html,
}

/// The parts of a field that are the same for all kinds.
#[component]
pub fn FieldFrame(props: &FieldFrameProps) -> Html {
    let i18n = use_i18n();
    let name = props.node.id();
    let required = props.node.as_input().is_some_and(|input| input.required);
    // Where most fields can be left out, those that can are named; a sign-in has none.
    let note = !required && matches!(props.kind, FlowKind::Registration);
    html! {
        <div class="field">
            <div class="label-row">
                <label class="label" for={name.to_owned()}>{ label(&props.node, &i18n) }</label>
                if note {
                    <span class="label-note">{ i18n.t(&texts::OPTIONAL) }</span>
                }
            </div>
            if let Some(hint) = &props.hint {
                <p class="hint" id={hint_id(name)}>{ hint }</p>
            }
            { props.children.clone() }
            { faults(name, &props.faults) }
        </div>
    }
}

/// The faults of a field, below it.
pub(super) fn faults(name: &str, faults: &[String]) -> Html {
    if faults.is_empty() {
        return html! {};
    }
    html! {
        <div id={fault_id(name)}>
            for fault in faults {
                <p class="fault">{ fault.clone() }</p>
            }
        </div>
    }
}

/// `aria-describedby`: what is wrong before what helps.
pub(super) fn described_by(name: &str, has_hint: bool, has_faults: bool) -> Option<String> {
    match (has_faults, has_hint) {
        (true, true) => Some(format!("{} {}", fault_id(name), hint_id(name))),
        (true, false) => Some(fault_id(name)),
        (false, true) => Some(hint_id(name)),
        (false, false) => None,
    }
}

fn hint_id(name: &str) -> String {
    format!("{name}-hint")
}

fn fault_id(name: &str) -> String {
    format!("{name}-fault")
}
