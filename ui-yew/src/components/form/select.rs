//! Fields with a list of values.

use super::FieldProps;
use super::field::{described_by, field_frame};
use crate::i18n::{I18n, texts};
use crate::model::form::role::{autocomplete, text_of};
use identity_api::ui::InputAttributes;
use yew::prelude::*;

pub(super) fn show(props: &FieldProps, input: &InputAttributes, field: NodeRef, i18n: &I18n) -> Html {
    let has_faults = !props.faults.is_empty();
    let list = html! {
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
    };
    field_frame(props, None, i18n, list)
}
