//! The title of the document.

use crate::hooks::use_i18n;
use crate::i18n::texts;
use crate::services::browser;
use yew::prelude::*;

/// Sets the title to that of the step, with a mark when something is wrong (ui.md 21).
#[hook]
pub fn use_title(title: &str, has_faults: bool) {
    let i18n = use_i18n();
    let title = if has_faults { i18n.with(&texts::ERROR_PREFIX, &[("title", title)]) } else { title.to_owned() };
    let whole = format!("{title} – {}", i18n.t(&texts::PRODUCT));
    use_effect_with(whole, |whole| browser::document().set_title(whole));
}
