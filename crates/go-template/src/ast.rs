//! The parsed form of a template.

use crate::{escape::Escape, value::Value};

/// A place in the source of a template, both counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

#[derive(Debug)]
pub(crate) enum Node {
    Text(String),
    Action(Pipe, Escape),
    If { pipe: Pipe, then: Vec<Node>, otherwise: Vec<Node> },
    With { pipe: Pipe, then: Vec<Node>, otherwise: Vec<Node> },
    Range { pipe: Pipe, body: Vec<Node>, otherwise: Vec<Node> },
    Template { at: Place, name: String, pipe: Option<Pipe> },
    Break,
    Continue,
}

/// `$x, $y := a | b`
#[derive(Debug)]
pub(crate) struct Pipe {
    pub(crate) at: Place,
    pub(crate) variables: Vec<String>,
    /// `=` rather than `:=`.
    pub(crate) assigns: bool,
    pub(crate) commands: Vec<Command>,
}

#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) at: Place,
    pub(crate) words: Vec<Word>,
}

#[derive(Debug)]
pub(crate) enum Word {
    /// `.`
    Dot,
    Nil,
    Constant(Value),
    /// `.a.b`
    Field(Vec<String>),
    /// `$x.a.b`; the name comes with its `$`.
    Variable(String, Vec<String>),
    /// A function, resolved when the template was parsed.
    Function(String, crate::funcs::Kind),
    /// `( … )`
    Group(Box<Pipe>),
    /// `( … ).a.b`, `"x".a`
    Chain(Box<Word>, Vec<String>),
}

/// What a template reads of its data, found without running it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldUse {
    /// `.a.b`, where the dot certainly is the data itself.
    Path(Vec<String>),
    /// The data as a whole (`{{ . }}`, `{{ template "x" . }}`), or a use that cannot be told.
    Whole,
}

/// Collects what `nodes` read of the data. Inside `with` and `range` the dot is another value; `$` still is the data.
pub(crate) fn uses(nodes: &[Node], dot_is_data: bool, out: &mut Vec<FieldUse>) {
    for node in nodes {
        match node {
            Node::Text(_) | Node::Break | Node::Continue => {}
            Node::Action(pipe, _) => pipe_uses(pipe, dot_is_data, out),
            Node::If { pipe, then, otherwise } => {
                pipe_uses(pipe, dot_is_data, out);
                uses(then, dot_is_data, out);
                uses(otherwise, dot_is_data, out);
            }
            Node::With { pipe, then, otherwise } | Node::Range { pipe, body: then, otherwise } => {
                pipe_uses(pipe, dot_is_data, out);
                uses(then, false, out);
                uses(otherwise, dot_is_data, out);
            }
            Node::Template { pipe, .. } => {
                if let Some(pipe) = pipe {
                    pipe_uses(pipe, dot_is_data, out);
                }
            }
        }
    }
}

fn pipe_uses(pipe: &Pipe, dot_is_data: bool, out: &mut Vec<FieldUse>) {
    for word in pipe.commands.iter().flat_map(|command| &command.words) {
        word_uses(word, dot_is_data, out);
    }
}

fn word_uses(word: &Word, dot_is_data: bool, out: &mut Vec<FieldUse>) {
    match word {
        Word::Dot if dot_is_data => out.push(FieldUse::Whole),
        Word::Field(path) if dot_is_data => out.push(FieldUse::Path(path.clone())),
        Word::Variable(name, path) if name == "$" => {
            out.push(if path.is_empty() { FieldUse::Whole } else { FieldUse::Path(path.clone()) });
        }
        Word::Group(pipe) => pipe_uses(pipe, dot_is_data, out),
        Word::Chain(inner, path) => match (&**inner, dot_is_data) {
            (Word::Dot, true) => out.push(FieldUse::Path(path.clone())),
            _ => word_uses(inner, dot_is_data, out),
        },
        _ => {}
    }
}
