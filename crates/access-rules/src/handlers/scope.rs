//! How scopes that a rule demands are held against those that a token has.

use crate::document::Shape;

pub(super) const STRATEGIES: Shape = Shape::OneOf(&["hierarchic", "exact", "wildcard", "none"]);

/// How scopes are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Strategy {
    /// `photos` covers `photos.read`.
    Hierarchic,
    /// Only the same.
    Exact,
    /// `photos.*` covers `photos.read` and `photos.read.all`.
    Wildcard,
    /// They are not compared.
    #[default]
    None,
}

impl Strategy {
    /// Whether one of the granted scopes covers the wanted one. Without a strategy nothing is covered.
    pub(super) fn covers(self, granted: &[String], wanted: &str) -> bool {
        granted.iter().any(|granted| match self {
            Self::None => false,
            Self::Exact => granted == wanted,
            Self::Hierarchic => {
                wanted == granted || wanted.strip_prefix(granted.as_str()).is_some_and(|rest| rest.starts_with('.'))
            }
            Self::Wildcard => wildcard(granted, wanted),
        })
    }
}

/// A star stands for one part that is not empty; at the end for one or more.
fn wildcard(pattern: &str, wanted: &str) -> bool {
    let (pattern, wanted): (Vec<&str>, Vec<&str>) = (pattern.split('.').collect(), wanted.split('.').collect());
    if pattern.len() > wanted.len() {
        return false;
    }
    let open_end = pattern.last() == Some(&"*");
    if pattern.len() < wanted.len() && !open_end {
        return false;
    }
    pattern.iter().zip(&wanted).all(|(part, given)| if *part == "*" { !given.is_empty() } else { part == given })
}

#[cfg(test)]
mod tests {
    use super::Strategy::{Exact, Hierarchic, None, Wildcard};

    #[test]
    fn strategies_differ_in_what_covers_what() {
        for (strategy, granted, wanted, covers) in [
            (Exact, "a", "a", true),
            (Exact, "a", "a.b", false),
            (Hierarchic, "foo", "foo.bar", true),
            (Hierarchic, "foo.bar", "foo", false),
            (Hierarchic, "foo", "foobar", false),
            (Wildcard, "foo.*", "foo.bar", true),
            (Wildcard, "foo.*", "foo.bar.baz", true),
            (Wildcard, "foo.*", "foo", false),
            (Wildcard, "*", "anything", true),
            (Wildcard, "*", "", false),
            (Wildcard, "foo*", "foobar", false),
            (Wildcard, "foo.*.baz", "foo.bar.baz", true),
            (Wildcard, "foo.*.baz", "foo..baz", false),
            (Wildcard, "photos.*.all", "photos.read", false),
            (None, "a", "a", false),
        ] {
            assert_eq!(strategy.covers(&[granted.to_owned()], wanted), covers, "{strategy:?} {granted} {wanted}");
        }
    }
}
