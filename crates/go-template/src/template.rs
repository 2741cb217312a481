//! A compiled template and its errors.

use crate::{
    ast::{self, FieldUse, Node, Place},
    escape::{Document, apply},
    exec::Run,
    funcs::Functions,
    parse::{check_calls, parse, parse_file},
    value::Value,
};
use std::{collections::BTreeMap, fmt};

/// How much work one rendering may do.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Nodes, calls and iterations.
    pub steps: usize,
    /// Bytes of output, and of any text that a function makes on the way.
    pub output: usize,
}

impl Default for Limits {
    /// Enough for any header and for long mails.
    fn default() -> Self {
        Self { steps: 100_000, output: 1 << 20 }
    }
}

/// Why a template was refused when it was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Line in the template, from 1.
    pub line: u32,
    /// Column in the template, in characters, from 1.
    pub column: u32,
    /// What is wrong.
    pub message: String,
}

impl ParseError {
    pub(crate) fn new(at: Place, message: impl Into<String>) -> Self {
        Self { line: at.line, column: at.column, message: message.into() }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for ParseError {}

/// Why a template could not be rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderError {
    /// The template's name.
    pub template: String,
    /// Line in the template, from 1.
    pub line: u32,
    /// Column in the template, in characters, from 1.
    pub column: u32,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "template {:?}, line {}, column {}: {}", self.template, self.line, self.column, self.message)
    }
}

impl std::error::Error for RenderError {}

/// A compiled template.
#[derive(Debug)]
pub struct Template {
    name: String,
    main: Vec<Node>,
    defined: BTreeMap<String, Vec<Node>>,
    /// The file of each defined template, when there are several files.
    owners: BTreeMap<String, String>,
    limits: Limits,
}

impl Template {
    /// Compiles a template. `name` is for error messages.
    ///
    /// # Errors
    /// For text that is no template, and for names of functions, variables and templates that are not defined.
    pub fn parse(name: &str, source: &str, functions: &Functions) -> Result<Self, ParseError> {
        Self::parse_document(name, source, functions, Document::Text)
    }

    /// Compiles a template that makes a document of a kind; values are escaped by their place in it.
    ///
    /// # Errors
    /// As [`Template::parse`], and where the place of an action in the document cannot be told.
    pub fn parse_document(
        name: &str,
        source: &str,
        functions: &Functions,
        document: Document,
    ) -> Result<Self, ParseError> {
        let mut parsed = parse(source, functions)?;
        apply(document, &mut parsed.main)?;
        Ok(Self {
            name: name.to_owned(),
            main: parsed.main,
            defined: parsed.defined,
            owners: BTreeMap::new(),
            limits: Limits::default(),
        })
    }

    /// Compiles a template beside others that it may call, and they each other: as in Go's `ParseFiles`, each is
    /// called by its own name, and what one of them defines all may call. The first of `files` (name and source) is
    /// the one that is rendered.
    ///
    /// # Errors
    /// As [`Template::parse`], with the name of the file.
    pub fn parse_files(files: &[(&str, &str)], functions: &Functions) -> Result<Self, (String, ParseError)> {
        let (mut defined, mut owners, mut parsed) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        for (name, source) in files {
            let file = parse_file(source, functions).map_err(|error| ((*name).to_owned(), error))?;
            parsed.push(((*name).to_owned(), file));
        }
        // Names of files first: a `define` of the same name takes their place.
        for (name, file) in &mut parsed {
            defined.insert(name.clone(), std::mem::take(&mut file.main));
            owners.insert(name.clone(), name.clone());
        }
        for (name, file) in &mut parsed {
            for (inner, body) in std::mem::take(&mut file.defined) {
                owners.insert(inner.clone(), name.clone());
                defined.insert(inner, body);
            }
        }
        for (inner, owner) in &owners {
            if let Some(body) = defined.get(inner) {
                check_calls(body, &defined).map_err(|error| (owner.clone(), error))?;
            }
        }
        let name = files.first().map(|(name, _)| (*name).to_owned()).unwrap_or_default();
        // Parsed once more rather than shared: nodes are not cloned, and a file may call itself.
        let main = parse_file(files.first().map_or("", |(_, source)| source), functions)
            .map_err(|error| (name.clone(), error))?
            .main;
        Ok(Self { name, main, defined, owners, limits: Limits::default() })
    }

    /// The same template under other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The text, when the template is nothing but text.
    pub fn constant(&self) -> Option<&str> {
        match self.main.as_slice() {
            [] => Some(""),
            [Node::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// What the template reads of its data.
    pub fn uses(&self) -> Vec<FieldUse> {
        let mut out = Vec::new();
        ast::uses(&self.main, true, &mut out);
        for body in self.defined.values() {
            // What a defined template gets as its data is told by its calls, which count as a use of the whole.
            ast::uses(body, false, &mut out);
        }
        out
    }

    /// Renders the template with `data` as the dot.
    ///
    /// # Errors
    /// Where Go's execution fails: fields of nothing, wrong arguments, indices out of range, and beyond the limits.
    pub fn render(&self, data: &Value) -> Result<String, RenderError> {
        if let Some(text) = self.constant() {
            return Ok(text.to_owned());
        }
        Run::new(&self.name, &self.defined, self.limits, data).owned(&self.owners).render(&self.main)
    }

    /// Renders HTML: each value is escaped for the place where it goes, as Go's `html/template` does it, and the
    /// comments of the template are left out.
    ///
    /// # Errors
    /// As [`Template::render`].
    pub fn render_html(&self, data: &Value) -> Result<String, RenderError> {
        Run::new(&self.name, &self.defined, self.limits, data).owned(&self.owners).for_html().render(&self.main)
    }
}
