//! Passwords (ui.md 2, 3, 7).

use super::FieldProps;
use super::field::{described_by, field_frame};
use crate::components::icon::{Drawing, icon};
use crate::i18n::{I18n, texts};
use crate::model::form::role::autocomplete;
use crate::services::browser;
use identity_api::ui::InputAttributes;
use yew::prelude::*;

/// A password with a button that shows it. It is hidden again, and cleared, when the form is sent.
pub(super) fn show(
    props: &FieldProps,
    input: &InputAttributes,
    field: NodeRef,
    is_shown: &UseStateHandle<bool>,
    has_caps: &UseStateHandle<bool>,
    i18n: &I18n,
) -> Html {
    let toggle = {
        let (is_shown, i18n) = (is_shown.clone(), i18n.clone());
        Callback::from(move |_: MouseEvent| {
            let show = !*is_shown;
            is_shown.set(show);
            browser::announce(&i18n.t(if show { &texts::PASSWORD_SHOWN } else { &texts::PASSWORD_HIDDEN }));
        })
    };
    let onkeyup = {
        let has_caps = has_caps.setter();
        Callback::from(move |event: KeyboardEvent| has_caps.set(event.get_modifier_state("CapsLock")))
    };
    let hint = autocomplete(props.kind, input).as_deref() == Some("new-password");
    let hint = hint.then(|| match input.minlength {
        Some(min) => i18n.with(&texts::PASSWORD_MIN, &[("min", &min.to_string())]),
        None => i18n.t(&texts::PASSWORD_HINT),
    });
    let rules = input.minlength.map(|min| format!("minlength: {min};"));
    let has_faults = !props.faults.is_empty();
    let shown = **is_shown;
    let line = html! {
        <>
            <div class="input-wrap">
                <input ref={field}
                    class="input"
                    id={input.name.clone()}
                    name={input.name.clone()}
                    type={if shown { "text" } else { "password" }}
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
                        aria-pressed={if shown { "true" } else { "false" }}
                        aria-controls={input.name.clone()}
                        aria-label={i18n.t(&texts::PASSWORD_SHOW)}>
                    { icon(if shown { Drawing::EyeOff } else { Drawing::Eye }) }
                </button>
            </div>
            if **has_caps {
                <p class="hint" role="status">{ i18n.t(&texts::PASSWORD_CAPS) }</p>
            }
        </>
    };
    field_frame(props, hint, i18n, line)
}
