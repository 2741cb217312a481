//! Compiling a schema document.

use super::SchemaError;
use super::extension::Extension;
use super::fields::{Field, FieldType, Walked, walk};
use super::formats;
use jsonschema::{Draft, Validator};
use serde_json::Value;

/// An identity schema, ready to use.
#[derive(Debug)]
pub struct IdentitySchema {
    id: String,
    raw: Value,
    warnings: Vec<String>,
    pub(super) validator: Validator,
    pub(super) fields: Vec<Field>,
    pub(super) objects: Vec<Vec<String>>,
}

impl IdentitySchema {
    /// Compiles `document`, which came from `source` (a file name or URL, for error messages).
    ///
    /// # Errors
    /// When the document is no JSON Schema, has no `properties.traits`, refers outside itself, or an
    /// `ory.sh/kratos` extension is malformed.
    pub fn compile(id: &str, document: Value, source: &str) -> Result<Self, SchemaError> {
        let error = |pointer: &str, problem: String| SchemaError {
            id: id.into(),
            source_name: source.into(),
            pointer: pointer.into(),
            problem,
        };
        if !document.is_object() {
            return Err(error("", "found no JSON object, expected a JSON Schema document".into()));
        }
        if !document.pointer("/properties/traits").is_some_and(Value::is_object) {
            let problem = "expected the schema of the traits here; put your properties below \
                           {\"type\": \"object\", \"properties\": {\"traits\": {\"type\": \"object\", \"properties\": …}}}";
            return Err(error("/properties/traits", problem.into()));
        }
        let validator = jsonschema::options()
            .with_draft(draft_of(&document))
            .should_validate_formats(true)
            .should_ignore_unknown_formats(true)
            .with_format("email", |text: &str| formats::is_email(text))
            .with_format("tel", |text: &str| formats::is_phone(text))
            .build(&without_dialect(&document))
            .map_err(|fault| error(fault.instance_path().as_str(), format!("this is no valid JSON Schema: {fault}")))?;
        let mut walked = walk(&document).map_err(|fault| Walked::error(id, source, fault))?;
        if !walked.extended {
            default_identifier(&mut walked);
        }
        for field in &walked.fields {
            if field.extension.identifier_of.is_empty() && field.extension.address_via().is_none() {
                continue;
            }
            if matches!(field.kind, FieldType::Boolean | FieldType::Object | FieldType::Array) {
                let problem = format!("{} is an identifier or address, so it must be a text", field.name());
                return Err(error("/properties/traits", problem));
            }
        }
        Ok(Self {
            id: id.into(),
            raw: document,
            warnings: walked.warnings,
            validator,
            fields: walked.fields,
            objects: walked.objects,
        })
    }

    /// The schema's id in the configuration.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The document as it was read.
    #[must_use]
    pub fn raw(&self) -> &Value {
        &self.raw
    }

    /// What the operator should know although the schema works.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The fields that a form can have: no objects, nothing inside arrays.
    pub(super) fn form_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| !field.in_array && field.kind != FieldType::Object)
    }
}

/// Without any extension nobody could ever sign in, so the obvious property is taken.
fn default_identifier(walked: &mut Walked) {
    let text = |field: &&mut Field| field.kind == FieldType::Text && !field.in_array;
    let by_format = walked.fields.iter().position(|field| field.format() == Some("email") && !field.in_array);
    let by_name = || walked.fields.iter().position(|field| field.path.len() == 1 && field.path[0] == "email");
    let found = by_format.or_else(by_name);
    match found.and_then(|index| walked.fields.get_mut(index)).filter(text) {
        Some(field) => {
            field.extension = Extension::of_lone_email();
            let name = field.name();
            walked.warnings.push(format!(
                "no property has the \"ory.sh/kratos\" extension, so {name} is taken as identifier of the password \
                 and as address for verification and recovery; add the extension to say otherwise"
            ));
        }
        None => walked.warnings.push(
            "no property has the \"ory.sh/kratos\" extension and none is an e-mail address, so nobody can sign in \
             with a password; mark the identifier with {\"ory.sh/kratos\": {\"credentials\": {\"password\": \
             {\"identifier\": true}}}}"
                .into(),
        ),
    }
}

fn draft_of(document: &Value) -> Draft {
    let dialect = document.get("$schema").and_then(Value::as_str).unwrap_or_default();
    let known = [
        ("draft-04", Draft::Draft4),
        ("draft-06", Draft::Draft6),
        ("draft-07", Draft::Draft7),
        ("2019-09", Draft::Draft201909),
        ("2020-12", Draft::Draft202012),
    ];
    known.into_iter().find(|(name, _)| dialect.contains(name)).map_or(Draft::Draft7, |(_, draft)| draft)
}

/// The document without `$schema`, whose spelling varies (`https`, no `#`), and without `$id`, which would turn
/// local references into remote ones.
fn without_dialect(document: &Value) -> Value {
    let mut document = document.clone();
    if let Some(map) = document.as_object_mut() {
        map.shift_remove("$schema");
        map.shift_remove("$id");
        map.shift_remove("id");
    }
    document
}
