//! Reads the server's JSON.
//!
//! By hand: derived readers of the same types would be a third of the bundle, since each is compiled once for every
//! way in which it can be nested. The tests hold these against the types' own writers. Readers are lenient where a
//! later server may know more: unknown groups and input types are drawn like ordinary ones, unknown nodes left out.

use identity_api::ui::{
    AnchorAttributes, Attributes, DivAttributes, ImgAttributes, InputAttributes, InputOption, InputType, Meta,
    NodeGroup, ScriptAttributes, TextAttributes, TextType, UiContainer, UiNode, UiText,
};
use serde_json::Value;

/// A member that is text.
#[must_use]
pub fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key)?.as_str().map(str::to_owned)
}

/// A member that is text, or nothing.
#[must_use]
pub fn text_or_empty(value: &Value, key: &str) -> String {
    text(value, key).unwrap_or_default()
}

/// A member that is `true`.
#[must_use]
pub fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or_default()
}

/// A member that is a small number.
#[must_use]
pub fn number(value: &Value, key: &str) -> Option<u32> {
    value.get(key)?.as_u64().and_then(|number| u32::try_from(number).ok())
}

/// The items of a member that is a list; `null` and its lack are an empty one.
pub fn list<'v>(value: &'v Value, key: &str) -> std::slice::Iter<'v, Value> {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default().iter()
}

/// The form of a flow; `None` when there is no address to send it to.
#[must_use]
pub fn ui(value: &Value) -> Option<UiContainer> {
    Some(UiContainer {
        action: text(value, "action")?,
        method: text_or_empty(value, "method"),
        nodes: list(value, "nodes").filter_map(node).collect(),
        messages: messages(value),
    })
}

fn messages(value: &Value) -> Vec<UiText> {
    list(value, "messages").filter_map(message).collect()
}

/// A message or a label.
#[must_use]
pub fn message(value: &Value) -> Option<UiText> {
    Some(UiText {
        id: number(value, "id")?,
        text: text(value, "text")?,
        kind: match value.get("type").and_then(Value::as_str) {
            Some("error") => TextType::Error,
            Some("success") => TextType::Success,
            _ => TextType::Info,
        },
        context: value.get("context").cloned(),
    })
}

fn node(value: &Value) -> Option<UiNode> {
    let made = value.get("attributes")?;
    let kind = made.get("node_type").or_else(|| value.get("type"))?.as_str()?;
    let mut node = UiNode::new(group(value.get("group")?.as_str()?), attributes(kind, made)?);
    node.messages = messages(value);
    node.meta = Meta { label: value.pointer("/meta/label").and_then(message) };
    Some(node)
}

fn group(name: &str) -> NodeGroup {
    const ALL: [NodeGroup; 15] = [
        NodeGroup::Default,
        NodeGroup::Password,
        NodeGroup::Oidc,
        NodeGroup::Profile,
        NodeGroup::Code,
        NodeGroup::Link,
        NodeGroup::Totp,
        NodeGroup::LookupSecret,
        NodeGroup::Webauthn,
        NodeGroup::Passkey,
        NodeGroup::IdentifierFirst,
        NodeGroup::Captcha,
        NodeGroup::Saml,
        NodeGroup::Deviceauthn,
        NodeGroup::Oauth2Consent,
    ];
    ALL.into_iter().find(|group| group.as_str() == name).unwrap_or(NodeGroup::Other)
}

fn attributes(kind: &str, value: &Value) -> Option<Attributes> {
    let id = || text_or_empty(value, "id");
    Some(match kind {
        "input" => Attributes::Input(input(value)?),
        "text" => Attributes::Text(TextAttributes { id: id(), text: message(value.get("text")?)? }),
        "img" => Attributes::Img(ImgAttributes {
            id: id(),
            src: text(value, "src")?,
            width: number(value, "width").unwrap_or_default(),
            height: number(value, "height").unwrap_or_default(),
        }),
        "a" => Attributes::A(AnchorAttributes {
            id: id(),
            href: text(value, "href")?,
            title: message(value.get("title")?)?,
        }),
        "script" => Attributes::Script(ScriptAttributes {
            id: id(),
            src: text(value, "src")?,
            is_async: flag(value, "async"),
            referrerpolicy: text_or_empty(value, "referrerpolicy"),
            crossorigin: text_or_empty(value, "crossorigin"),
            integrity: text_or_empty(value, "integrity"),
            script_type: text_or_empty(value, "type"),
            nonce: text_or_empty(value, "nonce"),
        }),
        "div" => Attributes::Div(DivAttributes {
            id: id(),
            class: text(value, "class"),
            data: value.get("data").and_then(Value::as_object).cloned().unwrap_or_default(),
        }),
        _ => return None,
    })
}

