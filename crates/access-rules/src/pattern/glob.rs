//! Globs as `gobwas/glob` reads them with the separators `.` and `/`, written as regular expressions.

/// Writes what stands between two angle brackets as a regular expression.
///
/// # Errors
/// For lists, ranges and alternatives that are not closed or not well-formed.
pub(super) fn translate(expression: &str) -> Result<String, String> {
    let mut chars = expression.chars().peekable();
    let mut out = String::with_capacity(expression.len() * 2);
    let mut depth = 0usize;
    while let Some(c) = chars.next() {
        match c {
            '*' => {
                if chars.peek() == Some(&'*') {
                    chars.next();
                    out.push_str("(?s:.*)");
                } else {
                    out.push_str("[^./]*");
                }
            }
            '?' => out.push_str("[^./]"),
            '[' => class(&mut chars, &mut out)?,
            '{' => {
                depth += 1;
                out.push_str("(?:");
            }
            '}' if depth > 0 => {
                depth -= 1;
                out.push(')');
            }
            ',' if depth > 0 => out.push('|'),
            '\\' => {
                if let Some(next) = chars.next() {
                    escaped(next, &mut out);
                }
            }
            c => escaped(c, &mut out),
        }
    }
    if depth > 0 { Err("the alternatives are never closed: `}` is missing".into()) } else { Ok(out) }
}

fn escaped(c: char, out: &mut String) {
    out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
}

/// A list (`[abc]`) or one range (`[a-c]`), either negated by `!`. Both take separators too.
fn class(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) -> Result<(), String> {
    let unclosed = || "the list is never closed: `]` is missing".to_owned();
    out.push('[');
    if chars.peek() == Some(&'!') {
        chars.next();
        out.push('^');
    }
    let mut ahead = chars.clone();
    let (first, second) = (ahead.next().ok_or_else(unclosed)?, ahead.next());
    if second == Some('-') {
        let last = ahead.next().ok_or_else(unclosed)?;
        match ahead.next() {
            Some(']') => {}
            Some(other) => {
                return Err(format!(
                    "`]` must follow the range {first}-{last}, found {other:?}; a list holds no ranges"
                ));
            }
            None => return Err(unclosed()),
        }
        if last < first {
            return Err(format!("the range {first}-{last} runs backwards"));
        }
        escaped(first, out);
        out.push('-');
        escaped(last, out);
        *chars = ahead;
    } else {
        let mut count = 0;
        loop {
            match chars.next().ok_or_else(unclosed)? {
                ']' => break,
                '\\' => escaped(chars.next().ok_or_else(unclosed)?, out),
                c => escaped(c, out),
            }
            count += 1;
        }
        if count == 0 {
            return Err("the list `[]` is empty".into());
        }
    }
    out.push(']');
    Ok(())
}
