//! Running a parsed template.

use crate::{
    ast::{Command, Node, Pipe, Place, Word},
    escape::{Escape, escaped},
    format::write_value,
    funcs::Kind,
    html::Escaper,
    template::{Limits, RenderError},
    value::Value,
};
use std::{collections::BTreeMap, sync::Arc};

/// Templates may call each other this deep.
const MAX_CALLS: usize = 100;

pub(crate) struct Run<'t> {
    name: &'t str,
    defined: &'t BTreeMap<String, Vec<Node>>,
    /// The files that the defined templates stand in, where there are several.
    owners: Option<&'t BTreeMap<String, String>>,
    /// Present when HTML is written.
    html: Option<Escaper>,
    limits: Limits,
    steps: usize,
    calls: usize,
    dot: Value,
    variables: Vec<(&'t str, Value)>,
    out: String,
    at: Place,
}

enum Flow {
    Next,
    Break,
    Continue,
}

type Fallible<T> = Result<T, String>;

impl<'t> Run<'t> {
    pub(crate) fn new(name: &'t str, defined: &'t BTreeMap<String, Vec<Node>>, limits: Limits, data: &Value) -> Self {
        Self {
            name,
            defined,
            owners: None,
            html: None,
            limits,
            steps: 0,
            calls: 0,
            dot: data.clone(),
            variables: vec![("$", data.clone())],
            out: String::new(),
            at: Place { line: 1, column: 1 },
        }
    }

    pub(crate) fn owned(mut self, owners: &'t BTreeMap<String, String>) -> Self {
        self.owners = Some(owners);
        self
    }

    pub(crate) fn for_html(mut self) -> Self {
        self.html = Some(Escaper::new());
        self
    }

    pub(crate) fn render(mut self, nodes: &'t [Node]) -> Result<String, RenderError> {
        match self.nodes(nodes) {
            Ok(_) => Ok(self.out),
            Err(message) => {
                Err(RenderError { template: self.name.to_owned(), line: self.at.line, column: self.at.column, message })
            }
        }
    }

    fn step(&mut self) -> Fallible<()> {
        self.steps += 1;
        if self.steps > self.limits.steps { Err("the template does too much work".into()) } else { Ok(()) }
    }

    fn write(&mut self, text: &str) -> Fallible<()> {
        if self.out.len() + text.len() > self.limits.output {
            return Err("the template writes too much".into());
        }
        self.out.push_str(text);
        Ok(())
    }

    fn nodes(&mut self, nodes: &'t [Node]) -> Fallible<Flow> {
        for node in nodes {
            self.step()?;
            match node {
                Node::Text(text) => match &mut self.html {
                    None => self.write(text)?,
                    Some(escaper) => {
                        let text = escaper.text(text);
                        self.write(&text)?;
                    }
                },
                Node::Action(pipe, escape) => {
                    let value = self.pipe(pipe)?;
                    if pipe.variables.is_empty() {
                        match &mut self.html {
                            None => self.print(&value, *escape)?,
                            Some(escaper) => {
                                let text = escaper.value(&value, escapes_itself(pipe));
                                self.write(&text)?;
                            }
                        }
                    }
                }
                Node::If { pipe, then, otherwise } => {
                    let scope = self.variables.len();
                    let value = self.pipe(pipe)?;
                    let flow = self.nodes(if value.truth() { then } else { otherwise })?;
                    self.variables.truncate(scope);
                    if !matches!(flow, Flow::Next) {
                        return Ok(flow);
                    }
                }
                Node::With { pipe, then, otherwise } => {
                    let scope = self.variables.len();
                    let value = self.pipe(pipe)?;
                    let flow = if value.truth() {
                        let outer = std::mem::replace(&mut self.dot, value);
                        let flow = self.nodes(then);
                        self.dot = outer;
                        flow?
                    } else {
                        self.nodes(otherwise)?
                    };
                    self.variables.truncate(scope);
                    if !matches!(flow, Flow::Next) {
                        return Ok(flow);
                    }
                }
                Node::Range { pipe, body, otherwise } => {
                    let flow = self.range(pipe, body, otherwise)?;
                    if !matches!(flow, Flow::Next) {
                        return Ok(flow);
                    }
                }
                Node::Template { at, name, pipe } => self.call(*at, name, pipe.as_ref())?,
                Node::Break => return Ok(Flow::Break),
                Node::Continue => return Ok(Flow::Continue),
            }
        }
        Ok(Flow::Next)
    }

