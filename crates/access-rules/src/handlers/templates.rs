//! Templates in settings: compiled when rules are loaded, rendered over a session.

use crate::{session::Session, views::SESSION_FIELDS};
use go_template::{Document, FieldUse, Functions, Template, Value};
use std::sync::OnceLock;

/// A text that may depend on the session.
#[derive(Debug)]
pub(crate) enum Source {
    /// The same text always.
    Constant(String),
    /// The subject: by far the most frequent template.
    Subject,
    /// Anything else.
    Template(Template),
}

impl Source {
    /// Compiles a template. `name` is for error messages.
    pub(crate) fn compile(name: &str, text: &str) -> Result<Self, String> {
        Self::compile_document(name, text, Document::Text)
    }

    /// Compiles a template that makes JSON: values are escaped by their place in it.
    pub(crate) fn compile_json(name: &str, text: &str) -> Result<Self, String> {
        let source = Self::compile_document(name, text, Document::Json)?;
        if let Self::Constant(text) = &source {
            serde_json::from_str::<serde::de::IgnoredAny>(text)
                .map_err(|error| format!("{text:?} is no JSON: {error}"))?;
        }
        Ok(source)
    }

    fn compile_document(name: &str, text: &str, document: Document) -> Result<Self, String> {
        let template = Template::parse_document(name, text, functions(), document)
            .map_err(|e| format!("the template {text:?} does not compile: {e}"))?;
        if let Some(constant) = template.constant() {
            return Ok(Self::Constant(constant.to_owned()));
        }
        for used in template.uses() {
            if let FieldUse::Path(path) = used
                && let Some(first) = path.first()
                && !SESSION_FIELDS.contains(&first.as_str())
            {
                let mend = crate::document::nearest(first, SESSION_FIELDS.iter().copied())
                    .map(|name| format!("; did you mean .{name}?"));
                return Err(format!(
                    "the template {text:?} reads .{first}, which no session has{}",
                    mend.unwrap_or_default()
                ));
            }
        }
        let bare: String = text.chars().filter(|c| *c != ' ').collect();
        if document == Document::Text
            && text.starts_with("{{")
            && text.ends_with("}}")
            && matches!(bare.as_str(), "{{print.Subject}}" | "{{.Subject}}")
        {
            return Ok(Self::Subject);
        }
        Ok(Self::Template(template))
    }

    /// Renders it. `view` is the session's view, made when first needed.
    pub(crate) fn render(&self, session: &Session, view: &mut Option<Value>) -> Result<String, String> {
        match self {
            Self::Constant(text) => Ok(text.clone()),
            Self::Subject => Ok(session.subject.to_string()),
            Self::Template(template) => {
                let view = view.get_or_insert_with(|| session.view());
                template.render(view).map_err(|error| error.to_string())
            }
        }
    }
}

/// sprig, and Oathkeeper's two functions of its own.
fn functions() -> &'static Functions {
    static FUNCTIONS: OnceLock<Functions> = OnceLock::new();
    FUNCTIONS.get_or_init(|| Functions::sprig().with("print", print).with("printIndex", print_index))
}

/// One value as text; nothing for nil.
fn print(arguments: &[Value]) -> Result<Value, String> {
    match arguments {
        [Value::Nil] => Ok("".into()),
        [text @ Value::Str(_)] => Ok(text.clone()),
        [value] => Ok(go_template::display(value).into()),
        other => Err(format!("wrong number of args for print: want 1 got {}", other.len())),
    }
}

/// An element of a list as text; nothing beyond its end and for what is no list.
fn print_index(arguments: &[Value]) -> Result<Value, String> {
    match arguments {
        [list, Value::Int(place)] => match (list.plain(), usize::try_from(*place)) {
            (Value::List(items), Ok(place)) => print(&[items.get(place).cloned().unwrap_or_default()]),
            (Value::List(_), Err(_)) => Err(format!("index out of range: {place}")),
            _ => Ok("".into()),
        },
        [_, other] => Err(format!("wrong type for value; expected int; got {}", other.type_name())),
        other => Err(format!("wrong number of args for printIndex: want 2 got {}", other.len())),
    }
}
