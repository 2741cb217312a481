//! From tokens to the parsed form.

use crate::{
    ast::{Command, Node, Pipe, Place, Word},
    escape::Escape,
    funcs::Functions,
    lex::{Token, lex},
    template::ParseError,
    value::Value,
};
use std::collections::BTreeMap;

/// Deeper nesting than this is an accident or an attack.
const MAX_DEPTH: usize = 100;

pub(crate) struct Parsed {
    pub(crate) main: Vec<Node>,
    pub(crate) defined: BTreeMap<String, Vec<Node>>,
}

pub(crate) fn parse(source: &str, functions: &Functions) -> Result<Parsed, ParseError> {
    let parsed = parse_file(source, functions)?;
    check_calls(&parsed.main, &parsed.defined)?;
    for body in parsed.defined.values() {
        check_calls(body, &parsed.defined)?;
    }
    Ok(parsed)
}

/// Parses a file that may call templates of others.
pub(crate) fn parse_file(source: &str, functions: &Functions) -> Result<Parsed, ParseError> {
    let tokens = lex(source)?;
    let last = tokens.last().map_or(Place { line: 1, column: 1 }, |(at, _)| *at);
    let mut parser = Parser {
        tokens: tokens.into_iter().peekable(),
        at: Place { line: 1, column: 1 },
        last,
        functions,
        variables: vec!["$".to_owned()],
        loops: 0,
        depth: 0,
        defined: BTreeMap::new(),
    };
    let (main, end) = parser.nodes()?;
    match end {
        End::Source => {}
        End::End(at) => return Err(ParseError::new(at, "`end` closes nothing")),
        End::Else(at, _) => return Err(ParseError::new(at, "`else` stands outside of `if`, `with` and `range`")),
    }
    Ok(Parsed { main, defined: parser.defined })
}

/// Every `template` must name a template that is defined.
pub(crate) fn check_calls(nodes: &[Node], defined: &BTreeMap<String, Vec<Node>>) -> Result<(), ParseError> {
    for node in nodes {
        match node {
            Node::Template { at, name, .. } if !defined.contains_key(name) => {
                return Err(ParseError::new(*at, format!("template {name:?} is not defined")));
            }
            Node::If { then, otherwise, .. }
            | Node::With { then, otherwise, .. }
            | Node::Range { body: then, otherwise, .. } => {
                check_calls(then, defined)?;
                check_calls(otherwise, defined)?;
            }
            _ => {}
        }
    }
    Ok(())
}

#[expect(clippy::enum_variant_names, reason = "`end` is the name of the action")]
enum End {
    Source,
    End(Place),
    /// `else`, with the `if` or `with` that follows on the same action.
    Else(Place, Option<(String, Pipe)>),
}

struct Parser<'a> {
    tokens: std::iter::Peekable<std::vec::IntoIter<(Place, Token)>>,
    at: Place,
    last: Place,
    functions: &'a Functions,
    variables: Vec<String>,
    loops: usize,
    depth: usize,
    defined: BTreeMap<String, Vec<Node>>,
}

