//! A message that is no fault.

use crate::components::icon::{Drawing, Icon};
use identity_api::ui::TextType;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct NoticeProps {
    #[prop_or(TextType::Info)]
    pub kind: TextType,
    pub children: Html,
}

/// A box with a sign and a sentence.
#[component]
pub fn Notice(props: &NoticeProps) -> Html {
    let (class, drawing) = match props.kind {
        TextType::Info => ("notice", Drawing::Info),
        TextType::Success => ("notice notice-good", Drawing::Good),
        TextType::Error => ("notice notice-warn", Drawing::Warn),
    };
    html! {
        <div {class}>
            <Icon {drawing} />
            <div>{ props.children.clone() }</div>
        </div>
    }
}
