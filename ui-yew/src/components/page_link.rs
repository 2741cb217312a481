//! A link to a page of this app.

use crate::routes;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct PageLinkProps {
    /// Path and query.
    pub to: AttrValue,
    #[prop_or_default]
    pub class: Classes,
    /// Whether it is the page that is shown.
    #[prop_or_default]
    pub is_current: bool,
    pub children: Html,
}

/// An ordinary link that changes the page without loading the app anew. With a modifier key, or for another
/// window, it is the browser's.
#[component]
pub fn PageLink(props: &PageLinkProps) -> Html {
    let onclick = {
        let to = props.to.clone();
        Callback::from(move |event: MouseEvent| {
            let is_plain =
                event.button() == 0 && !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key());
            if is_plain {
                event.prevent_default();
                routes::go(&to);
            }
        })
    };
    html! {
        <a href={props.to.clone()} class={props.class.clone()} {onclick}
           aria-current={props.is_current.then_some("page")}>
            { props.children.clone() }
        </a>
    }
}
