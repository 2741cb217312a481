//! Jsonnet, as request bodies and data mappers are written in: a snippet that is a function of one argument, `ctx`.
//!
//! Snippets see nothing but their argument: imports, external variables and native functions are refused.

use rsjsonnet_lang::arena::Arena;
use rsjsonnet_lang::interner::InternedStr;
use rsjsonnet_lang::program::{
    Callbacks, EvalErrorKind, EvalStackTraceItem, ImportError, LoadError, NativeError, Program, Thunk, Value,
};
use rsjsonnet_lang::span::SpanId;
use serde_json::Value as Json;
use std::time::Duration;

/// How long a snippet may take.
const LIMIT: Duration = Duration::from_secs(5);

/// A snippet that was read and checked.
#[derive(Clone, Debug)]
pub struct Snippet {
    name: String,
    source: String,
}

impl Snippet {
    /// Checks `source`; `name` is for messages.
    ///
    /// # Errors
    /// What is wrong with it, with its line.
    pub fn new(name: &str, source: &str) -> Result<Self, String> {
        let arena = Arena::new();
        let mut program = Program::new(&arena);
        load(&mut program, name, source)?;
        Ok(Self { name: name.to_owned(), source: source.to_owned() })
    }

    /// Calls the function with `ctx` and gives its value.
    ///
    /// # Errors
    /// What went wrong, with the line of the snippet.
    pub async fn call(&self, ctx: Json) -> Result<Json, String> {
        let own = self.clone();
        let run = tokio::task::spawn_blocking(move || own.run(&ctx));
        match tokio::time::timeout(LIMIT, run).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(format!("{}: the snippet could not be run", self.name)),
            Err(_) => Err(format!("{}: the snippet takes longer than {LIMIT:?}", self.name)),
        }
    }

    fn run(&self, ctx: &Json) -> Result<Json, String> {
        let arena = Arena::new();
        let mut program = Program::new(&arena);
        let function = load(&mut program, &self.name, &self.source)?;
        let argument = value(&mut program, ctx);
        let argument = program.value_to_thunk(&argument);
        let fault = |program: &Program<'_>, error: rsjsonnet_lang::program::EvalError| {
            let line = error.stack_trace.iter().rev().find_map(|item| match item {
                EvalStackTraceItem::Expr { span }
                | EvalStackTraceItem::Variable { span, .. }
                | EvalStackTraceItem::Call { span: Some(span), .. }
                | EvalStackTraceItem::ObjectField { span: Some(span), .. } => line(program, *span, &self.source),
                _ => None,
            });
            // A field is often evaluated when nothing stands on the stack but its name.
            let line = line.or_else(|| match &error.kind {
                EvalErrorKind::UnknownObjectField { span, .. } => self::line(program, *span, &self.source),
                _ => None,
            });
            let what = match error.kind {
                EvalErrorKind::ExplicitError { message, .. } => message,
                EvalErrorKind::UnknownObjectField { field_name, .. } => {
                    format!("the field {field_name} does not exist")
                }
                EvalErrorKind::ImportFailed { path, .. } => format!("importing {path} is not allowed here"),
                other => format!("{other:?}").split([' ', '{', '(']).next().unwrap_or_default().to_owned(),
            };
            let line = line.map(|line| format!(":{line}")).unwrap_or_default();
            format!("{}{line}: {what}", self.name)
        };
        let result = program.eval_call(&function, &[argument], &[], &mut Closed);
        let result = result.map_err(|error| fault(&program, error))?;
        let text = program.manifest_json(&result, false).map_err(|error| fault(&program, error))?;
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", self.name))
    }
}

