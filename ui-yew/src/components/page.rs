//! The frame of every page: brand, card, heading, title.

use std::cell::Cell;

use web_sys::HtmlElement;
use yew::prelude::*;

use super::logo::Logo;

thread_local! {
    /// Whether a page was shown before this one. The first page is announced by the browser itself.
    static SHOWN: Cell<bool> = const { Cell::new(false) };
}

/// The properties of [`Page`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// What the page is called.
    pub heading: AttrValue,
    /// Whether something went wrong (requirement 21).
    #[prop_or_default]
    pub failed: bool,
    /// Whether the card is wide.
    #[prop_or_default]
    pub wide: bool,
    /// What stands below the card.
    #[prop_or_default]
    pub below: Html,
    /// What stands in the card.
    pub children: Children,
}

/// A page. Moves the focus to its heading when it takes the place of another one (requirement 22).
#[component]
pub fn Page(props: &Props) -> Html {
    let heading = use_node_ref();
    use_effect_with((props.heading.clone(), props.failed), |(heading, failed)| {
        if let Some(document) = web_sys::window().and_then(|window| window.document()) {
            let mark = if *failed { "Error: " } else { "" };
            document.set_title(&format!("{mark}{heading} – Nexus Auth"));
        }
    });
    {
        let heading = heading.clone();
        use_effect_with(props.heading.clone(), move |_| {
            if SHOWN.replace(true)
                && let Some(element) = heading.cast::<HtmlElement>()
            {
                let _ = element.focus();
            }
        });
    }
    html! {
        <div class="frame">
            <header class="top"><Logo /></header>
            <main class={classes!("card", props.wide.then_some("card-wide"))}>
                <h1 ref={heading} tabindex="-1">{ props.heading.clone() }</h1>
                { props.children.clone() }
            </main>
            <div class="below">{ props.below.clone() }</div>
        </div>
    }
}
