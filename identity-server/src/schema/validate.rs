//! Checking traits, with the faults in Kratos' message ids and contexts.

use super::extension::Via;
use super::{IdentitySchema, formats};
use identity_api::{UiText, messages};
use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::{Value, json};
use std::collections::HashSet;

/// One fault and the field that it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldFault {
    /// The field's name, e.g. `traits.email`; empty for the whole form.
    pub name: String,
    /// What is wrong.
    pub message: UiText,
}

impl IdentitySchema {
    /// Every fault of `traits`; none when they are valid.
    #[must_use]
    pub fn validate(&self, traits: &Value) -> Vec<FieldFault> {
        let document = json!({ "traits": traits });
        let mut faults = Faults::default();
        let errors: Vec<_> = self.validator.iter_errors(&document).collect();
        faults.collect(&errors);
        let mut faults = faults.in_order();
        self.check_addresses(traits, &mut faults);
        faults
    }

    /// Texts that mail or messages go to must be addresses, whether their format says so or not; `no-validate` waives
    /// that, as in Kratos.
    fn check_addresses(&self, traits: &Value, faults: &mut Vec<FieldFault>) {
        for field in &self.fields {
            let Some(via) = field.extension.address_via() else {
                continue;
            };
            if matches!(field.format(), Some("no-validate" | "email" | "tel")) {
                continue;
            }
            for text in field.values(traits).into_iter().filter_map(Value::as_str) {
                let message = match via {
                    Via::Email if !formats::is_email(text) => messages::invalid_email(text),
                    Via::Sms if !formats::is_phone(text) => messages::invalid_phone(text),
                    _ => continue,
                };
                faults.push(FieldFault { name: field.name(), message });
            }
        }
    }
}

/// The faults as they are found, with what decides their order and whether they count.
#[derive(Default)]
struct Faults {
    found: Vec<(usize, FieldFault)>,
}

impl Faults {
    fn collect(&mut self, errors: &[ValidationError<'_>]) {
        // A value of the wrong type has no other faults: Kratos' validator stops there.
        let mistyped: HashSet<(String, String)> = errors
            .iter()
            .filter(|error| matches!(error.kind(), Kind::Type { .. }))
            .map(|error| (error.instance_path().as_str().to_owned(), parent(error.schema_path().as_str()).to_owned()))
            .collect();
        for error in errors {
            let place = (error.instance_path().as_str().to_owned(), parent(error.schema_path().as_str()).to_owned());
            if matches!(error.kind(), Kind::Type { .. }) || !mistyped.contains(&place) {
                self.add(error);
            }
        }
    }

    fn add(&mut self, error: &ValidationError<'_>) {
        match error.kind() {
            Kind::AnyOf { context } | Kind::OneOfNotValid { context }
                if context.iter().any(|part| !part.is_empty()) =>
            {
                context.iter().for_each(|part| self.collect(part));
            }
            Kind::PropertyNames { error } => self.add(error),
            _ => {
                let (rank, fault) = translate(error);
                if !self.found.iter().any(|(_, known)| *known == fault) {
                    self.found.push((rank, fault));
                }
            }
        }
    }

    /// In the order of Kratos' validator: by field as found, and within a field by keyword.
    fn in_order(self) -> Vec<FieldFault> {
        let mut names: Vec<String> = Vec::new();
        for (_, fault) in &self.found {
            if !names.contains(&fault.name) {
                names.push(fault.name.clone());
            }
        }
        let mut found = self.found;
        found.sort_by_key(|(rank, fault)| (names.iter().position(|name| *name == fault.name), *rank));
        found.into_iter().map(|(_, fault)| fault).collect()
    }
}

/// The fault in the contract's words, and its rank among the faults of one field.
fn translate(error: &ValidationError<'_>) -> (usize, FieldFault) {
    let value: &Value = error.instance();
    let mut name = dotted(error.instance_path().as_str());
    let (rank, message) = match error.kind() {
        Kind::Type { kind } => (0, messages::wrong_type(&type_names(kind), type_of(value))),
        Kind::Constant { expected_value } if expected_value.is_object() || expected_value.is_array() => {
            (1, messages::constant_generic())
        }
        Kind::Constant { expected_value } => (1, messages::constant(expected_value)),
        Kind::Enum { options } => (2, messages::generic(&format!("value must be one of {}", list(options)))),
        Kind::Format { format } => (3, bad_format(format, value)),
        Kind::Not { .. } => (4, messages::generic("not failed")),
        Kind::AnyOf { .. } => (5, messages::generic("anyOf failed")),
        Kind::OneOfNotValid { .. } => (6, messages::generic("oneOf failed")),
        Kind::OneOfMultipleValid { .. } => {
            (6, messages::generic("oneOf failed: the value is valid against more than one of the schemas"))
        }
        Kind::MinProperties { limit } => (7, messages::generic(&properties("minimum", *limit, value))),
        Kind::MaxProperties { limit } => (7, messages::generic(&properties("maximum", *limit, value))),
        Kind::Required { property } => {
            let property = property.as_str().unwrap_or_default();
            name = if name.is_empty() { property.to_owned() } else { format!("{name}.{property}") };
            (8, messages::required(property))
        }
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            let names: Vec<String> = unexpected.iter().map(|name| json!(name).to_string()).collect();
            (9, messages::generic(&format!("additionalProperties {} not allowed", names.join(", "))))
        }
        Kind::MinItems { limit } => (10, messages::min_items(*limit, length(value))),
        Kind::MaxItems { limit } => (10, messages::max_items(*limit, length(value))),
        Kind::UniqueItems => {
            let (first, second) = twins(value).unwrap_or_default();
            (11, messages::unique_items(first, second))
        }
        Kind::AdditionalItems { limit } => {
            let text = format!("only {limit} items are allowed, but found {} items", length(value));
            (12, messages::generic(&text))
        }
        Kind::Contains => (13, messages::generic("contains failed")),
        Kind::MinLength { limit } => (14, messages::min_length(*limit, length(value))),
        Kind::MaxLength { limit } => (14, messages::max_length(*limit, length(value))),
        Kind::Pattern { pattern } => (15, messages::pattern(pattern)),
        Kind::Minimum { limit } => (16, messages::minimum(limit, value)),
        Kind::ExclusiveMinimum { limit } => (16, messages::exclusive_minimum(limit, value)),
        Kind::Maximum { limit } => (17, messages::maximum(limit, value)),
        Kind::ExclusiveMaximum { limit } => (17, messages::exclusive_maximum(limit, value)),
        Kind::MultipleOf { multiple_of } => (18, messages::multiple_of(&json!(multiple_of), value)),
        Kind::FalseSchema => (19, messages::generic("always fail")),
        // `masked` keeps the value out of the text; what is left are rare keywords and errors of the regex engine.
        _ => (20, messages::generic(&error.masked().to_string())),
    };
    (rank, FieldFault { name, message })
}

