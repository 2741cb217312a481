//! Label, hint and faults around a field (ui.md 20).

use crate::i18n::{I18n, texts};
use crate::model::flow::FlowKind;
use crate::model::form::faults::label;
use yew::prelude::*;

use super::FieldProps;

/// The parts of a field that are the same for all kinds.
pub(super) fn field_frame(props: &FieldProps, hint: Option<String>, i18n: &I18n, content: Html) -> Html {
    let name = props.node.id();
    let required = props.node.as_input().is_some_and(|input| input.required);
    // Where most fields can be left out, those that can are named; a sign-in has none.
    let note = !required && matches!(props.kind, FlowKind::Registration);
    html! {
        <div class="field">
            <div class="label-row">
                <label class="label" for={name.to_owned()}>{ label(&props.node, i18n) }</label>
                if note {
                    <span class="label-note">{ i18n.t(&texts::OPTIONAL) }</span>
                }
            </div>
            if let Some(hint) = hint {
                <p class="hint" id={hint_id(name)}>{ hint }</p>
            }
            { content }
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
