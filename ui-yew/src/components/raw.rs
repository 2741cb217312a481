//! Data for developers, folded away.

use yew::prelude::*;

/// A text that is shown on request.
pub fn raw(title: String, text: String) -> Html {
    html! {
        <details class="raw">
            <summary>{ title }</summary>
            <pre tabindex="0">{ text }</pre>
        </details>
    }
}
