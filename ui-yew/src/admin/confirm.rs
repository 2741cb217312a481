//! The question before something that cannot be taken back (ui.md 37).

use crate::hooks::use_i18n;
use crate::i18n::texts;
use crate::services::browser;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct ConfirmProps {
    /// What will happen, and to whom.
    pub question: String,
    /// What the dangerous button says.
    pub action: String,
    /// Told whether it is to happen.
    pub decide: Callback<bool>,
}

/// A question with the focus on the way back.
#[component]
pub fn Confirm(props: &ConfirmProps) -> Html {
    let i18n = use_i18n();
    use_effect_with((), |()| {
        browser::focus("confirm-cancel");
    });
    let on = |yes: bool| props.decide.reform(move |_: MouseEvent| yes);
    html! {
        <div class="confirm narrow" role="alertdialog" aria-labelledby="confirm-text">
            <p id="confirm-text">{ props.question.clone() }</p>
            <div class="buttons-row">
                <button type="button" class="button" id="confirm-cancel" onclick={on(false)}>
                    { i18n.t(&texts::CANCEL) }
                </button>
                <button type="button" class="button button-danger" data-sure="true" onclick={on(true)}>
                    { props.action.clone() }
                </button>
            </div>
        </div>
    }
}
