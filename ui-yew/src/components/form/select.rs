//! Fields with a list of values.

use super::FieldProps;
use super::field::{FieldFrame, described_by};
use crate::hooks::use_i18n;
use crate::i18n::texts;
use crate::model::form::role::{autocomplete, text_of};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// A choice of one.
#[component]
pub fn SelectField(props: &FieldProps) -> Html {
    let i18n = use_i18n();
    let field = use_node_ref();
    let node = &props.node;
    let Some(input) = node.as_input() else {
        return html! {};
    };
    {
        let field = field.clone();
        let value = text_of(input.value.as_ref());
        use_effect_with((props.revision, value), move |(_, value)| {
            if let Some(element) = field.cast::<HtmlSelectElement>()
                && !value.is_empty()
            {
                element.set_value(value);
            }
        });
    }
    let has_faults = !props.faults.is_empty();
    html! {
        <FieldFrame node={node.clone()} kind={props.kind} faults={props.faults.clone()}>
            <select ref={field} class="select" id={input.name.clone()} name={input.name.clone()}
                autocomplete={autocomplete(props.kind, input)} disabled={input.disabled}
                aria-required={input.required.then_some("true")}
                aria-invalid={has_faults.then_some("true")}
                aria-describedby={described_by(&input.name, false, has_faults)}>
                <option value="">{ i18n.t(&texts::CHOOSE) }</option>
                for option in &input.options {
                    <option value={text_of(Some(&option.value))}>
                        { match &option.label {
                            Some(label) => i18n.message(label, None),
                            None => text_of(Some(&option.value)),
                        } }
                    </option>
                }
            </select>
        </FieldFrame>
    }
}
