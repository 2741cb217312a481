//! The regular expressions of Oathkeeper's rules (the .NET dialect of `regexp2` with its RE2 option), translated to
//! the dialect of the `regex` and `fancy-regex` crates.

/// Translates what stands between two angle brackets.
///
/// # Errors
/// For numbered back references: the numbers shift by the groups that the brackets themselves make, and Oathkeeper
/// refuses most of them.
pub(super) fn translate(expression: &str) -> Result<String, String> {
    let mut out = String::with_capacity(expression.len() + 8);
    let mut rest = expression;
    let mut class = Class::Outside;
    while let Some(c) = rest.chars().next() {
        let mut size = c.len_utf8();
        match (c, class) {
            ('\\', _) => {
                let Some(next) = rest.get(size..).and_then(|r| r.chars().next()) else {
                    return Err("a backslash stands at the end of the expression".into());
                };
                size += next.len_utf8();
                class = class.moved();
                match next {
                    '<' | '>' => out.push(next),
                    'Z' if class == Class::Outside => out.push_str("\\z"),
                    '1'..='9' if class == Class::Outside => {
                        return Err(format!(
                            "the back reference \\{next} counts groups that the angle brackets shift; name the group and refer to it by name: (?P<x>…)\\k<x>"
                        ));
                    }
                    _ => {
                        out.push('\\');
                        out.push(next);
                    }
                }
            }
            ('[', Class::Outside) => {
                class = Class::First;
                out.push('[');
                if rest.get(size..).is_some_and(|r| r.starts_with('^')) {
                    out.push('^');
                    size += 1;
                }
            }
            ('[', _) => match posix(rest) {
                Some(name) => {
                    out.push_str(name);
                    size = name.len();
                    class = Class::Inside;
                }
                None => {
                    out.push_str("\\[");
                    class = Class::Inside;
                }
            },
            (']', Class::First) => {
                out.push_str("\\]");
                class = Class::Inside;
            }
            (']', Class::Inside) => {
                out.push(']');
                class = Class::Outside;
            }
            ('&' | '~' | '-', Class::First | Class::Inside) if rest.get(size..).is_some_and(|r| r.starts_with(c)) => {
                // Two of them are a set operation here and nothing special there.
                out.push('\\');
                out.push(c);
                class = Class::Inside;
            }
            ('{', Class::Outside) if !is_quantifier(rest) => out.push_str("\\{"),
            (c, _) => {
                out.push(c);
                class = class.moved();
            }
        }
        rest = rest.get(size..).unwrap_or_default();
    }
    Ok(out)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Outside,
    /// Just after `[` or `[^`, where `]` stands for itself.
    First,
    Inside,
}

impl Class {
    fn moved(self) -> Self {
        if self == Self::First { Self::Inside } else { self }
    }
}

/// `[:digit:]` at the start of the text.
fn posix(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("[:")?;
    let end = inner.find(":]")?;
    let name = inner.get(..end)?;
    let letters = name.strip_prefix('^').unwrap_or(name);
    (!letters.is_empty() && letters.bytes().all(|b| b.is_ascii_lowercase())).then(|| text.get(..end + 4)).flatten()
}

/// Whether `{` begins a quantifier: `{2}`, `{2,}`, `{2,5}`.
fn is_quantifier(text: &str) -> bool {
    let Some((inner, _)) = text.strip_prefix('{').and_then(|t| t.split_once('}')) else {
        return false;
    };
    let (low, high) = inner.split_once(',').unwrap_or((inner, ""));
    !low.is_empty() && low.bytes().chain(high.bytes()).all(|b| b.is_ascii_digit())
}
