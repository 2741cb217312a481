//! The traits of a schema as a flat list, in the order of the document.

use super::SchemaError;
use super::extension::{Extension, KEY};
use serde_json::{Map, Value};

/// How deep traits may be nested; also ends `$ref` circles.
const MAX_DEPTH: usize = 16;

/// What JSON type a field takes, as far as forms are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldType {
    Text,
    Integer,
    Number,
    Boolean,
    Array,
    /// Something that has no field of its own: it is checked, but not asked for.
    Object,
}

/// One trait.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// Property names below `traits`; for items of an array the path of the array.
    pub(super) path: Vec<String>,
    /// The type of the value, or of the items where `in_array`.
    pub(super) kind: FieldType,
    /// Whether this describes the items of the array at `path` and not a field of a form.
    pub(super) in_array: bool,
    /// The names after the array, for objects inside it.
    pub(super) inside: Vec<String>,
    /// The schema of the property, `$ref` resolved.
    pub(super) schema: Map<String, Value>,
    /// Whether its own object requires it.
    pub(super) required: bool,
    pub(super) extension: Extension,
}

impl Field {
    /// The field's name in forms: `traits.name.first`.
    pub(super) fn name(&self) -> String {
        format!("traits.{}", self.path.join("."))
    }

    pub(super) fn format(&self) -> Option<&str> {
        self.schema.get("format").and_then(Value::as_str)
    }

    /// Every value of this trait in `traits`, in order.
    pub(super) fn values<'a>(&self, traits: &'a Value) -> Vec<&'a Value> {
        let Some(value) = dig(traits, &self.path) else {
            return Vec::new();
        };
        if self.in_array {
            let mut found = Vec::new();
            flatten(value, &self.inside, &mut found);
            found
        } else {
            vec![value]
        }
    }

    /// Replaces every text of this trait by what `change` makes of it.
    pub(super) fn rewrite(&self, traits: &mut Value, change: &dyn Fn(&str) -> Option<String>) {
        let mut at = traits;
        for key in &self.path {
            match at.get_mut(key) {
                Some(next) => at = next,
                None => return,
            }
        }
        rewrite(at, &self.inside, change);
    }
}

fn dig<'a>(value: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, key| value.get(key))
}

fn flatten<'a>(value: &'a Value, inside: &[String], found: &mut Vec<&'a Value>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| flatten(item, inside, found)),
        other => found.extend(dig(other, inside)),
    }
}

fn rewrite(value: &mut Value, inside: &[String], change: &dyn Fn(&str) -> Option<String>) {
    match (value, inside) {
        (Value::Array(items), _) => items.iter_mut().for_each(|item| rewrite(item, inside, change)),
        (Value::String(text), []) => {
            if let Some(changed) = change(text) {
                *text = changed;
            }
        }
        (Value::Object(map), [key, rest @ ..]) => {
            if let Some(next) = map.get_mut(key) {
                rewrite(next, rest, change);
            }
        }
        _ => {}
    }
}

/// What the walk over a schema finds.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) fields: Vec<Field>,
    /// The paths of the nested objects, which forms and JSON bodies fill in as `{}`.
    pub(super) objects: Vec<Vec<String>>,
    pub(super) warnings: Vec<String>,
    /// Whether any property has the extension.
    pub(super) extended: bool,
}

/// Where the walk is.
#[derive(Clone, Default)]
struct Place {
    path: Vec<String>,
    inside: Vec<String>,
    in_array: bool,
    required: bool,
    /// The JSON pointer inside the document.
    pointer: String,
    depth: usize,
}

/// Lists the traits of `document`.
///
/// # Errors
/// When an extension is malformed; the pointer names the place.
pub(super) fn walk(document: &Value) -> Result<Walked, (String, String)> {
    let mut walker = Walker { document, out: Walked::default() };
    let place = Place { pointer: "/properties/traits".into(), ..Place::default() };
    if let Some(traits) = document.pointer(&place.pointer) {
        walker.visit(traits, &place)?;
    }
    Ok(walker.out)
}

struct Walker<'a> {
    document: &'a Value,
    out: Walked,
}

