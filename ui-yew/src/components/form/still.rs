//! Nodes that only show something: texts, pictures, links, blocks of data.

use crate::components::page_link::page_link;
use crate::i18n::I18n;
use crate::model::form::layout::Node;
use crate::model::next::Place;
use crate::services::browser;
use identity_api::UiText;
use identity_api::ui::Attributes;
use yew::prelude::*;

/// A node without a field.
pub(super) fn still(node: &Node, i18n: &I18n) -> Html {
    let label = node.meta.label.as_ref().map(|label| i18n.message(label, None));
    match &node.attributes {
        Attributes::Text(text) => html! {
            <div key={text.id.clone()} class="field" id={text.id.clone()}>
                if let Some(label) = label {
                    <p class="muted">{ label }</p>
                }
                { shown(&text.text, i18n) }
            </div>
        },
        Attributes::Img(image) => html! {
            <img key={image.id.clone()} id={image.id.clone()} src={image.src.clone()} alt={label.unwrap_or_default()}
                width={image.width.to_string()} height={image.height.to_string()} />
        },
        Attributes::A(link) => {
            let text = i18n.message(&link.title, None);
            match Place::of(&link.href, &browser::origin()) {
                Some(Place::Page(path)) => page_link(path, "button button-primary button-wide", text.into()),
                Some(Place::Elsewhere(address)) => html! {
                    <a key={link.id.clone()} class="button button-primary button-wide" href={address}>{ text }</a>
                },
                None => html! {},
            }
        }
        // Its data are set by the form: their names are not known before.
        Attributes::Div(block) => {
            html! { <div key={block.id.clone()} id={block.id.clone()} class={block.class.clone()}></div> }
        }
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