fn input(value: &Value) -> Option<InputAttributes> {
    Some(InputAttributes {
        name: text(value, "name")?,
        input_type: match value.get("type")?.as_str()? {
            "password" => InputType::Password,
            "number" => InputType::Number,
            "checkbox" => InputType::Checkbox,
            "hidden" => InputType::Hidden,
            "email" => InputType::Email,
            "tel" => InputType::Tel,
            "submit" => InputType::Submit,
            "button" => InputType::Button,
            "datetime-local" => InputType::DatetimeLocal,
            "date" => InputType::Date,
            "url" => InputType::Url,
            _ => InputType::Text,
        },
        value: value.get("value").filter(|value| !value.is_null()).cloned(),
        required: flag(value, "required"),
        autocomplete: text(value, "autocomplete"),
        label: value.get("label").and_then(message),
        pattern: text(value, "pattern"),
        disabled: flag(value, "disabled"),
        onclick: None,
        onclick_trigger: text(value, "onclickTrigger"),
        onload: None,
        onload_trigger: text(value, "onloadTrigger"),
        maxlength: number(value, "maxlength"),
        minlength: number(value, "minlength"),
        options: list(value, "options").filter_map(option).collect(),
    })
}

fn option(value: &Value) -> Option<InputOption> {
    Some(InputOption { value: value.get("value")?.clone(), label: value.get("label").and_then(message) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::form::samples;
    use identity_api::messages;
    use serde_json::json;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// What the server's own types write is read as what they were.
    fn there_and_back(ui: &UiContainer) {
        let written = serde_json::to_value(ui).expect("it is written");
        assert_eq!(super::ui(&written).as_ref(), Some(ui));
    }

    #[test]
    fn the_servers_own_forms_read_as_they_were() {
        there_and_back(&samples::login());
        there_and_back(&samples::choose_credential());
        there_and_back(&samples::enter_code());
        there_and_back(&samples::ui(Vec::new()));
    }

    #[test]
    fn every_kind_of_node_group_and_input_reads_as_it_was() {
        let label = messages::label_save();
        let mut nodes = vec![
            UiNode::new(NodeGroup::Totp, Attributes::Text(TextAttributes { id: "t".into(), text: label.clone() })),
            UiNode::new(
                NodeGroup::Totp,
                Attributes::Img(ImgAttributes { id: "i".into(), src: "data:".into(), width: 1, height: 2 }),
            ),
            UiNode::new(
                NodeGroup::Code,
                Attributes::A(AnchorAttributes { id: "a".into(), href: "/x".into(), title: label.clone() }),
            ),
            UiNode::new(
                NodeGroup::Webauthn,
                Attributes::Script(ScriptAttributes {
                    id: "s".into(),
                    src: "/s.js".into(),
                    is_async: true,
                    referrerpolicy: "r".into(),
                    crossorigin: "c".into(),
                    integrity: "i".into(),
                    script_type: "t".into(),
                    nonce: "n".into(),
                }),
            ),
            UiNode::new(
                NodeGroup::Captcha,
                Attributes::Div(DivAttributes {
                    id: "d".into(),
                    class: Some("c".into()),
                    data: json!({"a": "b"}).as_object().cloned().unwrap_or_default(),
                }),
            ),
        ];
        let types = [
            InputType::Text,
            InputType::Password,
            InputType::Number,
            InputType::Checkbox,
            InputType::Hidden,
            InputType::Email,
            InputType::Tel,
            InputType::Submit,
            InputType::Button,
            InputType::DatetimeLocal,
            InputType::Date,
            InputType::Url,
        ];
        let groups = [NodeGroup::Saml, NodeGroup::Deviceauthn, NodeGroup::Oauth2Consent, NodeGroup::Link];
        for (at, input_type) in types.into_iter().enumerate() {
            let mut node = samples::node(groups[at % groups.len()], "x", input_type);
            if let Some(input) = node.as_input_mut() {
                input.value = Some(json!(at));
                input.required = true;
                input.disabled = true;
                input.autocomplete = Some("off".into());
                input.label = Some(label.clone());
                input.pattern = Some("p".into());
                input.onclick_trigger = Some("oryClick".into());
                input.onload_trigger = Some("oryLoad".into());
                input.maxlength = Some(9);
                input.minlength = Some(1);
                input.options = vec![InputOption { value: json!(1), label: Some(label.clone()) }];
            }
            node.messages = vec![messages::invalid_credentials(), messages::label_continue()];
            nodes.push(node.labelled(label.clone()));
        }
        let mut ui = samples::ui(nodes);
        ui.messages = vec![messages::password_min_length(8, 3)];
        there_and_back(&ui);
    }

    #[test]
    fn what_a_later_server_adds_does_not_break_a_form() {
        let read = super::ui(&json!({"action": "/x", "nodes": [
            {"type": "hologram", "group": "default", "attributes": {"node_type": "hologram"}},
            {"type": "input", "group": "telepathy",
             "attributes": {"node_type": "input", "name": "n", "type": "colour", "value": null}},
        ]}));
        let read = read.expect("a form");
        assert_eq!(read.nodes.len(), 1);
        assert_eq!(read.nodes[0].group, NodeGroup::Other);
        let input = read.nodes[0].as_input().expect("an input");
        assert_eq!((input.input_type, &input.value), (InputType::Text, &None));
        assert_eq!(super::ui(&json!({"nodes": []})), None);
    }
}
