//! Having a code sent once more, after a moment (ui.md 30).

use crate::hooks::use_i18n;
use crate::i18n::texts;
use crate::model::form::faults::label;
use crate::model::form::layout::Node;
use crate::model::form::role::text_of;
use crate::model::machine::Pressed;
use crate::services::browser;
use gloo_timers::callback::Interval;
use yew::prelude::*;

/// How long after a code was sent another one can be asked for, in seconds. The server has limits of its own; this
/// keeps people from asking while the first mail is still on its way.
const PAUSE: u32 = 30;

#[derive(Properties, PartialEq)]
pub struct ResendProps {
    pub node: Node,
    pub busy: Option<Pressed>,
    /// Counts the server's answers: each one starts the pause anew.
    pub revision: u32,
}

/// A button with a countdown.
#[component]
pub fn Resend(props: &ResendProps) -> Html {
    let i18n = use_i18n();
    let left = use_state(|| PAUSE);
    {
        let (left, i18n) = (left.clone(), i18n.clone());
        use_effect_with(props.revision, move |_| {
            left.set(PAUSE);
            let setter = left.setter();
            let mut seconds = PAUSE;
            let interval = Interval::new(1000, move || {
                if seconds == 0 {
                    return;
                }
                seconds -= 1;
                setter.set(seconds);
                if seconds == 0 {
                    browser::announce(&i18n.t(&texts::RESEND_READY));
                }
            });
            move || drop(interval)
        });
    }
    let Some(input) = props.node.as_input() else {
        return html! {};
    };
    let text = label(&props.node, &i18n);
    let is_waiting = *left > 0;
    let text = if is_waiting {
        i18n.with(&texts::RESEND_IN, &[("label", &text), ("seconds", &left.to_string())])
    } else {
        text
    };
    html! {
        <button type="submit" class="button button-quiet" name={input.name.clone()}
            value={text_of(input.value.as_ref())}
            aria-disabled={(is_waiting || props.busy.is_some()).then_some("true")}
            data-waiting={is_waiting.then_some("true")}>
            { text }
        </button>
    }
}
