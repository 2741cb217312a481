//! Escaping by context, as Go's `html/template` does it: the same value is written differently in text, in an
//! attribute, in a link, in a script and in a style sheet. The text around it is followed while it is written.

use crate::{format::display, json::to_json, value::Value};
use std::fmt::Write as _;

/// What Go writes where a value cannot be made safe.
const UNSAFE: &str = "ZgotmplZ";
/// Attributes that hold a URL.
const URLS: &[&str] = &[
    "action",
    "archive",
    "background",
    "cite",
    "classid",
    "codebase",
    "data",
    "formaction",
    "href",
    "icon",
    "longdesc",
    "manifest",
    "poster",
    "profile",
    "src",
    "usemap",
    "xmlns",
];

#[derive(Clone, Copy, PartialEq)]
enum State {
    Text,
    Comment,
    /// Inside `<…`, between attributes.
    Tag,
    AfterName,
    BeforeValue,
    Value(Delimiter),
    /// The content of `script`, `style`, `textarea` or `title`.
    Raw(Element),
}

#[derive(Clone, Copy, PartialEq)]
enum Delimiter {
    Double,
    Single,
    Space,
}

#[derive(Clone, Copy, PartialEq)]
enum Element {
    Other,
    Script,
    Style,
    Textarea,
    Title,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Plain,
    Url,
    Script,
    Style,
}

/// Where a script or style sheet stands.
#[derive(Clone, Copy, PartialEq)]
enum Code {
    Plain,
    Quoted(char),
    Line,
    Block,
}

#[derive(Clone, Copy, PartialEq)]
enum UrlPart {
    Nothing,
    Path,
    Query,
}

/// Follows HTML as it is written.
pub(crate) struct Escaper {
    state: State,
    element: Element,
    kind: Kind,
    code: Code,
    part: UrlPart,
}

impl Escaper {
    pub(crate) fn new() -> Self {
        Self {
            state: State::Text,
            element: Element::Other,
            kind: Kind::Plain,
            code: Code::Plain,
            part: UrlPart::Nothing,
        }
    }

