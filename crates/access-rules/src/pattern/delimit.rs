//! Splitting a pattern at its angle brackets.

/// A pattern whose brackets do not pair up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unbalanced {
    /// Where the bracket stands that has no partner, in bytes.
    pub at: usize,
    /// Whether it is an opening one.
    pub opens: bool,
}

/// A part of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// Outside of the brackets: stands for itself.
    Literal(&'a str),
    /// Between brackets: an expression.
    Expression(&'a str),
}

/// Start and end of each outermost pair of brackets, in bytes.
///
/// # Errors
/// For brackets that do not pair up.
pub fn delimiters(text: &str, open: u8, close: u8) -> Result<Vec<usize>, Unbalanced> {
    let mut found = Vec::new();
    let (mut level, mut start) = (0usize, 0);
    for (at, byte) in text.bytes().enumerate() {
        if byte == open {
            level += 1;
            if level == 1 {
                start = at;
            }
        } else if byte == close {
            level = level.checked_sub(1).ok_or(Unbalanced { at, opens: false })?;
            if level == 0 {
                found.extend([start, at + 1]);
            }
        }
    }
    if level > 0 { Err(Unbalanced { at: start, opens: true }) } else { Ok(found) }
}

/// The parts of a pattern, in order.
pub(crate) fn parts(text: &str, open: u8, close: u8) -> Result<Vec<Part<'_>>, Unbalanced> {
    let places = delimiters(text, open, close)?;
    let mut out = Vec::with_capacity(places.len() + 1);
    let mut after = 0;
    for pair in places.chunks_exact(2) {
        if let [start, end] = *pair {
            if start > after {
                out.push(Part::Literal(text.get(after..start).unwrap_or_default()));
            }
            out.push(Part::Expression(text.get(start + 1..end - 1).unwrap_or_default()));
            after = end;
        }
    }
    if after < text.len() {
        out.push(Part::Literal(text.get(after..).unwrap_or_default()));
    }
    Ok(out)
}