/// An empty address is "not valid" (4000001), any other text is "not an e-mail address" (4000040).
fn bad_format(format: &str, value: &Value) -> UiText {
    match (format, value.as_str()) {
        ("email", Some(text)) if !text.is_empty() => messages::invalid_email(text),
        ("tel", Some(text)) if !text.is_empty() => messages::invalid_phone(text),
        _ => messages::generic(&format!("{value} is not valid {}", json!(format))),
    }
}

/// A JSON pointer as a field name.
fn dotted(pointer: &str) -> String {
    let names: Vec<String> =
        pointer.split('/').skip(1).map(|name| name.replace("~1", "/").replace("~0", "~")).collect();
    names.join(".")
}

fn parent(pointer: &str) -> &str {
    pointer.rsplit_once('/').map_or("", |(parent, _)| parent)
}

fn list(options: &Value) -> String {
    let options: Vec<String> = options.as_array().into_iter().flatten().map(Value::to_string).collect();
    options.join(", ")
}

fn properties(bound: &str, limit: u64, value: &Value) -> String {
    let found = value.as_object().map_or(0, serde_json::Map::len);
    format!("{bound} {limit} properties allowed, but found {found} properties")
}

fn length(value: &Value) -> u64 {
    let length = match value {
        Value::String(text) => text.chars().count(),
        Value::Array(items) => items.len(),
        _ => 0,
    };
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn twins(value: &Value) -> Option<(usize, usize)> {
    let items = value.as_array()?;
    items.iter().enumerate().find_map(|(later, item)| {
        items.iter().take(later).position(|earlier| earlier == item).map(|earlier| (earlier, later))
    })
}

fn type_names(kind: &TypeKind) -> Vec<String> {
    match kind {
        TypeKind::Single(one) => vec![one.to_string()],
        TypeKind::Multiple(many) => many.iter().map(|one| one.to_string()).collect(),
    }
}

const fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
