//! The list of what is wrong, above a form (ui.md 19).

use crate::hooks::use_i18n;
use crate::i18n::texts;
use crate::model::form::faults::Fault;
use crate::services::browser;
use web_sys::HtmlElement;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct SummaryProps {
    pub faults: Vec<Fault>,
    /// Moves the focus to the list whenever it changes; `None` leaves the focus.
    #[prop_or_default]
    pub turn: Option<u32>,
    /// What else helps, e.g. another way in.
    #[prop_or_default]
    pub children: Html,
}

/// An alert that takes the focus and links to the fields.
#[component]
pub fn ErrorSummary(props: &SummaryProps) -> Html {
    let i18n = use_i18n();
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with(props.turn, move |turn| {
            if turn.is_some()
                && let Some(element) = node.cast::<HtmlElement>()
            {
                let _ = element.focus();
            }
        });
    }
    if props.faults.is_empty() {
        return html! {};
    }
    let class = (props.faults.len() == 1).then_some("single");
    html! {
        <div ref={node} class="summary" role="alert" tabindex="-1" aria-labelledby="summary-title">
            <h2 id="summary-title">{ i18n.t(&texts::FAULTS) }</h2>
            <ul {class}>
                for fault in &props.faults {
                    <li>{ entry(fault) }</li>
                }
            </ul>
            { props.children.clone() }
        </div>
    }
}

fn entry(fault: &Fault) -> Html {
    let Some(field) = fault.field.clone() else {
        return html! { <>{ fault.text.clone() }</> };
    };
    let href = format!("#{field}");
    let onclick = Callback::from(move |event: MouseEvent| {
        // The browser would scroll there; the field should be ready to type into as well.
        event.prevent_default();
        browser::focus(&field);
    });
    html! { <a {href} {onclick}>{ fault.text.clone() }</a> }
}
