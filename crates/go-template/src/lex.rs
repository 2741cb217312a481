//! From text to tokens, with places.

use crate::{ast::Place, template::ParseError};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    Text(String),
    /// `{{` and `}}`; trimming has been done.
    Open,
    Close,
    /// A name or keyword.
    Word(String),
    /// `.name`
    Field(String),
    /// `$name` or `$`
    Variable(String),
    Quoted(String),
    Int(i64),
    Float(f64),
    Dot,
    Declare,
    Assign,
    Pipe,
    Comma,
    OpenGroup,
    CloseGroup,
    /// White space between words; it separates arguments from field chains.
    Space,
}

pub(crate) struct Lexer<'a> {
    rest: &'a str,
    at: Place,
    out: Vec<(Place, Token)>,
}

/// Splits a template into tokens.
pub(crate) fn lex(source: &str) -> Result<Vec<(Place, Token)>, ParseError> {
    let mut lexer = Lexer { rest: source, at: Place { line: 1, column: 1 }, out: Vec::new() };
    lexer.run()?;
    Ok(lexer.out)
}

impl<'a> Lexer<'a> {
    fn run(&mut self) -> Result<(), ParseError> {
        let mut trim_next = false;
        while !self.rest.is_empty() {
            let (text, found) = match self.rest.find("{{") {
                Some(at) => (self.rest.get(..at).unwrap_or_default(), true),
                None => (self.rest, false),
            };
            let start = self.at;
            let size = text.len();
            let mut kept = text;
            if trim_next {
                kept = kept.trim_start_matches(is_space);
            }
            self.skip(size);
            let opens = self.at;
            let mut trims = false;
            if found {
                self.skip(2);
                if self.rest.starts_with('-') && self.rest.get(1..).is_some_and(|r| r.starts_with(is_space)) {
                    trims = true;
                    self.skip(2);
                }
            }
            if trims {
                kept = kept.trim_end_matches(is_space);
            }
            if !kept.is_empty() {
                self.out.push((start, Token::Text(kept.to_owned())));
            }
            if found {
                trim_next = self.action(opens)?;
            }
        }
        Ok(())
    }

