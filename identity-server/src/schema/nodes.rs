//! The form fields that ask for the traits.

use super::IdentitySchema;
use super::fields::{Field, FieldType};
use identity_api::ui::{InputAttributes, InputOption, InputType, NodeGroup};
use identity_api::{UiNode, UiText, messages};
use serde_json::Value;

/// The longest list of choices that becomes options of a field, as in Kratos.
const MAX_OPTIONS: usize = 500;

impl IdentitySchema {
    /// The fields of the traits in the order of the document.
    #[must_use]
    pub fn trait_nodes(&self) -> Vec<UiNode> {
        self.form_fields().map(node).collect()
    }

    /// The label of a sign-in field: that of the only identifier trait, else a general one.
    #[must_use]
    pub fn identifier_label(&self) -> UiText {
        let mut identifiers = self.fields.iter().filter(|field| !field.extension.identifier_of.is_empty());
        match (identifiers.next(), identifiers.next()) {
            (Some(field), None) => {
                title(field).map_or_else(messages::label_id, |title| messages::label_generated(title, &field.name()))
            }
            _ => messages::label_id(),
        }
    }
}

fn title(field: &Field) -> Option<&str> {
    field.schema.get("title").and_then(Value::as_str).filter(|title| !title.is_empty())
}

fn node(field: &Field) -> UiNode {
    let (input_type, autocomplete) = match (field.kind, field.format()) {
        (FieldType::Boolean, _) => (InputType::Checkbox, None),
        (FieldType::Integer | FieldType::Number, _) => (InputType::Number, None),
        (FieldType::Text, Some("email")) => (InputType::Email, Some("email")),
        (FieldType::Text, Some("tel")) => (InputType::Tel, Some("tel")),
        (FieldType::Text, Some("uri")) => (InputType::Url, Some("url")),
        (FieldType::Text, Some("date")) => (InputType::Date, None),
        (FieldType::Text, Some("date-time")) => (InputType::DatetimeLocal, None),
        _ => (InputType::Text, None),
    };
    let options = match field.schema.get("enum").and_then(Value::as_array) {
        Some(values) if values.len() <= MAX_OPTIONS => {
            values.iter().map(|value| InputOption { value: value.clone(), label: None }).collect()
        }
        _ => Vec::new(),
    };
    let attributes = InputAttributes {
        name: field.name(),
        input_type,
        required: field.required,
        autocomplete: autocomplete.map(str::to_owned),
        pattern: field.schema.get("pattern").and_then(Value::as_str).map(str::to_owned),
        options,
        ..InputAttributes::default()
    };
    let node = UiNode::input(NodeGroup::Default, attributes);
    match title(field) {
        Some(title) => node.labelled(messages::label_generated(title, &field.name())),
        None => node,
    }
}
