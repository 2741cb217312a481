//! The product's mark and name.

use crate::components::page_link::page_link;
use crate::i18n::{I18n, texts};
use yew::prelude::*;

/// Mark and name as a link to the start page. The mark is an N in a hexagon, two posts joined by one line.
pub fn brand(i18n: &I18n) -> Html {
    let content = html! {
        <>
            <svg class="mark" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true">
                <path class="mark-body" d="M16 1.8 28.3 8.9v14.2L16 30.2 3.7 23.1V8.9z" />
                <path class="mark-line" d="M11 21.5v-11l10 11v-11" />
            </svg>
            <span class="brand-name">{ i18n.t(&texts::PRODUCT) }</span>
        </>
    };
    page_link("/welcome", "brand", content)
}