    fn print(&mut self, value: &Value, escape: Escape) -> Fallible<()> {
        match value {
            Value::Nil => self.write(&escaped(escape, "<no value>")?),
            Value::Str(text) => self.write(&escaped(escape, text)?),
            other => {
                let mut text = String::new();
                write_value(other, &mut text);
                self.write(&escaped(escape, &text)?)
            }
        }
    }

    fn range(&mut self, pipe: &'t Pipe, body: &'t [Node], otherwise: &'t [Node]) -> Fallible<Flow> {
        let scope = self.variables.len();
        // The variables of `range` are set for each element, not to the whole.
        let value = self.commands(pipe)?;
        let pairs: Vec<(Value, Value)> = match value.plain() {
            Value::Nil => Vec::new(),
            Value::List(items) => items.iter().enumerate().map(|(i, item)| (index(i), item.clone())).collect(),
            Value::Map(map) => map.iter().map(|(k, v)| (Value::Str(Arc::clone(k)), v.clone())).collect(),
            Value::Int(count) => {
                let count = usize::try_from(count).unwrap_or(0);
                if count > self.limits.steps {
                    return Err("the template does too much work".into());
                }
                (0..count).map(|i| (index(i), index(i))).collect()
            }
            other => {
                self.at = pipe.at;
                return Err(format!("range can't iterate over {}", crate::format::display(&other)));
            }
        };
        if pairs.is_empty() {
            let flow = self.nodes(otherwise)?;
            self.variables.truncate(scope);
            return Ok(flow);
        }
        let outer = self.dot.clone();
        for (key, item) in pairs {
            self.step()?;
            match pipe.variables.as_slice() {
                [] => {}
                [one] => self.set(one, item.clone(), pipe.assigns),
                [first, second, ..] => {
                    self.set(first, key, pipe.assigns);
                    self.set(second, item.clone(), pipe.assigns);
                }
            }
            self.dot = item;
            let flow = self.nodes(body);
            self.variables.truncate(scope);
            match flow {
                Ok(Flow::Break) => break,
                Ok(_) => {}
                Err(message) => {
                    self.dot = outer;
                    return Err(message);
                }
            }
        }
        self.dot = outer;
        Ok(Flow::Next)
    }

    fn call(&mut self, at: Place, name: &str, pipe: Option<&'t Pipe>) -> Fallible<()> {
        let data = match pipe {
            Some(pipe) => self.pipe(pipe)?,
            None => Value::Nil,
        };
        self.at = at;
        let body = self.defined.get(name).ok_or_else(|| format!("template {name:?} is not defined"))?;
        self.calls += 1;
        if self.calls > MAX_CALLS {
            return Err("templates call each other too deeply".into());
        }
        let variables = std::mem::replace(&mut self.variables, vec![("$", data.clone())]);
        let dot = std::mem::replace(&mut self.dot, data);
        let file = self.owners.and_then(|owners| owners.get(name)).map_or(self.name, String::as_str);
        let outer = std::mem::replace(&mut self.name, file);
        // An error leaves the name as it is: that is where it happened.
        self.nodes(body)?;
        self.name = outer;
        self.variables = variables;
        self.dot = dot;
        self.calls -= 1;
        Ok(())
    }

    fn set(&mut self, name: &'t str, value: Value, assigns: bool) {
        if assigns && let Some(slot) = self.variables.iter_mut().rev().find(|(known, _)| *known == name) {
            slot.1 = value;
        } else {
            self.variables.push((name, value));
        }
    }

    fn pipe(&mut self, pipe: &'t Pipe) -> Fallible<Value> {
        let value = self.commands(pipe)?;
        if let [name] = pipe.variables.as_slice() {
            self.set(name, value.clone(), pipe.assigns);
        }
        Ok(value)
    }

    fn commands(&mut self, pipe: &'t Pipe) -> Fallible<Value> {
        let mut last = None;
        for command in &pipe.commands {
            last = Some(self.command(command, last)?);
        }
        Ok(last.unwrap_or_default())
    }

    fn command(&mut self, command: &'t Command, piped: Option<Value>) -> Fallible<Value> {
        self.step()?;
        self.at = command.at;
        let Some((first, arguments)) = command.words.split_first() else {
            return Ok(Value::Nil);
        };
        match first {
            Word::Function(name, kind) => {
                let kind = *kind;
                self.function(name, kind, arguments, piped, command.at)
            }
            Word::Field(path) => {
                let arguments = self.arguments(arguments, piped)?;
                self.at = command.at;
                let dot = self.dot.clone();
                fields(dot, path, &arguments, false)
            }
            Word::Variable(name, path) => {
                let arguments = self.arguments(arguments, piped)?;
                self.at = command.at;
                let value = self.variable(name);
                if path.is_empty() {
                    return if arguments.is_empty() {
                        Ok(value)
                    } else {
                        Err(format!("can't give argument to non-function {name}"))
                    };
                }
                fields(value, path, &arguments, true)
            }
            Word::Chain(inner, path) => {
                let value = self.word(inner)?;
                let arguments = self.arguments(arguments, piped)?;
                self.at = command.at;
                fields(value, path, &arguments, true)
            }
            other => {
                let value = self.word(other)?;
                if arguments.is_empty() && piped.is_none() {
                    Ok(value)
                } else {
                    Err("can't give argument to non-function".into())
                }
            }
        }
    }

