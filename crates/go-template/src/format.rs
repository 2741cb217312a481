//! Printing as Go's `fmt` does it: `%v` of every value, and `printf`.

use crate::value::Value;
use std::fmt::Write;

/// A value as `%v` prints it.
pub fn display(value: &Value) -> String {
    let mut out = String::new();
    write_value(value, &mut out);
    out
}

/// A float64 as `%v` prints it: the shortest digits that read back the same, with an exponent below 1e-4 and
/// from 1e+06 on.
pub fn number(value: f64) -> String {
    let mut out = String::new();
    write_float(value, &mut out);
    out
}

pub(crate) fn write_value(value: &Value, out: &mut String) {
    match value {
        Value::Nil => out.push_str("<nil>"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Int(n) => {
            let _ = write!(out, "{n}");
        }
        Value::Float(f) => write_float(*f, out),
        Value::Str(s) => out.push_str(s),
        Value::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(' ');
                }
                write_value(item, out);
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push_str("map[");
            for (i, (key, item)) in map.iter().enumerate() {
                if i > 0 {
                    out.push(' ');
                }
                out.push_str(key);
                out.push(':');
                write_value(item, out);
            }
            out.push(']');
        }
        Value::Object(object) => write_value(&object.plain(), out),
    }
}

/// `strconv.FormatFloat(f, 'g', -1, 64)`.
fn write_float(value: f64, out: &mut String) {
    if value.is_nan() {
        out.push_str("NaN");
    } else if value.is_infinite() {
        out.push_str(if value > 0.0 { "+Inf" } else { "-Inf" });
    } else if value == 0.0 {
        out.push_str(if value.is_sign_negative() { "-0" } else { "0" });
    } else {
        let scientific = format!("{value:e}");
        let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        let exponent: i32 = exponent.parse().unwrap_or(0);
        // With the shortest digits, strconv decides as if six places were asked for.
        if !(-4..6).contains(&exponent) {
            let sign = if exponent < 0 { '-' } else { '+' };
            let _ = write!(out, "{digits}e{sign}{:02}", exponent.abs());
        } else {
            let _ = write!(out, "{value}");
        }
    }
}

/// `fmt.Sprintf` for the values that templates know.
pub(crate) fn sprintf(format: &str, arguments: &[Value]) -> String {
    let mut out = String::new();
    let mut next = 0;
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut spec = Spec::default();
        while let Some(flag) = chars.peek().copied() {
            match flag {
                '+' => spec.plus = true,
                '-' => {
                    spec.minus = true;
                    spec.zero = false;
                }
                '#' => spec.sharp = true,
                ' ' => spec.space = true,
                '0' => spec.zero = !spec.minus,
                _ => break,
            }
            chars.next();
        }
        if chars.peek() == Some(&'*') {
            chars.next();
            match arguments.get(next) {
                Some(Value::Int(n)) => {
                    spec.minus |= *n < 0;
                    spec.width = usize::try_from(n.unsigned_abs()).ok().map(|w| w.min(MAX_WIDTH));
                }
                _ => out.push_str("%!(BADWIDTH)"),
            }
            next += 1;
        } else {
            spec.width = digits(&mut chars);
        }
        if chars.peek() == Some(&'.') {
            chars.next();
            if chars.peek() == Some(&'*') {
                chars.next();
                match arguments.get(next) {
                    Some(Value::Int(n)) if *n >= 0 => {
                        spec.precision = usize::try_from(*n).ok().map(|w| w.min(MAX_WIDTH))
                    }
                    _ => out.push_str("%!(BADPREC)"),
                }
                next += 1;
            } else {
                spec.precision = Some(digits(&mut chars).unwrap_or(0));
            }
        }
        let Some(verb) = chars.next() else {
            out.push_str("%!(NOVERB)");
            break;
        };
        if verb == '%' {
            out.push('%');
            continue;
        }
        match arguments.get(next) {
            Some(value) => spec.write(verb, value, &mut out),
            None => {
                let _ = write!(out, "%!{verb}(MISSING)");
            }
        }
        next += 1;
    }
    if let Some(extra) = arguments.get(next..).filter(|rest| !rest.is_empty()) {
        out.push_str("%!(EXTRA ");
        for (i, value) in extra.iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            if matches!(value, Value::Nil) {
                out.push_str("<nil>");
            } else {
                let _ = write!(out, "{}={}", value.type_name(), display(value));
            }
        }
        out.push(')');
    }
    out
}

