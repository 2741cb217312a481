//! The account that a form is about, once it is known (ui.md 3, 4, 25).

use crate::components::icon::{Drawing, Icon};
use crate::components::page_link::PageLink;
use crate::hooks::use_i18n;
use crate::i18n::texts;
use crate::model::flow::FlowKind;
use crate::model::form::layout::Node;
use crate::model::form::role::text_of;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct UsernameProps {
    pub node: Node,
    pub kind: FlowKind,
}

/// A read-only field: people see whose password they type, and password managers know where to keep it.
#[component]
pub fn Username(props: &UsernameProps) -> Html {
    let i18n = use_i18n();
    let Some(input) = props.node.as_input() else {
        return html! {};
    };
    // The name is free in the form: the value that is sent is the hidden field's.
    html! {
        <div class="username">
            <Icon drawing={Drawing::Person} />
            <input type="text" readonly=true id="account" autocomplete="username"
                value={text_of(input.value.as_ref())} aria-label={i18n.t(&texts::SIGNING_AS)} />
            <input type="hidden" name={input.name.clone()} value={text_of(input.value.as_ref())} />
            if props.kind == FlowKind::Login {
                <PageLink to="/login">{ i18n.t(&texts::LOGIN_OTHER) }</PageLink>
            }
        </div>
    }
}
