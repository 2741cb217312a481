//! The UI node model: a form described as data, so that a client renders methods it has never heard of.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// The form of a flow: where to send it, its fields in order, and messages about the whole form.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UiContainer {
    /// Absolute URL that the form is sent to.
    pub action: String,
    /// HTTP method of the form, upper case; `POST` but for the last screen of a verification.
    pub method: String,
    /// The fields. Kratos sends `null` when there are none.
    #[serde(default, serialize_with = "nodes_or_null", deserialize_with = "null_as_empty")]
    pub nodes: Vec<UiNode>,
    /// Messages about the form as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "null_as_empty")]
    pub messages: Vec<UiText>,
}

fn nodes_or_null<S: Serializer>(nodes: &[UiNode], serializer: S) -> Result<S::Ok, S::Error> {
    if nodes.is_empty() { serializer.serialize_none() } else { serializer.collect_seq(nodes) }
}

fn null_as_empty<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl UiContainer {
    /// The first node whose field name or id is `id`.
    #[must_use]
    pub fn node(&self, id: &str) -> Option<&UiNode> {
        self.nodes.iter().find(|node| node.id() == id)
    }

    /// The same, to change it.
    pub fn node_mut(&mut self, id: &str) -> Option<&mut UiNode> {
        self.nodes.iter_mut().find(|node| node.id() == id)
    }
}

/// One field, picture, link, text or script of a form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UiNode {
    /// Repeats `attributes.node_type`.
    #[serde(rename = "type")]
    pub kind: NodeType,
    /// The method that the node belongs to.
    pub group: NodeGroup,
    /// What the node is, by its type.
    pub attributes: Attributes,
    /// Messages about this node; always present, mostly empty.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub messages: Vec<UiText>,
    /// Its label.
    #[serde(default)]
    pub meta: Meta,
}

impl UiNode {
    /// A node of `attributes`, without messages and label.
    #[must_use]
    pub fn new(group: NodeGroup, attributes: Attributes) -> Self {
        Self { kind: attributes.node_type(), group, attributes, messages: Vec::new(), meta: Meta::default() }
    }

    /// An input node.
    #[must_use]
    pub fn input(group: NodeGroup, attributes: InputAttributes) -> Self {
        Self::new(group, Attributes::Input(attributes))
    }

    /// The same node with `label`.
    #[must_use]
    pub fn labelled(mut self, label: UiText) -> Self {
        self.meta.label = Some(label);
        self
    }

    /// The field name of an input, the id of anything else.
    #[must_use]
    pub fn id(&self) -> &str {
        match &self.attributes {
            Attributes::Input(a) => &a.name,
            Attributes::Text(a) => &a.id,
            Attributes::Img(a) => &a.id,
            Attributes::A(a) => &a.id,
            Attributes::Script(a) => &a.id,
            Attributes::Div(a) => &a.id,
        }
    }

    /// The attributes of an input node.
    #[must_use]
    pub fn as_input(&self) -> Option<&InputAttributes> {
        match &self.attributes {
            Attributes::Input(a) => Some(a),
            _ => None,
        }
    }

    /// The same, to change them.
    pub fn as_input_mut(&mut self) -> Option<&mut InputAttributes> {
        match &mut self.attributes {
            Attributes::Input(a) => Some(a),
            _ => None,
        }
    }
}

/// The kind of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each name is that of the HTML element")]
pub enum NodeType {
    Input,
    Text,
    Img,
    A,
    Script,
    Div,
}

/// The group of a node: the method that answers for it, or `default` for what all methods share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each name is that of a method")]
pub enum NodeGroup {
    Default,
    Password,
    Oidc,
    Profile,
    Code,
    Link,
    Totp,
    LookupSecret,
    Webauthn,
    Passkey,
    IdentifierFirst,
    Captcha,
    Saml,
    Deviceauthn,
    Oauth2Consent,
    /// A group that this version does not know; clients render it like any other.
    #[serde(other)]
    Other,
}

impl NodeGroup {
    /// The group's name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Password => "password",
            Self::Oidc => "oidc",
            Self::Profile => "profile",
            Self::Code => "code",
            Self::Link => "link",
            Self::Totp => "totp",
            Self::LookupSecret => "lookup_secret",
            Self::Webauthn => "webauthn",
            Self::Passkey => "passkey",
            Self::IdentifierFirst => "identifier_first",
            Self::Captcha => "captcha",
            Self::Saml => "saml",
            Self::Deviceauthn => "deviceauthn",
            Self::Oauth2Consent => "oauth2_consent",
            Self::Other => "other",
        }
    }
}

