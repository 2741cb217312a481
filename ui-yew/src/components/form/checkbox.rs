//! Checkboxes.

use super::FieldProps;
use super::field::{described_by, faults};
use crate::hooks::use_i18n;
use crate::model::form::faults::label;
use crate::model::form::role::flag_of;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// A box to tick.
#[component]
pub fn Checkbox(props: &FieldProps) -> Html {
    let i18n = use_i18n();
    let field = use_node_ref();
    let node = &props.node;
    let Some(input) = node.as_input() else {
        return html! {};
    };
    {
        let field = field.clone();
        let state = input.value.as_ref().map(|value| flag_of(Some(value)));
        use_effect_with((props.revision, state), move |(_, state)| {
            if let (Some(element), Some(state)) = (field.cast::<HtmlInputElement>(), state) {
                element.set_checked(*state);
            }
        });
    }
    let has_faults = !props.faults.is_empty();
    html! {
        <div class="field">
            <div class="check">
                <input ref={field} type="checkbox" id={input.name.clone()} name={input.name.clone()} value="true"
                    required={input.required} disabled={input.disabled}
                    aria-invalid={has_faults.then_some("true")}
                    aria-describedby={described_by(&input.name, false, has_faults)} />
                <label for={input.name.clone()}>{ label(node, &i18n) }</label>
            </div>
            { faults(&input.name, &props.faults) }
        </div>
    }
}
