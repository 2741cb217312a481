//! Buttons.

use crate::i18n::{I18n, texts};
use crate::model::form::faults::label;
use crate::model::form::layout::Node;
use crate::model::form::role::{ButtonRole, text_of};
use crate::model::machine::Pressed;
use crate::services::browser;
use gloo_timers::future::TimeoutFuture;
use yew::platform::spawn_local;
use yew::prelude::*;

/// A button that submits the form, or starts a script. `busy` is the button that was pressed, while its answer is
/// awaited; `told` hears of the press before a script of the server takes over.
///
/// While any button's answer is awaited, none can be pressed (ui.md 29); they stay focusable, so that the focus is
/// not lost.
pub(super) fn node_button(
    node: &Node,
    busy: Option<&Pressed>,
    is_primary: bool,
    told: &Callback<Node>,
    i18n: &I18n,
) -> Html {
    let Some(input) = node.as_input() else {
        return html! {};
    };
    let role = ButtonRole::of(node);
    let value = text_of(input.value.as_ref());
    let is_awaited = busy.is_some_and(|busy| busy.name == input.name && busy.value == value);
    let text = label(node, i18n);
    let class = match role {
        ButtonRole::Back | ButtonRole::Resend => "button button-quiet",
        ButtonRole::Danger => "button button-danger",
        _ if is_primary => "button button-primary button-wide",
        _ => "button button-wide",
    };
    let onclick = (role == ButtonRole::Trigger).then(|| {
        let (node, told) = (node.clone(), told.clone());
        Callback::from(move |_: MouseEvent| {
            told.emit(node.clone());
            if let Some(name) = node.as_input().and_then(|input| input.onclick_trigger.clone()) {
                spawn_local(call(name));
            }
        })
    });
    html! {
        <button key={format!("{}={value}", input.name)} type={if role == ButtonRole::Trigger { "button" } else { "submit" }}
            {class} name={input.name.clone()} {value} disabled={input.disabled} {onclick}
            aria-disabled={busy.is_some().then_some("true")}>
            if is_awaited {
                <span class="spinner" aria-hidden="true"></span>
                <span>{ i18n.t(&texts::WAIT) }</span>
            } else {
                if role == ButtonRole::Provider {
                    { provider_mark(node) }
                }
                <span>{ text }</span>
            }
        </button>
    }
}

/// The provider's first letter: no pictures from elsewhere, and the name stands beside it (ui.md 38, 47).
fn provider_mark(node: &Node) -> Html {
    let context = node.meta.label.as_ref().and_then(|label| label.context.as_ref());
    let name = context.and_then(|context| context.get("provider")).and_then(|name| name.as_str()).unwrap_or_default();
    match name.chars().next() {
        Some(first) => html! { <span class="provider-mark" aria-hidden="true">{ first }</span> },
        None => html! {},
    }
}

/// Calls a function of the server's script, which may still be on its way.
pub(super) async fn call(name: String) {
    const STEP: u32 = 100;
    const PATIENCE: u32 = 10_000;
    for _ in 0..PATIENCE / STEP {
        if browser::call_global(&name) {
            return;
        }
        TimeoutFuture::new(STEP).await;
    }
}
