//! Fields for one line: text, numbers, addresses, dates, one-time codes.

use super::FieldProps;
use super::field::{described_by, field_frame};
use crate::i18n::{I18n, texts};
use crate::model::form::body::plain_code;
use crate::model::form::role::{autocomplete, is_one_time_code};
use identity_api::ui::{InputAttributes, InputType};
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// How much longer than the code itself a pasted one may be: blanks, dashes, a line break.
const GROUPING: u32 = 6;

pub(super) fn show(props: &FieldProps, input: &InputAttributes, field: NodeRef, i18n: &I18n) -> Html {
    let is_code = is_one_time_code(input);
    // ui.md 5, 8: whatever grouping is pasted or typed is taken out, and nothing is sent by itself.
    let oninput = is_code.then(|| {
        Callback::from(|event: InputEvent| {
            if let Some(element) = event.target_dyn_into::<HtmlInputElement>() {
                let plain = plain_code(&element.value());
                if plain != element.value() {
                    element.set_value(&plain);
                }
            }
        })
    });
    let is_name = matches!(input.name.as_str(), "identifier" | "traits.username")
        || input.input_type == InputType::Email
        || input.name == "lookup_secret";
    let hint = (is_code && input.name == "code").then(|| i18n.t(&texts::CODE_HINT));
    let has_faults = !props.faults.is_empty();
    let line = html! {
        <input ref={field}
            class={if is_code { "input input-code" } else { "input" }}
            id={input.name.clone()}
            name={input.name.clone()}
            type={html_type(input.input_type)}
            autocomplete={autocomplete(props.kind, input)}
            autocapitalize={(is_name || is_code).then_some("none")}
            spellcheck={(is_name || is_code).then_some("false")}
            inputmode={input_mode(input.input_type, is_code)}
            step={(input.input_type == InputType::Number).then_some("any")}
            maxlength={input.maxlength.map(|most| most + if is_code { GROUPING } else { 0 }).map(|most| most.to_string())}
            pattern={if is_code { Some("[0-9 \\-]*".to_owned()) } else { input.pattern.clone() }}
            required={input.required}
            disabled={input.disabled}
            aria-required={input.required.then_some("true")}
            aria-invalid={has_faults.then_some("true")}
            aria-describedby={described_by(&input.name, hint.is_some(), has_faults)}
            {oninput}
        />
    };
    field_frame(props, hint, i18n, line)
}

fn html_type(input_type: InputType) -> &'static str {
    match input_type {
        InputType::Email => "email",
        InputType::Tel => "tel",
        InputType::Date => "date",
        InputType::DatetimeLocal => "datetime-local",
        InputType::Url => "url",
        // A number field swallows what it cannot read and scrolls values away; `inputmode` gives the keys.
        _ => "text",
    }
}

fn input_mode(input_type: InputType, is_code: bool) -> Option<&'static str> {
    match input_type {
        _ if is_code => Some("numeric"),
        InputType::Number => Some("decimal"),
        _ => None,
    }
}
