//! YAML, and JSON as a part of it, into [`Node`]s with lines.

use super::node::{Node, Place, Value};
use super::problem::Problem;
use indexmap::IndexMap;
use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use std::borrow::Cow;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Aliases may repeat this many values in all; more is an attack or an accident.
const MOST_REPEATED: usize = 10_000;
/// Deeper nesting is no configuration.
const DEEPEST: usize = 64;

/// Reads the text of `file`.
pub(super) fn read(file: &Arc<PathBuf>, text: &str) -> Result<Node, Problem> {
    let mut reader =
        Reader { file, events: Parser::new_from_str(text), anchors: HashMap::new(), repeated: 0, depth: 0 };
    let mut document = None;
    loop {
        let (event, span) = reader.next()?;
        match event {
            Event::StreamEnd => break,
            Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
            _ if document.is_some() => {
                return Err(reader.problem(span, "a second document; a configuration file has one"));
            }
            event => document = Some(reader.node(event, span)?),
        }
    }
    Ok(document.unwrap_or_else(Node::empty))
}

struct Reader<'a> {
    file: &'a Arc<PathBuf>,
    events: Parser<'a, saphyr_parser::StrInput<'a>>,
    anchors: HashMap<usize, Node>,
    repeated: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn place(&self, span: Span) -> Place {
        Place::File(Arc::clone(self.file), span.start.line())
    }

    fn problem(&self, span: Span, message: &str) -> Problem {
        Problem::new(self.place(span), "", message)
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Problem> {
        match self.events.next() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => {
                let place = Place::File(Arc::clone(self.file), error.marker().line());
                Err(Problem::new(place, "", format!("this is not YAML: {}", error.info())))
            }
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span) -> Result<Node, Problem> {
        let place = self.place(span);
        let (value, anchor) = match event {
            Event::Alias(id) => {
                let node = self.anchors.get(&id).cloned();
                let node = node.ok_or_else(|| self.problem(span, "an alias without an anchor before it"))?;
                self.repeated += count(&node);
                if self.repeated > MOST_REPEATED {
                    return Err(self.problem(span, "aliases repeat too much"));
                }
                return Ok(node);
            }
            Event::Scalar(text, style, anchor, tag) => {
                let as_text = style != ScalarStyle::Plain || tag.is_some_and(|tag| tag.suffix == "str");
                (if as_text { Value::Text(text.into_owned()) } else { plain(text) }, anchor)
            }
            Event::SequenceStart(anchor, _) => (self.nested(span, Self::list)?, anchor),
            Event::MappingStart(anchor, _) => (self.nested(span, Self::map)?, anchor),
            _ => return Err(self.problem(span, "the document ends too early")),
        };
        let node = Node::new(value, place);
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn nested(&mut self, span: Span, read: fn(&mut Self) -> Result<Value, Problem>) -> Result<Value, Problem> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.problem(span, "nested too deeply"));
        }
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn list(&mut self) -> Result<Value, Problem> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(Value::List(items));
            }
            items.push(self.node(event, span)?);
        }
    }

    fn map(&mut self) -> Result<Value, Problem> {
        let mut map: IndexMap<String, (Place, Node)> = IndexMap::new();
        let mut merged = Vec::new();
        loop {
            let (event, span) = self.next()?;
            let key = match event {
                Event::MappingEnd => break,
                Event::Scalar(text, ..) => text.into_owned(),
                _ => return Err(self.problem(span, "a key that is no text")),
            };
            let (event, value_span) = self.next()?;
            let value = self.node(event, value_span)?;
            if key == "<<" {
                merged.push((span, value));
                continue;
            }
            if let Some((first, _)) = map.get(&key) {
                return Err(Problem::new(
                    self.place(span),
                    key,
                    format!("this key stands here twice; first at {first}"),
                ));
            }
            map.insert(key, (self.place(span), value));
        }
        for (span, node) in merged {
            let maps = if matches!(node.value, Value::List(_)) { node.items().to_vec() } else { vec![node] };
            for other in maps {
                let Value::Map(other) = other.value else {
                    return Err(self.problem(span, "`<<` expects a map or a list of maps"));
                };
                for (key, entry) in other {
                    map.entry(key).or_insert(entry);
                }
            }
        }
        Ok(Value::Map(map))
    }
}

fn count(node: &Node) -> usize {
    1 + match &node.value {
        Value::List(items) => items.iter().map(count).sum(),
        Value::Map(map) => map.values().map(|(_, node)| count(node)).sum(),
        _ => 0,
    }
}

/// What a scalar without quotes means (YAML 1.2 core schema).
fn plain(text: Cow<'_, str>) -> Value {
    match &*text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    let numeric = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    if numeric {
        if let Ok(number) = text.parse() {
            return Value::Int(number);
        }
        if let Some(number) = text.strip_prefix("0o").and_then(|octal| i64::from_str_radix(octal, 8).ok()) {
            return Value::Int(number);
        }
        if let Some(number) = text.strip_prefix("0x").and_then(|hex| i64::from_str_radix(hex, 16).ok()) {
            return Value::Int(number);
        }
        if let Ok(number) = text.parse::<f64>()
            && number.is_finite()
        {
            return Value::Float(number);
        }
    }
    Value::Text(text.into_owned())
}