    /// Text of the template itself. Comments are left out, as Go leaves them out.
    pub(crate) fn text(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let size = self.step(rest, &mut out);
            rest = rest.get(size..).unwrap_or_default();
        }
        out
    }

    /// Takes some of `rest` (at least a character); how many bytes.
    fn step(&mut self, rest: &str, out: &mut String) -> usize {
        let (size, keep) = match self.state {
            State::Text => {
                if rest.starts_with("<!--") {
                    self.state = State::Comment;
                    return 4;
                }
                let at = rest.find('<').unwrap_or(rest.len());
                if at > 0 { (at, true) } else { (self.open(rest), true) }
            }
            State::Comment => match rest.find("-->") {
                Some(at) => {
                    self.state = State::Text;
                    (at + 3, false)
                }
                None => (rest.len(), false),
            },
            State::Tag => (self.tag(rest), true),
            State::AfterName => {
                let spaces = spaces(rest);
                if spaces > 0 {
                    (spaces, true)
                } else if rest.starts_with('=') {
                    self.state = State::BeforeValue;
                    (1, true)
                } else {
                    self.state = State::Tag;
                    (self.tag(rest), true)
                }
            }
            State::BeforeValue => {
                let spaces = spaces(rest);
                if spaces > 0 {
                    (spaces, true)
                } else {
                    self.begin_value(match rest.as_bytes().first() {
                        Some(b'"') => Delimiter::Double,
                        Some(b'\'') => Delimiter::Single,
                        _ => Delimiter::Space,
                    });
                    match self.state {
                        State::Value(Delimiter::Space) => (self.value_text(rest, Delimiter::Space), true),
                        _ => (1, true),
                    }
                }
            }
            State::Value(delimiter) => (self.value_text(rest, delimiter), true),
            State::Raw(element) => (self.raw(rest, element), true),
        };
        let size = size.max(rest.chars().next().map_or(1, char::len_utf8).min(rest.len()));
        if keep {
            out.push_str(rest.get(..size).unwrap_or(rest));
        }
        size
    }

    /// At a `<`.
    fn open(&mut self, rest: &str) -> usize {
        let name_at = if rest.starts_with("</") { 2 } else { 1 };
        let name = rest.get(name_at..).unwrap_or_default();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return 1;
        }
        let size = name.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | ':'))).unwrap_or(name.len());
        self.element = match name.get(..size).unwrap_or_default().to_ascii_lowercase().as_str() {
            _ if name_at == 2 => Element::Other,
            "script" => Element::Script,
            "style" => Element::Style,
            "textarea" => Element::Textarea,
            "title" => Element::Title,
            _ => Element::Other,
        };
        self.state = State::Tag;
        name_at + size
    }

    fn tag(&mut self, rest: &str) -> usize {
        let spaces = spaces(rest);
        if spaces > 0 {
            return spaces;
        }
        if rest.starts_with('>') {
            self.code = Code::Plain;
            self.state = if self.element == Element::Other { State::Text } else { State::Raw(self.element) };
            return 1;
        }
        if rest.starts_with('/') {
            return 1;
        }
        let end = rest.find(|c: char| c.is_ascii_whitespace() || matches!(c, '=' | '>' | '/')).unwrap_or(rest.len());
        self.kind = kind_of(rest.get(..end).unwrap_or_default());
        self.state = State::AfterName;
        end.max(1)
    }

    fn begin_value(&mut self, delimiter: Delimiter) {
        self.state = State::Value(delimiter);
        self.code = Code::Plain;
        self.part = UrlPart::Nothing;
    }

    fn value_text(&mut self, rest: &str, delimiter: Delimiter) -> usize {
        let ends = |c: char| match delimiter {
            Delimiter::Double => c == '"',
            Delimiter::Single => c == '\'',
            Delimiter::Space => c.is_ascii_whitespace() || c == '>',
        };
        match rest.find(ends) {
            Some(0) => {
                self.state = State::Tag;
                if delimiter == Delimiter::Space { self.tag(rest) } else { 1 }
            }
            found => {
                let size = found.unwrap_or(rest.len());
                let text = rest.get(..size).unwrap_or_default();
                match self.kind {
                    Kind::Plain => {}
                    Kind::Url => self.follow_url(text),
                    Kind::Script | Kind::Style => self.follow_code(text, self.kind == Kind::Script),
                }
                size
            }
        }
    }

    fn follow_url(&mut self, text: &str) {
        if text.contains(['?', '#']) {
            self.part = UrlPart::Query;
        } else if !text.is_empty() && self.part == UrlPart::Nothing {
            self.part = UrlPart::Path;
        }
    }

    fn follow_code(&mut self, text: &str, script: bool) {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let size = c.len_utf8();
            let pair = rest.get(..2).unwrap_or_default();
            let (code, size) = match self.code {
                Code::Plain => match pair {
                    "/*" => (Code::Block, 2),
                    "//" if script => (Code::Line, 2),
                    _ if c == '"' || c == '\'' || (script && c == '`') => (Code::Quoted(c), size),
                    _ => (Code::Plain, size),
                },
                Code::Quoted(_) if c == '\\' => {
                    (self.code, size + rest.get(size..).and_then(|r| r.chars().next()).map_or(0, char::len_utf8))
                }
                Code::Quoted(quote) if c == quote => (Code::Plain, size),
                Code::Line if c == '\n' => (Code::Plain, size),
                Code::Block if pair == "*/" => (Code::Plain, 2),
                code => (code, size),
            };
            self.code = code;
            rest = rest.get(size..).unwrap_or_default();
        }
    }

    /// The content of an element that holds no other elements.
    fn raw(&mut self, rest: &str, element: Element) -> usize {
        let close = match element {
            Element::Script => "</script",
            Element::Style => "</style",
            Element::Textarea => "</textarea",
            Element::Title => "</title",
            Element::Other => "<",
        };
        let lower = rest.to_ascii_lowercase();
        let size = lower.find(close);
        if size == Some(0) {
            self.element = Element::Other;
            self.state = State::Tag;
            return close.len();
        }
        let size = size.unwrap_or(rest.len());
        if matches!(element, Element::Script | Element::Style) {
            self.follow_code(rest.get(..size).unwrap_or_default(), element == Element::Script);
        }
        size
    }

    /// A value, made safe for the place where it goes. `escaped`: the template has escaped it for HTML by itself.
    pub(crate) fn value(&mut self, value: &Value, escaped: bool) -> String {
        match self.state {
            State::Comment => String::new(),
            State::Text | State::Raw(Element::Textarea | Element::Title | Element::Other) => {
                let text = text_of(value);
                if escaped { text } else { html(&text) }
            }
            State::Raw(Element::Script) => self.script(value),
            State::Raw(Element::Style) => self.style(value),
            State::Tag | State::AfterName => {
                self.state = State::AfterName;
                self.kind = Kind::Plain;
                name(&text_of(value))
            }
            State::BeforeValue => {
                self.begin_value(Delimiter::Space);
                self.in_attribute(value, Delimiter::Space)
            }
            State::Value(delimiter) => self.in_attribute(value, delimiter),
        }
    }

    fn in_attribute(&mut self, value: &Value, delimiter: Delimiter) -> String {
        let text = match self.kind {
            Kind::Plain => text_of(value),
            Kind::Url => {
                let text = text_of(value);
                let safe = match self.part {
                    UrlPart::Nothing if !is_safe_url(&text) => format!("#{UNSAFE}"),
                    UrlPart::Nothing | UrlPart::Path => url(&text, true),
                    UrlPart::Query => url(&text, false),
                };
                self.follow_url(&text);
                safe
            }
            Kind::Script => self.script(value),
            Kind::Style => self.style(value),
        };
        match delimiter {
            Delimiter::Space if text.is_empty() => UNSAFE.into(),
            Delimiter::Space => unquoted(&text),
            _ => html(&text),
        }
    }

    fn script(&self, value: &Value) -> String {
        match self.code {
            Code::Plain => match value {
                Value::Str(text) => format!("\"{}\"", script_text(text)),
                other => {
                    let json = to_json(other).unwrap_or_else(|_| "null".into());
                    let json = json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
                    let json = json.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
                    // A bare word must not grow together with what stands beside it.
                    if json.starts_with(['{', '[', '"']) { json } else { format!(" {json} ") }
                }
            },
            Code::Quoted(_) => script_text(&text_of(value)),
            Code::Line | Code::Block => String::new(),
        }
    }

    fn style(&self, value: &Value) -> String {
        let text = text_of(value);
        match self.code {
            Code::Plain => style_value(&text),
            Code::Quoted(_) => text.chars().fold(String::new(), |mut out, c| {
                if c.is_ascii_alphanumeric() || (!c.is_ascii() && !c.is_control()) || c == ' ' {
                    out.push(c);
                } else {
                    let _ = write!(out, "\\{:x} ", u32::from(c));
                }
                out
            }),
            Code::Line | Code::Block => String::new(),
        }
    }
}

