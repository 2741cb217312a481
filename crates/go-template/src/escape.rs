//! Escaping by context: what an action prints depends on where in the document it stands.
//!
//! After parsing, the text of a template is followed through its document; each action gets the escaping of its place.
//! A document type is one more [`Tracker`]: JSON here; HTML for mails would be another.

use crate::{ast::Node, template::ParseError};

/// The kind of document that a template makes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Document {
    /// Plain text: nothing is escaped, as in Go's `text/template`.
    #[default]
    Text,
    /// JSON: a value inside of quotation marks cannot end them, and outside of them stands for one JSON value.
    Json,
}

/// What happens to the value of an action before it is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Escape {
    /// Nothing.
    #[default]
    None,
    /// It stands inside a JSON text.
    JsonText,
    /// It stands where JSON has a value, and must be one.
    JsonValue,
}

/// Follows a document.
trait Tracker: Clone + PartialEq {
    /// Text of the template.
    fn text(&mut self, text: &str);
    /// The escaping of what is written here.
    fn escape(&self) -> Escape;
}

/// Gives each action its escaping.
pub(crate) fn apply(document: Document, nodes: &mut [Node]) -> Result<(), ParseError> {
    match document {
        Document::Text => Ok(()),
        Document::Json => follow(&mut Json::default(), nodes),
    }
}

fn follow<T: Tracker>(tracker: &mut T, nodes: &mut [Node]) -> Result<(), ParseError> {
    for node in nodes {
        match node {
            Node::Text(text) => tracker.text(text),
            Node::Action(_, escape) => *escape = tracker.escape(),
            Node::If { pipe, then, otherwise } | Node::With { pipe, then, otherwise } => {
                let mut other = tracker.clone();
                follow(tracker, then)?;
                follow(&mut other, otherwise)?;
                if *tracker != other {
                    return Err(ParseError::new(pipe.at, "the two branches end inside and outside of quotation marks"));
                }
            }
            Node::Range { pipe, body, otherwise } => {
                let before = tracker.clone();
                follow(tracker, body)?;
                let mut other = before.clone();
                follow(&mut other, otherwise)?;
                if *tracker != before || other != before {
                    return Err(ParseError::new(
                        pipe.at,
                        "the body of `range` begins and ends inside and outside of quotation marks",
                    ));
                }
            }
            Node::Template { at, .. } => {
                return Err(ParseError::new(*at, "templates within templates cannot be followed in a JSON document"));
            }
            Node::Break | Node::Continue => {}
        }
    }
    Ok(())
}

#[derive(Clone, Default, PartialEq)]
struct Json {
    inside: bool,
    escaped: bool,
}

impl Tracker for Json {
    fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                _ if self.escaped => self.escaped = false,
                '\\' if self.inside => self.escaped = true,
                '"' => self.inside = !self.inside,
                _ => {}
            }
        }
    }

    fn escape(&self) -> Escape {
        if self.inside { Escape::JsonText } else { Escape::JsonValue }
    }
}

/// Escapes what an action has printed.
pub(crate) fn escaped(escape: Escape, text: &str) -> Result<std::borrow::Cow<'_, str>, String> {
    match escape {
        Escape::None => Ok(text.into()),
        Escape::JsonText => {
            let quoted = serde_json::to_string(text).map_err(|error| error.to_string())?;
            Ok(quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned().into())
        }
        Escape::JsonValue => match serde_json::from_str::<serde::de::IgnoredAny>(text) {
            Ok(_) => Ok(text.into()),
            Err(_) => Err("a value that stands outside of quotation marks is not JSON; use toJson".into()),
        },
    }
}
