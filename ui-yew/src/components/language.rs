//! The choice of language.

use crate::hooks::use_language;
use crate::i18n::{LANGUAGES, texts};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// A list of languages, each by its own name.
#[component]
pub fn LanguagePicker() -> Html {
    let Some(language) = use_language() else {
        return html! {};
    };
    let onchange = language.choose.reform(|event: Event| {
        event.target_dyn_into::<HtmlSelectElement>().map(|select| select.value()).unwrap_or_default()
    });
    let current = language.i18n.lang();
    html! {
        <label class="language">
            <span>{ language.i18n.t(&texts::LANGUAGE) }</span>
            <select {onchange}>
                for (code, name) in LANGUAGES {
                    <option value={code} lang={code} selected={code == current}>{ name }</option>
                }
            </select>
        </label>
    }
}
