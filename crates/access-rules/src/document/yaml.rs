//! YAML with places: one document, the core schema, anchors and merge keys.

use super::{Data, Entry, Node, Place, Problem};
use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use std::{collections::HashMap, sync::Arc};

/// A document that grows beyond this through aliases is an attack.
const MAX_NODES: usize = 1_000_000;
const MAX_DEPTH: usize = 64;

/// Reads a YAML document; an empty one is `null`.
pub(super) fn read(file: &Arc<str>, text: &str) -> Result<Node, Problem> {
    let mut reader = Reader { file, parser: Parser::new_from_str(text), anchors: HashMap::new(), nodes: 0 };
    let mut document = None;
    loop {
        let (event, span) = reader.next()?;
        match event {
            Event::StreamEnd => break,
            Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
            event => {
                let place = reader.place(&span);
                if document.is_some() {
                    return Err(Problem::error(&place, "", "a second document begins here; a file holds one"));
                }
                document = Some(reader.value(event, &span, 0)?);
            }
        }
    }
    Ok(document.unwrap_or_else(|| Node::new(Place { file: Arc::clone(file), line: 1, column: 1 }, Data::Null)))
}

struct Reader<'a> {
    file: &'a Arc<str>,
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), Problem> {
        match self.parser.next() {
            Some(Ok(pair)) => Ok(pair),
            Some(Err(error)) => {
                let marker = error.marker();
                let place =
                    Place { file: Arc::clone(self.file), line: count(marker.line()), column: count(marker.col()) + 1 };
                Err(Problem::error(&place, "", format!("this is not YAML: {}", error.info())))
            }
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn place(&self, span: &Span) -> Place {
        Place { file: Arc::clone(self.file), line: count(span.start.line()), column: count(span.start.col()) + 1 }
    }

    fn value(&mut self, event: Event<'a>, span: &Span, depth: usize) -> Result<Node, Problem> {
        let place = self.place(span);
        self.nodes += 1;
        if depth > MAX_DEPTH || self.nodes > MAX_NODES {
            return Err(Problem::error(&place, "", "the document is nested too deeply or too large"));
        }
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let forced = tag.is_some_and(|tag| tag.suffix == "str");
                let data =
                    if style == ScalarStyle::Plain && !forced { plain(&text) } else { Data::Text(text.into_owned()) };
                Ok(self.keep(anchor, Node::new(place, data)))
            }
            Event::SequenceStart(anchor, _) => {
                let mut items = Vec::new();
                loop {
                    let (event, span) = self.next()?;
                    if matches!(event, Event::SequenceEnd | Event::StreamEnd) {
                        break;
                    }
                    items.push(self.value(event, &span, depth + 1)?);
                }
                Ok(self.keep(anchor, Node::new(place, Data::List(items))))
            }
            Event::MappingStart(anchor, _) => {
                let entries = self.map(depth)?;
                Ok(self.keep(anchor, Node::new(place, Data::Map(entries))))
            }
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned();
                let node = node.ok_or_else(|| Problem::error(&place, "", "this alias names no anchor before it"))?;
                self.nodes += weight(&node);
                Ok(node)
            }
            _ => Err(Problem::error(&place, "", "this is not YAML")),
        }
    }

    fn keep(&mut self, anchor: usize, node: Node) -> Node {
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        node
    }

    fn map(&mut self, depth: usize) -> Result<Vec<Entry>, Problem> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut merged: Vec<Entry> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd | Event::StreamEnd) {
                break;
            }
            let place = self.place(&span);
            let is_merge = matches!(&event, Event::Scalar(text, ScalarStyle::Plain, ..) if text == "<<");
            let key = match self.value(event, &span, depth + 1)?.data {
                Data::Text(text) => text,
                Data::Int(n) => n.to_string(),
                Data::Bool(b) => b.to_string(),
                Data::Null => "null".to_owned(),
                Data::Float(f) => f.to_string(),
                Data::List(_) | Data::Map(_) => return Err(Problem::error(&place, "", "a key must be a text")),
            };
            let (event, span) = self.next()?;
            let value = self.value(event, &span, depth + 1)?;
            if is_merge {
                match value.data {
                    Data::Map(more) => merged.extend(more),
                    Data::List(items) => merged.extend(items.into_iter().flat_map(|item| match item.data {
                        Data::Map(more) => more,
                        _ => Vec::new(),
                    })),
                    _ => return Err(Problem::error(&place, "", "`<<` needs a map to take keys from")),
                }
                continue;
            }
            if entries.iter().any(|entry| entry.key == key) {
                return Err(Problem::error(&place, "", format!("the key {key:?} stands twice in one map")));
            }
            entries.push(Entry { key, place, value });
        }
        for entry in merged {
            if !entries.iter().any(|known| known.key == entry.key) {
                entries.push(entry);
            }
        }
        Ok(entries)
    }
}

fn weight(node: &Node) -> usize {
    match &node.data {
        Data::List(items) => 1 + items.iter().map(weight).sum::<usize>(),
        Data::Map(entries) => 1 + entries.iter().map(|entry| weight(&entry.value)).sum::<usize>(),
        _ => 1,
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// A scalar without quotation marks, by the core schema of YAML 1.2.
fn plain(text: &str) -> Data {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Data::Null,
        "true" | "True" | "TRUE" => return Data::Bool(true),
        "false" | "False" | "FALSE" => return Data::Bool(false),
        ".inf" | ".Inf" | ".INF" | "+.inf" => return Data::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Data::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Data::Float(f64::NAN),
        _ => {}
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if let Some(n) = digits.strip_prefix("0x").and_then(|d| i64::from_str_radix(d, 16).ok()) {
        return Data::Int(n);
    }
    if let Some(n) = digits.strip_prefix("0o").and_then(|d| i64::from_str_radix(d, 8).ok()) {
        return Data::Int(n);
    }
    if !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
        && let Ok(n) = text.parse()
    {
        return Data::Int(n);
    }
    let numeric = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
        && digits.bytes().any(|b| b.is_ascii_digit());
    match text.parse() {
        Ok(f) if numeric => Data::Float(f),
        _ => Data::Text(text.to_owned()),
    }
}