fn spaces(text: &str) -> usize {
    text.len() - text.trim_start_matches(|c: char| c.is_ascii_whitespace()).len()
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Nil => String::new(),
        Value::Str(text) => text.to_string(),
        other => display(other),
    }
}

fn kind_of(attribute: &str) -> Kind {
    let lower = attribute.to_ascii_lowercase();
    let bare = lower.strip_prefix("data-").unwrap_or(&lower);
    let bare = bare.rsplit_once(':').map_or(bare, |(space, name)| if space == "xmlns" { "xmlns" } else { name });
    if bare.starts_with("on") {
        Kind::Script
    } else if bare == "style" {
        Kind::Style
    } else if URLS.contains(&bare) || ["src", "uri", "url"].iter().any(|part| bare.contains(part)) {
        Kind::Url
    } else {
        Kind::Plain
    }
}

fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\0' => out.push('\u{fffd}'),
            '"' => out.push_str("&#34;"),
            '&' => out.push_str("&amp;"),
            '\'' => out.push_str("&#39;"),
            '+' => out.push_str("&#43;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
    out
}

fn unquoted(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | ' ' | '=' | '`' => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            c => out.push_str(&html(c.encode_utf8(&mut [0; 4]))),
        }
        out
    })
}

/// A value as the name of an attribute: only a plain one that holds no code.
fn name(text: &str) -> String {
    let plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric());
    if plain && kind_of(text) == Kind::Plain { text.to_ascii_lowercase() } else { UNSAFE.into() }
}

fn is_safe_url(text: &str) -> bool {
    match text.split_once(':') {
        Some((scheme, _)) if !scheme.contains('/') => {
            ["http", "https", "mailto"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
        }
        _ => true,
    }
}

/// `keep`: what has a meaning in a URL stays as it is.
fn url(text: &str, keep: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    for (at, byte) in bytes.iter().enumerate() {
        let hex = |ahead: usize| bytes.get(at + ahead).is_some_and(u8::is_ascii_hexdigit);
        let plain = match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => true,
            b'!' | b'#' | b'$' | b'&' | b'*' | b'+' | b',' | b'/' | b':' | b';' | b'=' | b'?' | b'@' | b'[' | b']' => {
                keep
            }
            b'%' => keep && hex(1) && hex(2),
            _ => false,
        };
        if plain {
            out.push(char::from(*byte));
        } else {
            let _ = write!(out, "%{byte:02x}");
        }
    }
    out
}

fn script_text(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\u{c}' => out.push_str("\\f"),
            '/' => out.push_str("\\/"),
            '\\' => out.push_str("\\\\"),
            '\0' | '\u{b}' | '"' | '&' | '\'' | '+' | '<' | '>' | '`' | '$' | '{' | '}' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
        out
    })
}

/// A value outside of a string in a style sheet: words, numbers, colours; nothing that calls or ends anything.
fn style_value(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let plain = text.chars().all(|c| {
        !matches!(c, '\0' | '"' | '\'' | '(' | ')' | '/' | ';' | '@' | '[' | '\\' | ']' | '`' | '{' | '}' | '<' | '>')
    });
    let calls = ["expression", "mozbinding"]
        .iter()
        .any(|word| lower.chars().filter(|c| c.is_ascii_alphanumeric()).collect::<String>().contains(word));
    if plain && !calls && !text.contains("--") { text.into() } else { UNSAFE.into() }
}
