//! The account that a form is about, once it is known (ui.md 3, 4, 25).

use crate::components::icon::{Drawing, icon};
use crate::components::page_link::page_link;
use crate::i18n::{I18n, texts};
use crate::model::flow::FlowKind;
use crate::model::form::layout::Node;
use crate::model::form::role::text_of;
use yew::prelude::*;

/// A read-only field: people see whose password they type, and password managers know where to keep it.
pub(super) fn username(node: &Node, kind: FlowKind, i18n: &I18n) -> Html {
    let Some(input) = node.as_input() else {
        return html! {};
    };
    let value = text_of(input.value.as_ref());
    // The visible field has no name in the form: the value that is sent is the hidden field's.
    html! {
        <div class="username">
            { icon(Drawing::Person) }
            <input type="text" readonly=true id="account" autocomplete="username" value={value.clone()}
                aria-label={i18n.t(&texts::SIGNING_AS)} />
            <input type="hidden" name={input.name.clone()} {value} />
            if kind == FlowKind::Login {
                { page_link("/login", "", i18n.t(&texts::LOGIN_OTHER).into()) }
            }
        </div>
    }
}

/// The account of a form that changes a password, for password managers only: people know whose settings they see.
pub(super) fn hidden_username(account: &str) -> Html {
    html! {
        <input type="text" class="visually-hidden" readonly=true tabindex="-1" aria-hidden="true"
            autocomplete="username" value={account.to_owned()} />
    }
}