/// No template needs a field wider than this; Go stops at a million.
const MAX_WIDTH: usize = 4096;

fn digits(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<usize> {
    let mut number = None;
    while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
        chars.next();
        number = Some((number.unwrap_or(0) * 10 + digit as usize).min(MAX_WIDTH));
    }
    number
}

#[derive(Default)]
struct Spec {
    plus: bool,
    minus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

impl Spec {
    fn write(&self, verb: char, value: &Value, out: &mut String) {
        match self.body(verb, value) {
            Some((text, numeric)) => self.pad(&text, numeric, out),
            None => {
                if matches!(value, Value::Nil) {
                    let _ = write!(out, "%!{verb}(<nil>)");
                } else {
                    let _ = write!(out, "%!{verb}({}={})", value.type_name(), display(value));
                }
            }
        }
    }

    /// The text of a value under a verb and whether it is a number; `None` where the verb does not fit.
    fn body(&self, verb: char, value: &Value) -> Option<(String, bool)> {
        if let Value::Object(object) = value {
            let plain = object.plain();
            return if verb == 'T' { Some((object.type_name().to_owned(), false)) } else { self.body(verb, &plain) };
        }
        if let (Value::List(items), false) = (value, matches!(verb, 'v' | 'T')) {
            let parts: Vec<String> = items.iter().map(|item| self.element(verb, item)).collect();
            return Some((format!("[{}]", parts.join(" ")), false));
        }
        if let (Value::Map(map), false) = (value, matches!(verb, 'v' | 'T')) {
            let parts: Vec<String> = map
                .iter()
                .map(|(k, v)| format!("{}:{}", self.element(verb, &Value::Str(k.clone())), self.element(verb, v)))
                .collect();
            return Some((format!("map[{}]", parts.join(" ")), false));
        }
        match (verb, value) {
            ('T', _) => Some((value.type_name(), false)),
            ('v', Value::Str(s)) if self.sharp => Some((quote(s), false)),
            ('v', Value::Int(n)) => Some((self.signed(*n >= 0, n.unsigned_abs().to_string()), true)),
            ('v', Value::Float(f)) => Some((self.float('v', *f), true)),
            ('v', Value::Str(s)) => Some((self.cut(s), false)),
            ('v', _) => Some((display(value), false)),
            ('t', Value::Bool(_)) => Some((display(value), false)),
            ('d', Value::Int(n)) => Some((self.signed(*n >= 0, n.unsigned_abs().to_string()), true)),
            ('b', Value::Int(n)) => Some((self.signed(*n >= 0, format!("{:b}", n.unsigned_abs())), true)),
            ('o', Value::Int(n)) => Some((self.signed(*n >= 0, format!("{:o}", n.unsigned_abs())), true)),
            ('x', Value::Int(n)) => Some((self.signed(*n >= 0, format!("{:x}", n.unsigned_abs())), true)),
            ('X', Value::Int(n)) => Some((self.signed(*n >= 0, format!("{:X}", n.unsigned_abs())), true)),
            ('c', Value::Int(n)) => {
                Some((u32::try_from(*n).ok().and_then(char::from_u32).unwrap_or('\u{fffd}').to_string(), false))
            }
            ('q', Value::Int(n)) => {
                let c = u32::try_from(*n).ok().and_then(char::from_u32).unwrap_or('\u{fffd}');
                Some((format!("'{c}'"), false))
            }
            ('U', Value::Int(n)) => Some((format!("U+{n:04X}"), false)),
            ('e' | 'E' | 'f' | 'F' | 'g' | 'G', Value::Float(f)) => Some((self.float(verb, *f), true)),
            ('s', Value::Str(s)) => Some((self.cut(s), false)),
            ('q', Value::Str(s)) => Some((quote(&self.cut(s)), false)),
            ('x', Value::Str(s)) => Some((s.bytes().map(|b| format!("{b:02x}")).collect(), false)),
            ('X', Value::Str(s)) => Some((s.bytes().map(|b| format!("{b:02X}")).collect(), false)),
            _ => None,
        }
    }