    fn arguments(&mut self, words: &'t [Word], piped: Option<Value>) -> Fallible<Vec<Value>> {
        let mut values = Vec::with_capacity(words.len() + usize::from(piped.is_some()));
        for word in words {
            values.push(self.word(word)?);
        }
        values.extend(piped);
        Ok(values)
    }

    fn function(
        &mut self,
        name: &str,
        kind: Kind,
        words: &'t [Word],
        piped: Option<Value>,
        at: Place,
    ) -> Fallible<Value> {
        match kind {
            Kind::And | Kind::Or => {
                // Evaluated one by one: the first that decides is the value.
                let decides = matches!(kind, Kind::Or);
                let mut value = None;
                for word in words {
                    let next = self.word(word)?;
                    if next.truth() == decides {
                        return Ok(next);
                    }
                    value = Some(next);
                }
                piped.or(value).ok_or_else(|| format!("wrong number of args for {name}: want at least 1 got 0"))
            }
            Kind::Call(function) => {
                let arguments = self.arguments(words, piped)?;
                self.at = at;
                let value = function(&arguments).map_err(|message| format!("error calling {name}: {message}"))?;
                if let Value::Str(text) = &value
                    && text.len() > self.limits.output
                {
                    return Err("the template writes too much".into());
                }
                Ok(value)
            }
        }
    }

    fn variable(&self, name: &str) -> Value {
        self.variables
            .iter()
            .rev()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.clone())
            .unwrap_or_default()
    }

    fn word(&mut self, word: &'t Word) -> Fallible<Value> {
        match word {
            Word::Dot => Ok(self.dot.clone()),
            Word::Nil => Ok(Value::Nil),
            Word::Constant(value) => Ok(value.clone()),
            Word::Field(path) => fields(self.dot.clone(), path, &[], false),
            Word::Variable(name, path) => fields(self.variable(name), path, &[], true),
            Word::Function(name, kind) => self.function(name, *kind, &[], None, self.at),
            Word::Group(pipe) => self.pipe(pipe),
            Word::Chain(inner, path) => {
                let value = self.word(inner)?;
                fields(value, path, &[], true)
            }
        }
    }
}

/// Whether the last command of a pipe is Go's own escaping for HTML.
fn escapes_itself(pipe: &Pipe) -> bool {
    let last = pipe.commands.last().and_then(|command| command.words.first());
    matches!(last, Some(Word::Function(name, _)) if name == "html")
}

fn index(i: usize) -> Value {
    Value::Int(i64::try_from(i).unwrap_or(i64::MAX))
}

/// Follows a chain of fields. `loose`: the first value comes from a variable or parentheses, where Go keeps no type,
/// so that a field of nil is nil again; elsewhere a field of nil is an error.
fn fields(mut value: Value, path: &[String], arguments: &[Value], loose: bool) -> Fallible<Value> {
    for (i, name) in path.iter().enumerate() {
        let last = i + 1 == path.len();
        value = field(&value, name, if last { arguments } else { &[] }, loose && i == 0)?;
    }
    Ok(value)
}

fn field(value: &Value, name: &str, arguments: &[Value], loose: bool) -> Fallible<Value> {
    let found = match value {
        Value::Object(object) => {
            if let Some(result) = object.call(name, arguments) {
                return result.map_err(|message| format!("error calling {name}: {message}"));
            }
            object.field(name).ok_or_else(|| format!("can't evaluate field {name} in type {}", object.type_name()))?
        }
        Value::Map(map) => map.get(name).cloned().unwrap_or_default(),
        Value::Nil if loose => Value::Nil,
        Value::Nil => return Err(format!("nil pointer evaluating interface {{}}.{name}")),
        other => return Err(format!("can't evaluate field {name} in type {}", other.type_name())),
    };
    if arguments.is_empty() {
        Ok(found)
    } else {
        Err(format!("{name} has arguments but cannot be invoked as function"))
    }
}
