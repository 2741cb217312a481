//! Names and values.

use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct FactProps {
    pub name: AttrValue,
    pub children: Html,
}

/// One name and its value, inside a `dl.facts`.
#[component]
pub fn Fact(props: &FactProps) -> Html {
    html! {
        <div>
            <dt>{ &props.name }</dt>
            <dd>{ props.children.clone() }</dd>
        </div>
    }
}
