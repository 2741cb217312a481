//! Buttons of a form.

use identity_api::UiNode;
use identity_api::ui::{InputAttributes, InputType};
use yew::prelude::*;

use crate::logic::fields;
use crate::logic::values::text_of;

use super::script;

/// The properties of [`Button`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The node.
    pub node: UiNode,
    /// Whether it is the one that goes on.
    pub primary: bool,
    /// Whether a request is under way.
    pub busy: bool,
    /// Whether that request is this button's.
    pub pressed: bool,
}

/// A submit button, or one that calls a function of a script. While a request is under way it says so and does
/// nothing (requirement 29); it stays focusable, so the focus is not lost.
#[component]
pub fn Button(props: &Props) -> Html {
    let Some(input) = props.node.as_input() else {
        return Html::default();
    };
    let class = classes!("button", if props.primary { "button-primary" } else { "button-secondary" });
    let label = fields::label(&props.node);
    let value = input.value.as_ref().map(text_of).unwrap_or_default();
    let kind = if input.input_type == InputType::Submit { "submit" } else { "button" };
    let onclick = trigger(input, props.busy);
    html! {
        <button type={kind} {class} name={input.name.clone()} {value} {onclick} disabled={input.disabled}
            aria-disabled={props.busy.then_some("true")} aria-busy={props.pressed.then_some("true")}>
            if props.pressed {
                <span class="spinner" aria-hidden="true"></span>
                <span>{ format!("{label} – please wait") }</span>
            } else {
                { label }
            }
        </button>
    }
}

fn trigger(input: &InputAttributes, busy: bool) -> Option<Callback<MouseEvent>> {
    let name = input.onclick_trigger.clone()?;
    Some(Callback::from(move |event: MouseEvent| {
        event.prevent_default();
        if !busy {
            script::call(&name);
        }
    }))
}
