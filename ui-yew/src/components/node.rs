//! Nodes that are not filled in: texts, pictures, links, blocks of data.

use identity_api::UiNode;
use identity_api::ui::{AnchorAttributes, Attributes, DivAttributes, ImgAttributes, TextAttributes};
use web_sys::Element;
use yew::prelude::*;

use super::alert;
use super::script::Script;
use crate::logic::fields;
use crate::logic::url::is_place;
use crate::logic::values::text_of;

/// Shows such a node.
pub fn show(node: &UiNode, on_script: &Callback<()>) -> Html {
    let content = match &node.attributes {
        Attributes::Text(text) => show_text(node, text),
        Attributes::Img(image) => picture(node, image),
        Attributes::A(link) => anchor(link),
        Attributes::Script(script) => {
            html! { <Script attributes={script.clone()} onload={on_script.clone()} /> }
        }
        Attributes::Div(block) => html! { <Block attributes={block.clone()} /> },
        Attributes::Input(_) => return Html::default(),
    };
    html! { <>{ content }{ alert::messages(&node.messages) }</> }
}

/// A text: backup codes as a list, a secret so that it can be copied, anything else as prose.
fn show_text(node: &UiNode, text: &TextAttributes) -> Html {
    let label = fields::label(node);
    let caption = (!label.is_empty()).then(|| html! { <p class="caption">{ label }</p> });
    let context = text.text.context.as_ref();
    let secrets = context.and_then(|context| context.get("secrets")).and_then(|secrets| secrets.as_array());
    let body = match secrets {
        Some(secrets) => {
            let code = |secret: &serde_json::Value| {
                let text = secret.get("text").map(text_of).unwrap_or_default();
                html! { <li><code>{ text }</code></li> }
            };
            html! { <ul class="codes">{ for secrets.iter().map(code) }</ul> }
        }
        None if context.is_some_and(|context| context.get("secret").is_some()) => {
            html! { <p class="secret"><code>{ text.text.text.clone() }</code></p> }
        }
        None => html! { <p>{ text.text.text.clone() }</p> },
    };
    html! { <div id={text.id.clone()} class="text">{ caption }{ body }</div> }
}

fn picture(node: &UiNode, image: &ImgAttributes) -> Html {
    let label = fields::label(node);
    let alt = if label.is_empty() { "Picture".to_owned() } else { label };
    html! {
        <img id={image.id.clone()} class="picture" src={image.src.clone()} {alt}
            width={image.width.to_string()} height={image.height.to_string()} />
    }
}

fn anchor(link: &AnchorAttributes) -> Html {
    let href = is_place(&link.href).then(|| link.href.clone());
    html! { <a id={link.id.clone()} class="button button-primary" {href}>{ link.title.text.clone() }</a> }
}

#[derive(Properties, PartialEq)]
struct BlockProps {
    attributes: DivAttributes,
}

/// A block of data for a script.
#[component]
fn Block(props: &BlockProps) -> Html {
    let element = use_node_ref();
    {
        let element = element.clone();
        use_effect_with(props.attributes.clone(), move |attributes| {
            let Some(element) = element.cast::<Element>() else {
                return;
            };
            for (name, value) in &attributes.data {
                let _ = element.set_attribute(&format!("data-{name}"), &text_of(value));
            }
        });
    }
    html! { <div ref={element} id={props.attributes.id.clone()} class={props.attributes.class.clone()} /> }
}