impl<'a> Walker<'a> {
    fn resolve(&self, mut schema: &'a Value) -> &'a Value {
        for _ in 0..MAX_DEPTH {
            let Some(reference) = schema.get("$ref").and_then(Value::as_str) else {
                break;
            };
            let Some(target) = reference.strip_prefix('#').and_then(|pointer| self.document.pointer(pointer)) else {
                break;
            };
            schema = target;
        }
        schema
    }

    fn visit(&mut self, schema: &'a Value, place: &Place) -> Result<(), (String, String)> {
        // An extension beside a `$ref` counts although JSON Schema draft 7 ignores what stands beside one.
        let beside = schema.get(KEY);
        let Value::Object(schema) = self.resolve(schema) else {
            return Ok(());
        };
        if place.depth > MAX_DEPTH {
            return Ok(());
        }
        let extension = match beside.or_else(|| schema.get(KEY)) {
            Some(value) => {
                self.out.extended = true;
                let mut warnings = Vec::new();
                let extension = Extension::parse(value, &mut warnings)
                    .map_err(|fault| (format!("{}/{}{}", place.pointer, escape(KEY), fault.pointer), fault.problem))?;
                self.out.warnings.extend(warnings.into_iter().map(|text| format!("{}: {text}", place.pointer)));
                extension
            }
            None => Extension::default(),
        };
        let kind = kind_of(schema);
        let is_root = place.path.is_empty();
        if !is_root {
            if kind == FieldType::Object && !place.in_array && !self.out.objects.contains(&place.path) {
                self.out.objects.push(place.path.clone());
            }
            self.add(Field {
                path: place.path.clone(),
                kind,
                in_array: place.in_array,
                inside: place.inside.clone(),
                schema: schema.clone(),
                required: place.required,
                extension,
            });
        }
        self.descend(schema, place)
    }

    /// Keeps one field per path: `anyOf` and the like may name a property again.
    fn add(&mut self, field: Field) {
        let same = |other: &&mut Field| {
            other.path == field.path && other.in_array == field.in_array && other.inside == field.inside
        };
        match self.out.fields.iter_mut().find(same) {
            Some(known) => {
                known.required |= field.required;
                if known.extension == Extension::default() {
                    known.extension = field.extension;
                }
            }
            None => self.out.fields.push(field),
        }
    }

    fn descend(&mut self, schema: &'a Map<String, Value>, place: &Place) -> Result<(), (String, String)> {
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        if let Some(Value::Object(properties)) = schema.get("properties") {
            for (name, property) in properties {
                let mut next = place.clone();
                if place.in_array {
                    next.inside.push(name.clone())
                } else {
                    next.path.push(name.clone())
                }
                next.required = required.contains(&name.as_str());
                next.pointer = format!("{}/properties/{}", place.pointer, escape(name));
                next.depth += 1;
                self.visit(property, &next)?;
            }
        }
        for key in ["allOf", "anyOf", "oneOf"] {
            for (index, part) in schema.get(key).and_then(Value::as_array).into_iter().flatten().enumerate() {
                let Value::Object(part) = self.resolve(part) else {
                    continue;
                };
                let mut next = place.clone();
                next.pointer = format!("{}/{key}/{index}", place.pointer);
                next.depth += 1;
                if next.depth <= MAX_DEPTH {
                    self.descend(part, &next)?;
                }
            }
        }
        match schema.get("items") {
            Some(items @ Value::Object(_)) if !place.path.is_empty() => {
                let mut next = place.clone();
                next.in_array = true;
                next.pointer.push_str("/items");
                next.depth += 1;
                self.visit(items, &next)
            }
            _ => Ok(()),
        }
    }
}

fn kind_of(schema: &Map<String, Value>) -> FieldType {
    let named = match schema.get("type") {
        Some(Value::String(name)) => Some(name.as_str()),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        _ => None,
    };
    match named {
        Some("integer") => FieldType::Integer,
        Some("number") => FieldType::Number,
        Some("boolean") => FieldType::Boolean,
        Some("array") => FieldType::Array,
        Some("object") => FieldType::Object,
        Some(_) => FieldType::Text,
        None if schema.contains_key("properties") => FieldType::Object,
        None if schema.contains_key("items") => FieldType::Array,
        None => match schema.get("const") {
            Some(Value::Bool(_)) => FieldType::Boolean,
            Some(Value::Number(_)) => FieldType::Number,
            _ => FieldType::Text,
        },
    }
}

/// A name as a segment of a JSON pointer (RFC 6901 §3).
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

impl Walked {
    /// Turns a fault of the walk into an error about schema `id`.
    pub(super) fn error(id: &str, source: &str, (pointer, problem): (String, String)) -> SchemaError {
        SchemaError { id: id.into(), source_name: source.into(), pointer, problem }
    }
}
