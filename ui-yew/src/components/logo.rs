//! The product's mark and name.

use crate::components::page_link::PageLink;
use crate::hooks::use_i18n;
use crate::i18n::texts;
use yew::prelude::*;

/// The mark: an N in a hexagon, two posts joined by one line.
#[component]
pub fn Mark() -> Html {
    html! {
        <svg class="mark" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true">
            <path class="mark-body" d="M16 1.8 28.3 8.9v14.2L16 30.2 3.7 23.1V8.9z" />
            <path class="mark-line" d="M11 21.5v-11l10 11v-11" />
        </svg>
    }
}

/// Mark and name as a link to the start page.
#[component]
pub fn Brand() -> Html {
    let i18n = use_i18n();
    html! {
        <PageLink class="brand" to="/welcome">
            <Mark />
            <span class="brand-name">{ i18n.t(&texts::PRODUCT) }</span>
        </PageLink>
    }
}
