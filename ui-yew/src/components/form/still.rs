//! Nodes that only show something: texts, pictures, links, blocks of data.

use super::codes;
use crate::components::page_link::page_link;
use crate::i18n::{I18n, texts};
use crate::model::form::layout::Node;
use crate::model::next::Place;
use crate::services::browser;
use identity_api::UiText;
use identity_api::ui::Attributes;
use yew::prelude::*;

/// What a node without a field takes from the form that it stands in.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    /// Whose settings they are.
    pub(super) account: Option<&'a str>,
    /// Whether backup codes that are shown must still be taken over.
    pub(super) are_codes_new: bool,
}

/// A node without a field.
pub(super) fn still(node: &Node, part: Part, i18n: &I18n) -> Html {
    let label = node.meta.label.as_ref().map(|label| i18n.message(label, None));
    match &node.attributes {
        Attributes::Text(text) => html! {
            <div key={text.id.clone()} class="field" id={text.id.clone()}>
                if let Some(label) = label {
                    <p class="muted">{ label }</p>
                }
                { shown(&text.text, part, i18n) }
            </div>
        },
        Attributes::Img(image) => html! {
            <img key={image.id.clone()} class="qr" id={image.id.clone()} src={image.src.clone()} alt={label.unwrap_or_default()}
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
fn shown(text: &UiText, part: Part, i18n: &I18n) -> Html {
    if let Some(codes) = codes::show(text, part.are_codes_new, i18n) {
        return codes;
    }
    let context = text.context.as_ref();
    if context.is_some_and(|context| context.get("secret").is_some()) {
        return html! {
            <>
                <p class="secret" translate="no"><code>{ text.text.clone() }</code></p>
                <div class="buttons-row">{ codes::copy_button(text.text.clone(), i18n) }</div>
                if let Some(account) = part.account {
                    <p class="muted">{ i18n.with(&texts::TOTP_ACCOUNT, &[("account", account)]) }</p>
                }
            </>
        };
    }
    html! { <p>{ i18n.message(text, None) }</p> }
}
