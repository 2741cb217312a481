//! Boxes to tick.

use super::FieldProps;
use super::field::{described_by, faults};
use crate::i18n::I18n;
use crate::model::form::faults::label;
use identity_api::ui::InputAttributes;
use yew::prelude::*;

pub(super) fn show(props: &FieldProps, input: &InputAttributes, field: NodeRef, i18n: &I18n) -> Html {
    let has_faults = !props.faults.is_empty();
    html! {
        <div class="field">
            <div class="check">
                <input ref={field} type="checkbox" id={input.name.clone()} name={input.name.clone()} value="true"
                    required={input.required} disabled={input.disabled}
                    aria-invalid={has_faults.then_some("true")}
                    aria-describedby={described_by(&input.name, false, has_faults)} />
                <label for={input.name.clone()}>{ label(&props.node, i18n) }</label>
            </div>
            { faults(&input.name, &props.faults) }
        </div>
    }
}
