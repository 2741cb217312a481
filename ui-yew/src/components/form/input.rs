//! A field of any kind: what is the same for all is here, what each looks like in the files beside this one.

use super::FieldProps;
use super::read::refresh;
use super::{checkbox, password, select, text};
use crate::hooks::use_i18n;
use crate::model::form::role::{flag_of, is_secret, text_of};
use identity_api::ui::InputType;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// The value that the server gives a field, in the form in which the field takes it.
#[derive(Clone, PartialEq)]
enum Given {
    /// For a field that is typed into.
    Text(String),
    /// Never shown again, once the form was sent: a password, a code.
    Secret(String),
    /// For a list.
    Choice(String),
    /// For a box; without a value it stays as it is.
    Flag(Option<bool>),
}

/// A field that a person fills in. It keeps its own value, which is read when the form is sent.
#[component]
pub fn Field(props: &FieldProps) -> Html {
    let i18n = use_i18n();
    let field = use_node_ref();
    let is_shown = use_state(|| false);
    let has_caps = use_state(|| false);
    let input = props.node.as_input();
    let given = input.map(|input| {
        let value = input.value.as_ref();
        match input.input_type {
            InputType::Checkbox => Given::Flag(value.map(|value| flag_of(Some(value)))),
            InputType::Password => Given::Secret(String::new()),
            _ if !input.options.is_empty() => Given::Choice(text_of(value)),
            _ if is_secret(input) => Given::Secret(text_of(value)),
            _ => Given::Text(text_of(value)),
        }
    });
    {
        let field = field.clone();
        use_effect_with((props.revision, given), move |(revision, given)| {
            if let Some(given) = given {
                fill(&field, *revision, given);
            }
        });
    }
    {
        let is_shown = is_shown.setter();
        use_effect_with(props.is_busy, move |is_busy| {
            if *is_busy {
                is_shown.set(false);
            }
        });
    }
    let Some(input) = input else {
        return html! {};
    };
    match input.input_type {
        InputType::Password => password::show(props, input, field, &is_shown, &has_caps, &i18n),
        InputType::Checkbox => checkbox::show(props, input, field, &i18n),
        _ if !input.options.is_empty() => select::show(props, input, field, &i18n),
        _ => text::show(props, input, field, &i18n),
    }
}

fn fill(field: &NodeRef, revision: u32, given: &Given) {
    match given {
        Given::Choice(value) => {
            if let Some(element) = field.cast::<HtmlSelectElement>()
                && !value.is_empty()
            {
                element.set_value(value);
            }
        }
        Given::Flag(value) => {
            if let (Some(element), Some(value)) = (field.cast::<HtmlInputElement>(), value) {
                element.set_checked(*value);
            }
        }
        Given::Text(value) | Given::Secret(value) => {
            if let Some(element) = field.cast::<HtmlInputElement>() {
                // A secret that the server fills in on the first showing came with a link that was followed.
                refresh(&element, value, matches!(given, Given::Secret(_)) && revision > 0);
            }
        }
    }
}
