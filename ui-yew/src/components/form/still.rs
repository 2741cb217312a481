//! Nodes that only show something: texts, pictures, links, blocks of data.

use crate::components::page_link::PageLink;
use crate::hooks::use_i18n;
use crate::model::form::layout::Node;
use crate::model::next::Place;
use crate::services::browser;
use identity_api::ui::Attributes;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct StillProps {
    pub node: Node,
}

/// A node without a field.
#[component]
pub fn Still(props: &StillProps) -> Html {
    let i18n = use_i18n();
    let label = props
        .node
        .meta
        .label
        .as_ref()
        .map(|label| i18n.message(label, None));
    match &props.node.attributes {
        Attributes::Text(text) => html! {
            <div class="field" id={text.id.clone()}>
                if let Some(label) = label {
                    <p class="muted">{ label }</p>
                }
                <p>{ i18n.message(&text.text, None) }</p>
            </div>
        },
        Attributes::Img(image) => html! {
            <img id={image.id.clone()} src={image.src.clone()} alt={label.unwrap_or_default()}
                width={image.width.to_string()} height={image.height.to_string()} />
        },
        Attributes::A(link) => {
            let text = i18n.message(&link.title, None);
            match Place::of(&link.href, &browser::origin()) {
                Some(Place::Page(path)) => html! {
                    <PageLink class="button button-primary button-wide" to={path}>{ text }</PageLink>
                },
                Some(Place::Elsewhere(address)) => html! {
                    <a class="button button-primary button-wide" href={address}>{ text }</a>
                },
                None => html! {},
            }
        }
        Attributes::Div(block) => html! {
            <div id={block.id.clone()} class={block.class.clone()}></div>
        },
        Attributes::Input(_) | Attributes::Script(_) => html! {},
    }
}
