//! Passwords (ui.md 2, 3, 7).

use super::FieldProps;
use super::field::{FieldFrame, described_by};
use super::read::refresh;
use crate::components::icon::{Drawing, Icon};
use crate::hooks::use_i18n;
use crate::i18n::texts;
use crate::model::form::role::autocomplete;
use crate::services::browser;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// A password with a button that shows it. It is hidden again, and cleared, when the form is sent.
#[component]
pub fn PasswordField(props: &FieldProps) -> Html {
    let i18n = use_i18n();
    let field = use_node_ref();
    let is_shown = use_state(|| false);
    let caps = use_state(|| false);
    {
        let field = field.clone();
        use_effect_with(props.revision, move |revision| {
            if let Some(element) = field.cast::<HtmlInputElement>() {
                refresh(&element, "", *revision > 0);
            }
        });
    }
    {
        let is_shown = is_shown.clone();
        use_effect_with(props.is_busy, move |is_busy| {
            if *is_busy {
                is_shown.set(false);
            }
        });
    }
    let node = &props.node;
    let Some(input) = node.as_input() else {
        return html! {};
    };
    let toggle = {
        let (is_shown, i18n) = (is_shown.clone(), i18n.clone());
        Callback::from(move |_: MouseEvent| {
            let show = !*is_shown;
            is_shown.set(show);
            browser::announce(&i18n.t(if show { &texts::PASSWORD_SHOWN } else { &texts::PASSWORD_HIDDEN }));
        })
    };
    let onkeyup = {
        let caps = caps.clone();
        Callback::from(move |event: KeyboardEvent| caps.set(event.get_modifier_state("CapsLock")))
    };
    let hint = autocomplete(props.kind, input).as_deref() == Some("new-password");
    let hint: Option<AttrValue> = hint.then(|| match input.minlength {
        Some(min) => i18n.with(&texts::PASSWORD_MIN, &[("min", &min.to_string())]).into(),
        None => i18n.t(&texts::PASSWORD_HINT).into(),
    });
    let rules = input.minlength.map(|min| format!("minlength: {min};"));
    let has_faults = !props.faults.is_empty();
    html! {
        <FieldFrame node={node.clone()} kind={props.kind} hint={hint.clone()} faults={props.faults.clone()}>
            <div class="input-wrap">
                <input ref={field}
                    class="input"
                    id={input.name.clone()}
                    name={input.name.clone()}
                    type={if *is_shown { "text" } else { "password" }}
                    autocomplete={autocomplete(props.kind, input)}
                    autocapitalize="none"
                    spellcheck="false"
                    minlength={input.minlength.map(|min| min.to_string())}
                    maxlength={input.maxlength.map(|most| most.to_string())}
                    passwordrules={rules}
                    required={input.required}
                    disabled={input.disabled}
                    aria-required={input.required.then_some("true")}
                    aria-invalid={has_faults.then_some("true")}
                    aria-describedby={described_by(&input.name, hint.is_some(), has_faults)}
                    {onkeyup}
                />
                <button type="button" class="reveal" onclick={toggle}
                        aria-pressed={if *is_shown { "true" } else { "false" }}
                        aria-controls={input.name.clone()}
                        aria-label={i18n.t(&texts::PASSWORD_SHOW)}>
                    <Icon drawing={if *is_shown { Drawing::EyeOff } else { Drawing::Eye }} />
                </button>
            </div>
            if *caps {
                <p class="hint" role="status">{ i18n.t(&texts::PASSWORD_CAPS) }</p>
            }
        </FieldFrame>
    }
}
