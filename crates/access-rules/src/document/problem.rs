//! What is wrong with a document, where, and what to write instead.

use super::Place;
use std::fmt;

/// Whether a problem keeps a document from being used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The document works, but probably not as it was meant.
    Warning,
    /// The document is refused.
    Error,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// Where it stands.
    pub place: Option<Place>,
    /// The way there: `access rule "x", match.url` or `serve.proxy.port`.
    pub path: String,
    /// What was found and what was expected.
    pub message: String,
    /// What to write instead.
    pub mend: Option<String>,
}

impl Problem {
    /// An error at a place.
    pub fn error(place: &Place, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            place: Some(place.clone()),
            path: path.into(),
            message: message.into(),
            mend: None,
        }
    }

    /// A warning at a place.
    pub fn warning(place: &Place, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(place, path, message) }
    }

    /// The same problem with what to write instead.
    #[must_use]
    pub fn mend(mut self, mend: impl Into<String>) -> Self {
        self.mend = Some(mend.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        if self.severity == Severity::Warning {
            f.write_str("warning: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)?;
        if let Some(mend) = &self.mend {
            write!(f, "; {mend}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

/// Everything that is wrong with a set of documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// Whether any of them is an error.
    pub fn fatal(&self) -> bool {
        self.0.iter().any(|problem| problem.severity == Severity::Error)
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// The name among `known` that `found` most likely was meant to be.
pub fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = found.to_lowercase().replace('-', "_");
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&name.to_lowercase(), &folded), name))
        .min()
        .filter(|(distance, name)| *distance <= 2 + name.len() / 5 && *distance < name.len().max(2))
        .map(|(_, name)| name)
}
