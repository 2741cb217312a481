//! Reading what stands in a form.
//!
//! The fields keep their own values, and they are read when the form is sent: what a password manager or the
//! browser fills in without any event counts as well, and typing redraws nothing.

use crate::model::form::{Entered, Values};
use wasm_bindgen::JsCast;
use web_sys::{HtmlFormElement, HtmlInputElement, HtmlSelectElement};

/// The values of all fields that can be seen.
#[must_use]
pub fn read(form: &HtmlFormElement) -> Values {
    let mut values = Values::new();
    let Ok(fields) = form.query_selector_all("input[name]:not([type=hidden]), select[name]") else {
        return values;
    };
    for index in 0..fields.length() {
        let Some(field) = fields.item(index) else {
            continue;
        };
        if let Some(input) = field.dyn_ref::<HtmlInputElement>() {
            let entered =
                if input.type_() == "checkbox" { Entered::Flag(input.checked()) } else { Entered::Text(input.value()) };
            values.insert(input.name(), entered);
        } else if let Some(select) = field.dyn_ref::<HtmlSelectElement>() {
            values.insert(select.name(), Entered::Text(select.value()));
        }
    }
    values
}

/// Puts the server's value into a field when an answer came: secrets are cleared, other fields take the server's
/// value, and one that the server says nothing about keeps what was typed (ui.md 24).
pub(super) fn refresh(input: &HtmlInputElement, value: &str, is_secret: bool) {
    if is_secret {
        input.set_value("");
    } else if !value.is_empty() && input.value() != value {
        input.set_value(value);
    }
}