/// What a node is made of, by type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "node_type", rename_all = "lowercase")]
#[cfg_attr(target_pointer_width = "64", expect(clippy::large_enum_variant, reason = "nearly every node is an input"))]
#[expect(missing_docs, reason = "each name is that of the HTML element")]
pub enum Attributes {
    Input(InputAttributes),
    Text(TextAttributes),
    Img(ImgAttributes),
    A(AnchorAttributes),
    Script(ScriptAttributes),
    Div(DivAttributes),
}

impl Attributes {
    /// The node type that these attributes make.
    #[must_use]
    pub const fn node_type(&self) -> NodeType {
        match self {
            Self::Input(_) => NodeType::Input,
            Self::Text(_) => NodeType::Text,
            Self::Img(_) => NodeType::Img,
            Self::A(_) => NodeType::A,
            Self::Script(_) => NodeType::Script,
            Self::Div(_) => NodeType::Div,
        }
    }
}

/// An input, or a button.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InputAttributes {
    /// The field's name in the submit body.
    pub name: String,
    /// The HTML input type.
    #[serde(rename = "type")]
    pub input_type: InputType,
    /// Its value: text, number, boolean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// Whether it must be filled in; left out when not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// The HTML `autocomplete` hint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autocomplete: Option<String>,
    /// A label of the input itself, beside the node's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<UiText>,
    /// A regular expression that the value must match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Whether it can be changed; always present.
    #[serde(default)]
    pub disabled: bool,
    /// JavaScript for older clients; ours use the triggers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub onclick: Option<String>,
    /// The name of a function of `webauthn.js` to call on click.
    #[serde(default, rename = "onclickTrigger", skip_serializing_if = "Option::is_none")]
    pub onclick_trigger: Option<String>,
    /// JavaScript for older clients; ours use the triggers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub onload: Option<String>,
    /// The name of a function of `webauthn.js` to call when the form is shown.
    #[serde(default, rename = "onloadTrigger", skip_serializing_if = "Option::is_none")]
    pub onload_trigger: Option<String>,
    /// The longest value, in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maxlength: Option<u32>,
    /// The shortest value, in characters. Not in Kratos: a new password carries the policy's minimum, so that the
    /// form can name it before the first refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minlength: Option<u32>,
    /// The values to choose from, for an `enum` of the schema.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "null_as_empty")]
    pub options: Vec<InputOption>,
}

/// One value of an `enum`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputOption {
    /// The value itself.
    pub value: Value,
    /// How it is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<UiText>,
}

/// The HTML type of an input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each name is that of the HTML input type")]
pub enum InputType {
    #[default]
    Text,
    Password,
    Number,
    Checkbox,
    Hidden,
    Email,
    Tel,
    Submit,
    Button,
    DatetimeLocal,
    Date,
    Url,
}

/// A text to show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TextAttributes {
    /// The element's id.
    pub id: String,
    /// The text.
    pub text: UiText,
}

/// A picture, e.g. the QR code of an authenticator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImgAttributes {
    /// The element's id.
    pub id: String,
    /// Its source, mostly a `data:` URL.
    pub src: String,
    /// Width in CSS pixels.
    pub width: u32,
    /// Height in CSS pixels.
    pub height: u32,
}

/// A link.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnchorAttributes {
    /// The element's id.
    pub id: String,
    /// Where it leads.
    pub href: String,
    /// Its text.
    pub title: UiText,
}

/// A script to load.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each name is that of the HTML attribute")]
pub struct ScriptAttributes {
    pub id: String,
    pub src: String,
    #[serde(rename = "async")]
    pub is_async: bool,
    pub referrerpolicy: String,
    pub crossorigin: String,
    pub integrity: String,
    #[serde(rename = "type")]
    pub script_type: String,
    pub nonce: String,
}

/// A block that carries data for a script.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DivAttributes {
    /// The element's id.
    pub id: String,
    /// Its CSS class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Its data attributes.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub data: serde_json::Map<String, Value>,
}

/// A node's label.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    /// The label, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<UiText>,
}

/// A message: its id and context are the contract, its text is English prose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UiText {
    /// The message id; see [`crate::messages`].
    pub id: u32,
    /// The English text.
    pub text: String,
    /// How grave it is.
    #[serde(rename = "type")]
    pub kind: TextType,
    /// The values in the text, for translations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Value>,
}

/// How grave a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum TextType {
    Info,
    Error,
    Success,
}