    fn skip(&mut self, bytes: usize) {
        let (gone, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        for c in gone.chars() {
            if c == '\n' {
                self.at.line += 1;
                self.at.column = 1;
            } else {
                self.at.column += 1;
            }
        }
        self.rest = rest;
    }

    /// Reads up to `}}`; whether the text after it is trimmed.
    fn action(&mut self, opens: Place) -> Result<bool, ParseError> {
        if self.rest.trim_start_matches(is_space).starts_with("/*") {
            return self.comment(opens);
        }
        self.out.push((opens, Token::Open));
        let mut depth = 0usize;
        loop {
            let at = self.at;
            let Some(c) = self.rest.chars().next() else {
                return Err(ParseError::new(opens, "this action is never closed: `}}` is missing"));
            };
            if self.rest.starts_with("}}") {
                if depth > 0 {
                    return Err(ParseError::new(at, "a `(` is not closed before `}}`"));
                }
                self.skip(2);
                self.out.push((at, Token::Close));
                return Ok(false);
            }
            if is_space(c) {
                let spaces = self.rest.len() - self.rest.trim_start_matches(is_space).len();
                if self.rest.get(spaces..).is_some_and(|r| r.starts_with("-}}")) {
                    if depth > 0 {
                        return Err(ParseError::new(at, "a `(` is not closed before `}}`"));
                    }
                    self.skip(spaces + 3);
                    self.out.push((at, Token::Close));
                    return Ok(true);
                }
                self.skip(spaces);
                self.out.push((at, Token::Space));
                continue;
            }
            let token = match c {
                '"' => self.quoted(at)?,
                '`' => self.raw(at)?,
                '\'' => self.character(at)?,
                '(' => {
                    depth += 1;
                    self.skip(1);
                    Token::OpenGroup
                }
                ')' => {
                    depth = depth.checked_sub(1).ok_or_else(|| ParseError::new(at, "a `)` closes nothing"))?;
                    self.skip(1);
                    Token::CloseGroup
                }
                '|' => {
                    self.skip(1);
                    Token::Pipe
                }
                ',' => {
                    self.skip(1);
                    Token::Comma
                }
                ':' if self.rest.starts_with(":=") => {
                    self.skip(2);
                    Token::Declare
                }
                '=' => {
                    self.skip(1);
                    Token::Assign
                }
                '$' => {
                    self.skip(1);
                    Token::Variable(format!("${}", self.name()))
                }
                '.' if !self.rest.get(1..).is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit())) => {
                    self.skip(1);
                    let name = self.name();
                    if name.is_empty() { Token::Dot } else { Token::Field(name) }
                }
                c if c.is_ascii_digit() || matches!(c, '+' | '-' | '.') => self.number(at)?,
                c if c.is_alphabetic() || c == '_' => Token::Word(self.name()),
                c => return Err(ParseError::new(at, format!("unexpected character {c:?} in an action"))),
            };
            self.out.push((at, token));
        }
    }

    fn comment(&mut self, opens: Place) -> Result<bool, ParseError> {
        let end = self
            .rest
            .find("*/")
            .ok_or_else(|| ParseError::new(opens, "this comment is never closed: `*/` is missing"))?;
        self.skip(end + 2);
        if self.rest.starts_with("}}") {
            self.skip(2);
            return Ok(false);
        }
        let spaces = self.rest.len() - self.rest.trim_start_matches(is_space).len();
        if spaces > 0 && self.rest.get(spaces..).is_some_and(|r| r.starts_with("-}}")) {
            self.skip(spaces + 3);
            return Ok(true);
        }
        Err(ParseError::new(self.at, "a comment must fill its action: `}}` must follow `*/`"))
    }

    fn name(&mut self) -> String {
        let size = self.rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(self.rest.len());
        let name = self.rest.get(..size).unwrap_or_default().to_owned();
        self.skip(size);
        name
    }

    fn quoted(&mut self, at: Place) -> Result<Token, ParseError> {
        self.skip(1);
        let mut text = String::new();
        loop {
            let Some(c) = self.rest.chars().next() else {
                return Err(ParseError::new(at, "this text is never closed: `\"` is missing"));
            };
            match c {
                '"' => {
                    self.skip(1);
                    return Ok(Token::Quoted(text));
                }
                '\n' => return Err(ParseError::new(at, "a text in `\"` must end on its line; use ` for more lines")),
                '\\' => text.push(self.escape(at, '"')?),
                c => {
                    text.push(c);
                    self.skip(c.len_utf8());
                }
            }
        }
    }

    fn raw(&mut self, at: Place) -> Result<Token, ParseError> {
        self.skip(1);
        let end = self.rest.find('`').ok_or_else(|| ParseError::new(at, "this text is never closed: ` is missing"))?;
        let text = self.rest.get(..end).unwrap_or_default().replace('\r', "");
        self.skip(end + 1);
        Ok(Token::Quoted(text))
    }

    fn character(&mut self, at: Place) -> Result<Token, ParseError> {
        self.skip(1);
        let c = match self.rest.chars().next() {
            Some('\\') => self.escape(at, '\'')?,
            Some(c) if c != '\'' && c != '\n' => {
                self.skip(c.len_utf8());
                c
            }
            _ => return Err(ParseError::new(at, "a character constant holds one character: 'x'")),
        };
        if !self.rest.starts_with('\'') {
            return Err(ParseError::new(at, "a character constant holds one character: 'x'; use \" for texts"));
        }
        self.skip(1);
        Ok(Token::Int(i64::from(u32::from(c))))
    }

    fn escape(&mut self, at: Place, quote: char) -> Result<char, ParseError> {
        let bad = || ParseError::new(at, "unknown escape after `\\`");
        let c = self.rest.chars().nth(1).ok_or_else(bad)?;
        let digits = |count: usize, radix: u32, from: usize| {
            self.rest.get(from..from + count).and_then(|d| u32::from_str_radix(d, radix).ok()).and_then(char::from_u32)
        };
        let (value, size) = match c {
            'a' => ('\u{7}', 2),
            'b' => ('\u{8}', 2),
            'f' => ('\u{c}', 2),
            'n' => ('\n', 2),
            'r' => ('\r', 2),
            't' => ('\t', 2),
            'v' => ('\u{b}', 2),
            '\\' => ('\\', 2),
            'x' => (digits(2, 16, 2).ok_or_else(bad)?, 4),
            'u' => (digits(4, 16, 2).ok_or_else(bad)?, 6),
            'U' => (digits(8, 16, 2).ok_or_else(bad)?, 10),
            '0'..='7' => (digits(3, 8, 1).ok_or_else(bad)?, 4),
            c if c == quote => (c, 2),
            _ => return Err(bad()),
        };
        self.skip(size);
        Ok(value)
    }

    fn number(&mut self, at: Place) -> Result<Token, ParseError> {
        let size = self
            .rest
            .char_indices()
            .find(|(i, c)| {
                let after_exponent = *i > 0
                    && matches!(self.rest.as_bytes().get(*i - 1), Some(b'e' | b'E' | b'p' | b'P'))
                    && !self.rest.starts_with("0x");
                !(c.is_ascii_alphanumeric()
                    || matches!(c, '.' | '_')
                    || (matches!(c, '+' | '-') && (*i == 0 || after_exponent)))
            })
            .map_or(self.rest.len(), |(i, _)| i);
        let text = self.rest.get(..size).unwrap_or_default().to_owned();
        self.skip(size);
        let plain = text.replace('_', "");
        let (negative, digits) = match plain.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, plain.strip_prefix('+').unwrap_or(&plain)),
        };
        let radix = |prefix: [&str; 2], radix| {
            prefix.iter().find_map(|p| digits.strip_prefix(p)).and_then(|d| i64::from_str_radix(d, radix).ok())
        };
        let octal =
            (digits.len() > 1 && digits.starts_with('0')).then(|| i64::from_str_radix(digits, 8).ok()).flatten();
        let integer = radix(["0x", "0X"], 16)
            .or(radix(["0b", "0B"], 2))
            .or(radix(["0o", "0O"], 8))
            .or(octal)
            .or(digits.parse().ok());
        if let Some(value) = integer {
            return Ok(Token::Int(if negative { -value } else { value }));
        }
        let float =
            digits.starts_with(|c: char| c.is_ascii_digit() || c == '.').then(|| digits.parse::<f64>().ok()).flatten();
        match float {
            Some(value) => Ok(Token::Float(if negative { -value } else { value })),
            None => Err(ParseError::new(at, format!("{text:?} is no number"))),
        }
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}
