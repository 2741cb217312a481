//! Nodes that only show something: texts, pictures, links, blocks of data.

use crate::components::page_link::PageLink;
use crate::hooks::use_i18n;
use crate::model::form::layout::Node;
use crate::model::next::Place;
use crate::services::browser;
use crate::i18n::I18n;
use crate::model::form::role::text_of;
use identity_api::UiText;
use identity_api::ui::{Attributes, DivAttributes};
use web_sys::Element;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct StillProps {
    pub node: Node,
}

/// A node without a field.
#[component]
pub fn Still(props: &StillProps) -> Html {
    let i18n = use_i18n();
    let label = props.node.meta.label.as_ref().map(|label| i18n.message(label, None));
    match &props.node.attributes {
        Attributes::Text(text) => html! {
            <div class="field" id={text.id.clone()}>
                if let Some(label) = label {
                    <p class="muted">{ label }</p>
                }
                { shown(&text.text, &i18n) }
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
        Attributes::Div(block) => html! { <Block block={block.clone()} /> },
        Attributes::Input(_) | Attributes::Script(_) => html! {},
    }
}

/// A text; secrets stand in a type in which letters cannot be mistaken for each other.
fn shown(text: &UiText, i18n: &I18n) -> Html {
    let context = text.context.as_ref();
    if context.is_some_and(|context| context.get("secret").is_some()) {
        return html! { <p class="secret"><code>{ text.text.clone() }</code></p> };
    }
    html! { <p>{ i18n.message(text, None) }</p> }
}

#[derive(Properties, PartialEq)]
struct BlockProps {
    block: DivAttributes,
}

/// A block of data for a script.
#[component]
fn Block(props: &BlockProps) -> Html {
    let element = use_node_ref();
    {
        let element = element.clone();
        use_effect_with(props.block.data.clone(), move |data| {
            if let Some(element) = element.cast::<Element>() {
                for (name, value) in data {
                    let _ = element.set_attribute(&format!("data-{name}"), &text_of(Some(value)));
                }
            }
        });
    }
    html! { <div ref={element} id={props.block.id.clone()} class={props.block.class.clone()}></div> }
}