    fn element(&self, verb: char, value: &Value) -> String {
        let mut out = String::new();
        self.write(verb, value, &mut out);
        out
    }

    fn cut(&self, text: &str) -> String {
        match self.precision {
            Some(count) => text.chars().take(count).collect(),
            None => text.to_owned(),
        }
    }

    fn signed(&self, positive: bool, digits: String) -> String {
        let digits = match self.precision {
            Some(precision) if digits.len() < precision => format!("{digits:0>precision$}"),
            _ => digits,
        };
        match (positive, self.plus, self.space) {
            (false, ..) => format!("-{digits}"),
            (true, true, _) => format!("+{digits}"),
            (true, false, true) => format!(" {digits}"),
            _ => digits,
        }
    }

    fn float(&self, verb: char, value: f64) -> String {
        let positive = value.is_sign_positive() || value.is_nan();
        let value = value.abs();
        let digits = match verb {
            'f' | 'F' => format!("{value:.*}", self.precision.unwrap_or(6)),
            'e' => exponent(&format!("{value:.*e}", self.precision.unwrap_or(6))),
            'E' => exponent(&format!("{value:.*e}", self.precision.unwrap_or(6))).to_uppercase(),
            _ => match self.precision {
                None => number(value),
                Some(precision) => general(value, precision.max(1)),
            },
        };
        let digits = if verb == 'G' { digits.to_uppercase() } else { digits };
        Spec { precision: None, plus: self.plus, space: self.space, ..Spec::default() }.signed(positive, digits)
    }

    fn pad(&self, text: &str, numeric: bool, out: &mut String) {
        let missing = self.width.unwrap_or(0).saturating_sub(text.chars().count());
        let fill = |out: &mut String, c: char| (0..missing).for_each(|_| out.push(c));
        if self.minus {
            out.push_str(text);
            fill(out, ' ');
        } else if self.zero && numeric {
            let (sign, digits) = match text.strip_prefix(['+', '-', ' ']) {
                Some(rest) => text.split_at(text.len() - rest.len()),
                None => ("", text),
            };
            out.push_str(sign);
            fill(out, '0');
            out.push_str(digits);
        } else {
            fill(out, ' ');
            out.push_str(text);
        }
    }
}

/// `1.5e3` as Go writes it: `1.5e+03`.
fn exponent(text: &str) -> String {
    match text.split_once('e') {
        Some((digits, power)) => {
            let power: i32 = power.parse().unwrap_or(0);
            format!("{digits}e{}{:02}", if power < 0 { '-' } else { '+' }, power.abs())
        }
        None => text.to_owned(),
    }
}

/// `%.Ng`: N significant digits, trailing zeros dropped.
fn general(value: f64, precision: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return number(value);
    }
    let scientific = format!("{value:.*e}", precision - 1);
    let (digits, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    let limit = i32::try_from(precision).unwrap_or(i32::MAX);
    if power < -4 || power >= limit {
        let digits = if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits };
        exponent(&format!("{digits}e{power}"))
    } else {
        let places = usize::try_from(limit - 1 - power).unwrap_or(0);
        let fixed = format!("{value:.places$}");
        if fixed.contains('.') { fixed.trim_end_matches('0').trim_end_matches('.').to_owned() } else { fixed }
    }
}

/// `strconv.Quote`.
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            c if (c as u32) < 0x20 || c == '\u{7f}' => {
                let _ = write!(out, "\\x{:02x}", c as u32);
            }
            c if c.is_control() || c == '\u{feff}' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
