//! TOML into [`Node`]s with lines.

use super::node::{Node, Place, Value};
use super::problem::Problem;
use std::path::PathBuf;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Reads the text of `file`.
pub(super) fn read(file: &Arc<PathBuf>, text: &str) -> Result<Node, Problem> {
    let place = |offset: usize| {
        let before = text.as_bytes().get(..offset).unwrap_or_default();
        Place::File(Arc::clone(file), 1 + before.iter().filter(|byte| **byte == b'\n').count())
    };
    match DeTable::parse(text) {
        Ok(table) => map(table.get_ref(), place(0), &place),
        // Its `Display` would quote the line, and the line may hold a secret.
        Err(error) => {
            let offset = error.span().map_or(0, |span| span.start);
            Err(Problem::new(place(offset), "", format!("this is not TOML: {}", error.message())))
        }
    }
}

fn map(table: &DeTable<'_>, at: Place, place: &impl Fn(usize) -> Place) -> Result<Node, Problem> {
    let entries = table.iter().map(|(key, value)| {
        let key_place = place(key.span().start);
        Ok((key.get_ref().clone().into_owned(), (key_place, node(value, place)?)))
    });
    Ok(Node::new(Value::Map(entries.collect::<Result<_, Problem>>()?), at))
}

fn node(value: &Spanned<DeValue<'_>>, place: &impl Fn(usize) -> Place) -> Result<Node, Problem> {
    let at = place(value.span().start);
    let value = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.clone().into_owned()),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Value::Int(number),
            Err(_) => return Err(Problem::new(at, "", "the number is too large")),
        },
        DeValue::Float(number) => match number.as_str().parse() {
            Ok(number) => Value::Float(number),
            Err(_) => return Err(Problem::new(at, "", "this is no number")),
        },
        DeValue::Datetime(time) => Value::Text(time.to_string()),
        DeValue::Array(items) => Value::List(items.iter().map(|item| node(item, place)).collect::<Result<_, _>>()?),
        DeValue::Table(table) => return map(table, at, place),
    };
    Ok(Node::new(value, at))
}
