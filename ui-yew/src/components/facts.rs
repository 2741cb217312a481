//! Names and values.

use yew::prelude::*;

/// One name and its value, inside a `dl.facts`.
pub fn fact(name: String, content: impl Into<Html>) -> Html {
    html! {
        <div>
            <dt>{ name }</dt>
            <dd>{ content.into() }</dd>
        </div>
    }
}
