//! Data for developers, folded away.

use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct RawProps {
    pub title: AttrValue,
    pub text: AttrValue,
}

/// A text that is shown on request.
#[component]
pub fn Raw(props: &RawProps) -> Html {
    html! {
        <details class="raw">
            <summary>{ &props.title }</summary>
            <pre tabindex="0">{ &props.text }</pre>
        </details>
    }
}
