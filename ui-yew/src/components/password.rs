//! A password that can be shown.

use yew::prelude::*;

/// The properties of [`Password`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The element's id.
    pub id: AttrValue,
    /// The field's name.
    pub name: AttrValue,
    /// What was typed.
    pub value: AttrValue,
    /// What the field is for.
    pub autocomplete: Option<AttrValue>,
    /// Whether it must be filled in.
    pub required: bool,
    /// Whether it cannot be changed.
    pub disabled: bool,
    /// Whether the value is wrong.
    pub invalid: bool,
    /// The ids of what describes it.
    pub described_by: Option<AttrValue>,
    /// Whether a request is under way: nobody reads over a shoulder what was sent.
    pub busy: bool,
    /// Takes what is typed.
    pub oninput: Callback<InputEvent>,
    /// Takes what a password manager filled in.
    pub onchange: Callback<Event>,
}

/// A password field with a button that shows what was typed (requirement 7).
#[component]
pub fn Password(props: &Props) -> Html {
    let shown = use_state(|| false);
    {
        let shown = shown.setter();
        use_effect_with(props.busy, move |busy| {
            if *busy {
                shown.set(false);
            }
        });
    }
    let toggle = {
        let shown = shown.clone();
        Callback::from(move |_: MouseEvent| shown.set(!*shown))
    };
    html! {
        <div class="password">
            <input id={props.id.clone()} name={props.name.clone()} type={if *shown { "text" } else { "password" }}
                value={props.value.clone()} autocomplete={props.autocomplete.clone()} required={props.required}
                disabled={props.disabled} autocapitalize="none" spellcheck="false"
                aria-invalid={props.invalid.then_some("true")} aria-describedby={props.described_by.clone()}
                oninput={props.oninput.clone()} onchange={props.onchange.clone()} />
            <button type="button" class="reveal" aria-pressed={if *shown { "true" } else { "false" }}
                aria-controls={props.id.clone()} onclick={toggle}>
                { if *shown { "Hide" } else { "Show" } }
                <span class="visually-hidden">{" password"}</span>
            </button>
        </div>
    }
}
