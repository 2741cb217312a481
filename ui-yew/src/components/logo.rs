//! The mark: a shield whose lines meet in one point.

use yew::prelude::*;

/// The mark and the product's name.
#[component]
pub fn Logo() -> Html {
    html! {
        <a class="brand" href="/">
            <svg class="brand-mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false">
                <path class="brand-shield" d="M16 2 28 6.5V15c0 7.2-4.8 12.6-12 15C8.800 27.600 4 22.200 4 15V6.500Z" />
                <path class="brand-lines" d="M10.500 21V11l11 10V11" />
            </svg>
            <span class="brand-name">{"Nexus Auth"}</span>
        </a>
    }
}
