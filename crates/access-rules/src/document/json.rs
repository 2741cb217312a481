//! JSON with places.

use super::{Data, Entry, Node, Place, Problem};
use std::sync::Arc;

const MAX_DEPTH: usize = 64;

/// Reads a JSON document.
pub(super) fn read(file: &Arc<str>, text: &str) -> Result<Node, Problem> {
    let mut reader = Reader { file, rest: text.strip_prefix('\u{feff}').unwrap_or(text), line: 1, column: 1 };
    let node = reader.value(0)?;
    reader.space();
    if reader.rest.is_empty() { Ok(node) } else { Err(reader.problem("something follows the end of the document")) }
}

struct Reader<'a> {
    file: &'a Arc<str>,
    rest: &'a str,
    line: u32,
    column: u32,
}

impl Reader<'_> {
    fn place(&self) -> Place {
        Place { file: Arc::clone(self.file), line: self.line, column: self.column }
    }

    fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::error(&self.place(), "", format!("this is not JSON: {}", message.into()))
    }

    fn skip(&mut self, bytes: usize) {
        let (gone, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        for c in gone.chars() {
            if c == '\n' {
                self.line += 1;
                self.column = 1;
            } else {
                self.column += 1;
            }
        }
        self.rest = rest;
    }

    fn space(&mut self) {
        let size = self.rest.len() - self.rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        self.skip(size);
    }

    fn take(&mut self, token: char) -> bool {
        self.space();
        let found = self.rest.starts_with(token);
        if found {
            self.skip(token.len_utf8());
        }
        found
    }

    fn value(&mut self, depth: usize) -> Result<Node, Problem> {
        if depth > MAX_DEPTH {
            return Err(self.problem("it is nested too deeply"));
        }
        self.space();
        let place = self.place();
        let data = match self.rest.chars().next() {
            Some('{') => {
                self.skip(1);
                self.map(depth)?
            }
            Some('[') => {
                self.skip(1);
                self.list(depth)?
            }
            Some('"') => Data::Text(self.text()?),
            Some(c) if c == '-' || c.is_ascii_digit() => self.number()?,
            _ => self.word()?,
        };
        Ok(Node::new(place, data))
    }

    fn word(&mut self) -> Result<Data, Problem> {
        for (word, data) in [("null", Data::Null), ("true", Data::Bool(true)), ("false", Data::Bool(false))] {
            if self.rest.starts_with(word) {
                self.skip(word.len());
                return Ok(data);
            }
        }
        Err(self.problem("a value is expected here"))
    }

    fn number(&mut self) -> Result<Data, Problem> {
        let size =
            self.rest.find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E')).unwrap_or(self.rest.len());
        let text = self.rest.get(..size).unwrap_or_default();
        let data = match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(n), _) => Data::Int(n),
            (_, Ok(f)) => Data::Float(f),
            _ => return Err(self.problem(format!("{text:?} is no number"))),
        };
        self.skip(size);
        Ok(data)
    }

    /// The raw text is found here, its escapes are read by serde_json.
    fn text(&mut self) -> Result<String, Problem> {
        let mut escaped = false;
        let end = self.rest.char_indices().skip(1).find_map(|(i, c)| match c {
            _ if escaped => {
                escaped = false;
                None
            }
            '\\' => {
                escaped = true;
                None
            }
            '"' => Some(i + 1),
            _ => None,
        });
        let end = end.ok_or_else(|| self.problem("this text is never closed"))?;
        let raw = self.rest.get(..end).unwrap_or_default();
        let text = serde_json::from_str(raw).map_err(|_| self.problem(format!("{raw} is no text")))?;
        self.skip(end);
        Ok(text)
    }

    fn list(&mut self, depth: usize) -> Result<Data, Problem> {
        let mut items = Vec::new();
        if self.take(']') {
            return Ok(Data::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.take(']') {
                return Ok(Data::List(items));
            }
            if !self.take(',') {
                return Err(self.problem("`,` or `]` is expected here"));
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Data, Problem> {
        let mut entries: Vec<Entry> = Vec::new();
        if self.take('}') {
            return Ok(Data::Map(entries));
        }
        loop {
            self.space();
            let place = self.place();
            if !self.rest.starts_with('"') {
                return Err(self.problem("a key in quotation marks is expected here"));
            }
            let key = self.text()?;
            if !self.take(':') {
                return Err(self.problem("`:` is expected here"));
            }
            let value = self.value(depth + 1)?;
            if entries.iter().any(|entry| entry.key == key) {
                return Err(Problem::error(&place, "", format!("the key {key:?} stands twice in one map")));
            }
            entries.push(Entry { key, place, value });
            if self.take('}') {
                return Ok(Data::Map(entries));
            }
            if !self.take(',') {
                return Err(self.problem("`,` or `}` is expected here"));
            }
        }
    }
}
