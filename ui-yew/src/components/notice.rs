//! Messages that are no faults.

use crate::components::icon::{Drawing, icon};
use identity_api::ui::TextType;
use yew::prelude::*;

/// A box with a sign and a sentence.
pub fn notice(kind: TextType, content: impl Into<Html>) -> Html {
    let (class, drawing) = match kind {
        TextType::Info => ("notice", Drawing::Info),
        TextType::Success => ("notice notice-good", Drawing::Good),
        TextType::Error => ("notice notice-warn", Drawing::Warn),
    };
    html! {
        <div {class}>
            { icon(drawing) }
            <div>{ content.into() }</div>
        </div>
    }
}
