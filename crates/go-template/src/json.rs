//! JSON as Go's `encoding/json` writes it: sorted keys, `<`, `>`, `&` escaped, floats without an exponent
//! between 1e-6 and 1e21.

use crate::value::Value;
use std::fmt::Write;

/// `json.Marshal`. Numbers that JSON cannot express (NaN, infinities) are an error, as in Go.
pub fn to_json(value: &Value) -> Result<String, String> {
    let mut out = String::new();
    Writer { html: true, indent: None }.write(value, 0, &mut out)?;
    Ok(out)
}

/// `json.Unmarshal` into an `interface{}`.
pub fn from_json_text(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map(|json| Value::from_json(&json)).map_err(|e| e.to_string())
}

/// `toRawJson` and `toPrettyJson` differ from `toJson` in escaping and layout.
pub(crate) struct Writer {
    pub(crate) html: bool,
    pub(crate) indent: Option<&'static str>,
}

impl Writer {
    pub(crate) fn write(&self, value: &Value, depth: usize, out: &mut String) -> Result<(), String> {
        match value {
            Value::Nil => out.push_str("null"),
            Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            Value::Int(n) => {
                let _ = write!(out, "{n}");
            }
            Value::Float(f) => float(*f, out)?,
            Value::Str(s) => self.text(s, out),
            Value::List(items) if items.is_empty() => out.push_str("[]"),
            Value::List(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    self.line(depth + 1, out);
                    self.write(item, depth + 1, out)?;
                }
                self.line(depth, out);
                out.push(']');
            }
            Value::Map(map) if map.is_empty() => out.push_str("{}"),
            Value::Map(map) => {
                out.push('{');
                for (i, (key, item)) in map.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    self.line(depth + 1, out);
                    self.text(key, out);
                    out.push(':');
                    if self.indent.is_some() {
                        out.push(' ');
                    }
                    self.write(item, depth + 1, out)?;
                }
                self.line(depth, out);
                out.push('}');
            }
            Value::Object(object) => self.write(&object.json(), depth, out)?,
        }
        Ok(())
    }

    fn line(&self, depth: usize, out: &mut String) {
        if let Some(indent) = self.indent {
            out.push('\n');
            (0..depth).for_each(|_| out.push_str(indent));
        }
    }

    fn text(&self, text: &str, out: &mut String) {
        out.push('"');
        for c in text.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\u{8}' => out.push_str("\\b"),
                '\u{c}' => out.push_str("\\f"),
                '<' | '>' | '&' if self.html => {
                    let _ = write!(out, "\\u{:04x}", c as u32);
                }
                '\u{2028}' | '\u{2029}' => {
                    let _ = write!(out, "\\u{:04x}", c as u32);
                }
                c if (c as u32) < 0x20 => {
                    let _ = write!(out, "\\u{:04x}", c as u32);
                }
                c => out.push(c),
            }
        }
        out.push('"');
    }
}

fn float(value: f64, out: &mut String) -> Result<(), String> {
    if !value.is_finite() {
        return Err(format!("json: unsupported value: {}", crate::format::number(value)));
    }
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let scientific = format!("{value:e}");
        match scientific.split_once('e') {
            Some((digits, power)) if !power.starts_with('-') => {
                let _ = write!(out, "{digits}e+{power}");
            }
            _ => out.push_str(&scientific),
        }
    } else {
        let _ = write!(out, "{value}");
    }
    Ok(())
}
