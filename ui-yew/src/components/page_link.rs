//! Links to pages of this app.

use crate::routes;
use yew::prelude::*;

/// An ordinary link that changes the page without loading the app anew. With a modifier key, or for another window,
/// it is the browser's. `to` is path and query.
pub fn page_link(to: impl Into<AttrValue>, class: &'static str, content: Html) -> Html {
    link(to.into(), class, false, content)
}

/// A link of the navigation, marked when it leads to the page that is shown.
pub fn nav_link(to: &'static str, is_current: bool, content: Html) -> Html {
    link(to.into(), "", is_current, content)
}

fn link(to: AttrValue, class: &'static str, is_current: bool, content: Html) -> Html {
    let onclick = {
        let to = to.clone();
        Callback::from(move |event: MouseEvent| {
            let is_plain =
                event.button() == 0 && !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key());
            if is_plain {
                event.prevent_default();
                routes::go(&to);
            }
        })
    };
    let class = (!class.is_empty()).then_some(class);
    html! {
        <a href={to} {class} {onclick} aria-current={is_current.then_some("page")}>{ content }</a>
    }
}