fn load<'p>(program: &mut Program<'p>, name: &str, source: &str) -> Result<Thunk<'p>, String> {
    let (context, _) = program.span_manager_mut().insert_source_context(source.len());
    program.load_source(context, source.as_bytes(), true, name).map_err(|error| {
        let what = match error {
            LoadError::Lex(error) => format!("{error:?}"),
            LoadError::Parse(rsjsonnet_lang::parser::ParseError::Expected { span, expected, instead }) => {
                let line = line(program, span, source).unwrap_or(1);
                return format!("{name}:{line}: this is no Jsonnet: found {instead:?}, expected one of {expected:?}");
            }
            LoadError::Analyze(error) => format!("{error:?}"),
        };
        format!("{name}: this is no Jsonnet: {what}")
    })
}

fn line(program: &Program<'_>, span: SpanId, source: &str) -> Option<usize> {
    let (context, start, _) = program.span_manager().get_span(span);
    // Spans of the standard library say nothing about the snippet.
    let own = matches!(program.span_manager().get_context(context),
        rsjsonnet_lang::span::SpanContext::Source(id) if *id != program.get_stdlib_source().0);
    own.then(|| source.get(..start)).flatten().map(|before| before.matches('\n').count() + 1)
}

fn value<'p>(program: &mut Program<'p>, json: &Json) -> Value<'p> {
    match json {
        Json::Null => Value::null(),
        Json::Bool(value) => Value::bool(*value),
        Json::Number(number) => Value::number(number.as_f64().unwrap_or_default()),
        Json::String(text) => Value::string(text),
        Json::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| value(program, item)).collect();
            program.make_array(&items)
        }
        Json::Object(map) => {
            let fields: Vec<_> =
                map.iter().map(|(key, item)| (program.intern_str(key), value(program, item))).collect();
            program.make_object(&fields)
        }
    }
}

/// No way out of the snippet.
struct Closed;

impl<'p> Callbacks<'p> for Closed {
    fn import(&mut self, _: &mut Program<'p>, _: SpanId, _: &str) -> Result<Thunk<'p>, ImportError> {
        Err(ImportError)
    }

    fn import_str(&mut self, _: &mut Program<'p>, _: SpanId, _: &str) -> Result<String, ImportError> {
        Err(ImportError)
    }

    fn import_bin(&mut self, _: &mut Program<'p>, _: SpanId, _: &str) -> Result<Vec<u8>, ImportError> {
        Err(ImportError)
    }

    fn trace(&mut self, _: &mut Program<'p>, _: &str, _: &[EvalStackTraceItem]) {}

    fn native_call(
        &mut self,
        _: &mut Program<'p>,
        _: InternedStr<'p>,
        _: &[Value<'p>],
    ) -> Result<Value<'p>, NativeError> {
        Err(NativeError)
    }
}

#[cfg(test)]
mod tests {
    use super::Snippet;
    use serde_json::json;

    #[tokio::test]
    async fn a_snippet_is_a_function_of_its_context() {
        let source =
            "function(ctx) {\n  to: ctx.recipient,\n  keys: std.objectFields(ctx),\n  [if 'x' in ctx then 'x']: 1,\n}";
        let snippet = Snippet::new("body", source).expect("fine");
        let made = snippet.call(json!({ "recipient": "a@b.de", "b": [1.5, null, true] })).await.expect("made");
        assert_eq!(made, json!({ "to": "a@b.de", "keys": ["b", "recipient"] }));
        let error = snippet.call(json!({})).await.expect_err("there is no recipient");
        assert!(error.starts_with("body:2: ") && error.contains("recipient"), "{error}");
    }

    #[tokio::test]
    async fn a_snippet_cannot_leave_its_box_and_a_broken_one_is_named() {
        let error = Snippet::new("body", "function(ctx) {\n  a: ,\n}").expect_err("broken");
        assert!(error.starts_with("body:2: "), "{error}");
        let reads = Snippet::new("body", "function(ctx) importstr '/etc/passwd'").expect("parses");
        assert!(reads.call(json!({})).await.expect_err("refused").contains("not allowed"));
        let stops = Snippet::new("body", "function(ctx) error 'cancel'").expect("parses");
        assert!(stops.call(json!({})).await.expect_err("stops").contains("cancel"));
    }
}