impl Parser<'_> {
    fn next(&mut self) -> Option<Token> {
        let (at, token) = self.tokens.next()?;
        self.at = at;
        Some(token)
    }

    fn peek(&mut self) -> Option<&Token> {
        self.tokens.peek().map(|(_, token)| token)
    }

    fn place(&mut self) -> Place {
        self.tokens.peek().map_or(self.last, |(at, _)| *at)
    }

    fn spaces(&mut self) {
        while self.peek() == Some(&Token::Space) {
            self.next();
        }
    }

    fn error<T>(&self, message: impl Into<String>) -> Result<T, ParseError> {
        Err(ParseError::new(self.at, message))
    }

    /// Nodes up to the end of the source or of the enclosing block.
    fn nodes(&mut self) -> Result<(Vec<Node>, End), ParseError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.error("blocks are nested too deeply");
        }
        let mut nodes = Vec::new();
        let end = loop {
            match self.next() {
                None => break End::Source,
                Some(Token::Text(text)) => nodes.push(Node::Text(text)),
                Some(Token::Open) => {
                    let at = self.at;
                    self.spaces();
                    let keyword = match self.peek() {
                        Some(Token::Word(word)) => word.clone(),
                        _ => String::new(),
                    };
                    match keyword.as_str() {
                        "end" => {
                            self.next();
                            self.close("end")?;
                            break End::End(at);
                        }
                        "else" => {
                            self.next();
                            self.spaces();
                            let follows = match self.peek() {
                                Some(Token::Word(word)) if word == "if" || word == "with" => {
                                    let word = word.clone();
                                    self.next();
                                    Some((word, self.control_pipe("else")?))
                                }
                                _ => {
                                    self.close("else")?;
                                    None
                                }
                            };
                            break End::Else(at, follows);
                        }
                        _ => nodes.extend(self.action(at, &keyword)?),
                    }
                }
                Some(_) => return self.error("unexpected token outside of an action"),
            }
        };
        self.depth -= 1;
        Ok((nodes, end))
    }

    fn close(&mut self, what: &str) -> Result<(), ParseError> {
        self.spaces();
        match self.next() {
            Some(Token::Close) => Ok(()),
            _ => self.error(format!("unexpected token after `{what}`; `}}}}` must follow")),
        }
    }

    fn action(&mut self, at: Place, keyword: &str) -> Result<Option<Node>, ParseError> {
        match keyword {
            "if" | "with" | "range" => {
                self.next();
                let scope = self.variables.len();
                let pipe = self.control_pipe(keyword)?;
                let node = self.block(keyword, pipe, at)?;
                self.variables.truncate(scope);
                Ok(Some(node))
            }
            "define" => {
                self.next();
                let name = self.template_name("define")?;
                self.close("define")?;
                self.define(at, name)?;
                Ok(None)
            }
            "block" => {
                self.next();
                let name = self.template_name("block")?;
                let pipe = self.control_pipe("block")?;
                self.define(at, name.clone())?;
                Ok(Some(Node::Template { at, name, pipe: Some(pipe) }))
            }
            "template" => {
                self.next();
                let name = self.template_name("template")?;
                self.spaces();
                let pipe = if self.peek() == Some(&Token::Close) {
                    self.next();
                    None
                } else {
                    Some(self.control_pipe("template")?)
                };
                Ok(Some(Node::Template { at, name, pipe }))
            }
            "break" | "continue" => {
                self.next();
                if self.loops == 0 {
                    return self.error(format!("`{keyword}` stands outside of `range`"));
                }
                self.close(keyword)?;
                Ok(Some(if keyword == "break" { Node::Break } else { Node::Continue }))
            }
            _ => {
                let pipe = self.pipe("an action", false)?;
                if self.next() != Some(Token::Close) {
                    return self.error("unexpected token; `}}` must follow");
                }
                Ok(Some(Node::Action(pipe, Escape::None)))
            }
        }
    }

    fn template_name(&mut self, what: &str) -> Result<String, ParseError> {
        self.spaces();
        match self.next() {
            Some(Token::Quoted(name)) => Ok(name),
            _ => self.error(format!("`{what}` needs the name of a template in quotation marks")),
        }
    }

    fn define(&mut self, at: Place, name: String) -> Result<(), ParseError> {
        let outer = std::mem::replace(&mut self.variables, vec!["$".to_owned()]);
        let loops = std::mem::take(&mut self.loops);
        let (body, end) = self.nodes()?;
        self.variables = outer;
        self.loops = loops;
        if !matches!(end, End::End(_)) {
            return Err(ParseError::new(
                at,
                format!("the definition of {name:?} is never closed: `{{{{ end }}}}` is missing"),
            ));
        }
        self.defined.insert(name, body);
        Ok(())
    }

    fn block(&mut self, keyword: &str, pipe: Pipe, at: Place) -> Result<Node, ParseError> {
        let unclosed = || ParseError::new(at, format!("this `{keyword}` is never closed: `{{{{ end }}}}` is missing"));
        let scope = self.variables.len();
        self.loops += usize::from(keyword == "range");
        let (then, end) = self.nodes()?;
        self.loops -= usize::from(keyword == "range");
        self.variables.truncate(scope);
        let otherwise = match end {
            End::End(_) => Vec::new(),
            End::Source => return Err(unclosed()),
            End::Else(at, Some((word, inner))) => {
                if keyword == "range" {
                    return Err(ParseError::new(at, "`range` takes a plain `else`"));
                }
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return self.error("blocks are nested too deeply");
                }
                let node = self.block(&word, inner, at)?;
                self.depth -= 1;
                vec![node]
            }
            End::Else(_, None) => {
                let (nodes, end) = self.nodes()?;
                match end {
                    End::End(_) => nodes,
                    End::Else(at, _) => return Err(ParseError::new(at, "a second `else`")),
                    End::Source => return Err(unclosed()),
                }
            }
        };
        self.variables.truncate(scope);
        Ok(match keyword {
            "if" => Node::If { pipe, then, otherwise },
            "with" => Node::With { pipe, then, otherwise },
            _ => Node::Range { pipe, body: then, otherwise },
        })
    }

    fn control_pipe(&mut self, what: &str) -> Result<Pipe, ParseError> {
        let pipe = self.pipe(&format!("`{what}`"), what == "range")?;
        if self.next() != Some(Token::Close) {
            return self.error(format!("unexpected token in `{what}`"));
        }
        Ok(pipe)
    }

    fn pipe(&mut self, what: &str, range: bool) -> Result<Pipe, ParseError> {
        self.spaces();
        let at = self.place();
        let mut variables = Vec::new();
        let mut assigns = false;
        // A variable first: a declaration, an assignment, or just its value.
        if let Some(Token::Variable(name)) = self.peek().cloned() {
            let mut ahead = self.tokens.clone();
            ahead.next();
            let mut skip = || loop {
                match ahead.next().map(|(_, token)| token) {
                    Some(Token::Space) => {}
                    other => break other,
                }
            };
            match skip() {
                Some(token @ (Token::Declare | Token::Assign)) => {
                    assigns = token == Token::Assign;
                    variables.push(name);
                    self.next();
                    self.spaces();
                    self.next();
                }
                Some(Token::Comma) if range => {
                    let Some(Token::Variable(second)) = skip() else {
                        self.next();
                        return self.error("`range` declares one or two variables: `range $key, $value := …`");
                    };
                    let operator = skip();
                    if !matches!(operator, Some(Token::Declare | Token::Assign)) {
                        self.next();
                        return self.error("`:=` must follow the variables of `range`");
                    }
                    assigns = operator == Some(Token::Assign);
                    variables.extend([name, second]);
                    while !matches!(self.next(), None | Some(Token::Declare | Token::Assign)) {}
                }
                _ => {}
            }
            if assigns {
                for name in &variables {
                    self.defined_variable(name)?;
                }
            }
        }
        let mut commands = vec![self.command(what)?];
        loop {
            self.spaces();
            if self.peek() != Some(&Token::Pipe) {
                break;
            }
            self.next();
            let command = self.command(what)?;
            if !matches!(
                command.words.first(),
                Some(Word::Function(..) | Word::Field(_) | Word::Variable(..) | Word::Chain(..) | Word::Group(_))
            ) {
                return Err(ParseError::new(command.at, "what follows `|` must be a function"));
            }
            commands.push(command);
        }
        if !assigns {
            self.variables.extend(variables.iter().cloned());
        }
        Ok(Pipe { at, variables, assigns, commands })
    }

    fn defined_variable(&self, name: &str) -> Result<(), ParseError> {
        if self.variables.iter().any(|known| known == name) {
            Ok(())
        } else {
            self.error(format!("undefined variable {name:?}"))
        }
    }

    fn command(&mut self, what: &str) -> Result<Command, ParseError> {
        self.spaces();
        let at = self.place();
        let mut words = Vec::new();
        loop {
            self.spaces();
            match self.peek() {
                None | Some(Token::Close | Token::CloseGroup | Token::Pipe) => break,
                Some(_) => words.push(self.operand()?),
            }
            if !matches!(self.peek(), None | Some(Token::Space | Token::Close | Token::CloseGroup | Token::Pipe)) {
                self.next();
                return self.error("a space is missing between two words");
            }
        }
        if words.is_empty() {
            return Err(ParseError::new(at, format!("{what} has no value")));
        }
        if let (Some(Word::Nil), 1) = (words.first(), words.len()) {
            return Err(ParseError::new(at, "`nil` alone is not a command"));
        }
        if let (Some(Word::Constant(_) | Word::Dot | Word::Nil), true) = (words.first(), words.len() > 1) {
            return Err(ParseError::new(at, "arguments follow something that is not a function"));
        }
        Ok(Command { at, words })
    }

    fn operand(&mut self) -> Result<Word, ParseError> {
        let word = match self.next() {
            Some(Token::Word(name)) => match name.as_str() {
                "true" => Word::Constant(Value::Bool(true)),
                "false" => Word::Constant(Value::Bool(false)),
                "nil" => Word::Nil,
                "if" | "else" | "end" | "range" | "with" | "define" | "block" | "template" | "break" | "continue" => {
                    return self.error(format!("`{name}` is a keyword and cannot stand here"));
                }
                _ => match self.functions.find(&name) {
                    Ok(kind) => Word::Function(name, kind),
                    Err(message) => return self.error(message),
                },
            },
            Some(Token::Dot) => Word::Dot,
            Some(Token::Field(name)) => Word::Field(self.fields(vec![name])),
            Some(Token::Variable(name)) => {
                self.defined_variable(&name)?;
                let fields = self.fields(Vec::new());
                Word::Variable(name, fields)
            }
            Some(Token::Quoted(text)) => Word::Constant(Value::from(text)),
            Some(Token::Int(value)) => Word::Constant(Value::Int(value)),
            Some(Token::Float(value)) => Word::Constant(Value::Float(value)),
            Some(Token::OpenGroup) => {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return self.error("parentheses are nested too deeply");
                }
                let pipe = self.pipe("a pair of parentheses", false)?;
                self.depth -= 1;
                if self.next() != Some(Token::CloseGroup) {
                    return self.error("`)` is missing");
                }
                Word::Group(Box::new(pipe))
            }
            _ => return self.error("unexpected token"),
        };
        let fields = self.fields(Vec::new());
        if fields.is_empty() {
            return Ok(word);
        }
        match word {
            Word::Group(_) | Word::Function(..) | Word::Dot => Ok(Word::Chain(Box::new(word), fields)),
            _ => self.error("a constant has no fields"),
        }
    }

    fn fields(&mut self, mut fields: Vec<String>) -> Vec<String> {
        while let Some(Token::Field(name)) = self.peek() {
            fields.push(name.clone());
            self.next();
        }
        fields
    }
}
