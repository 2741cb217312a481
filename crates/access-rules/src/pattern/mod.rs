//! The patterns of rules: `http://host/users/<[0-9]+>`.

mod delimit;
mod glob;
mod regexp;
mod simple;

use delimit::{Part, parts};
pub use delimit::{Unbalanced, delimiters};
use fancy_regex::Regex as FancyRegex;
use regex_syntax::hir::literal::{ExtractKind, Extractor};
use simple::{Piece, Simple};
use std::fmt;

/// How what stands between angle brackets is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strategy {
    /// Regular expressions.
    #[default]
    Regexp,
    /// Globs with the separators `.` and `/`.
    Glob,
}

/// Why a pattern cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub mend: Option<String>,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.mend {
            Some(mend) => write!(f, "; {mend}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for PatternError {}

/// An expression took more steps than it may. The request is answered with 500.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooComplex;

/// A compiled pattern.
#[derive(Debug)]
pub struct Pattern {
    matcher: Matcher,
    prefixes: Vec<String>,
}

#[derive(Debug)]
enum Matcher {
    Simple(Simple),
    Regex(Box<regex::Regex>, Vec<usize>),
    Fancy(Box<FancyRegex>, Vec<usize>),
}

/// Steps that a backtracking expression may take for one request.
const BACKTRACK_LIMIT: usize = 100_000;
/// Bytes that one compiled expression may need.
const SIZE_LIMIT: usize = 1 << 20;

/// Shares what the patterns of one rule set have in common.
#[derive(Debug, Default)]
pub struct Compiler(simple::Sets);

impl Compiler {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// For angle brackets that do not pair up and expressions that do not compile.
    pub fn compile(&mut self, strategy: Strategy, text: &str) -> Result<Pattern, PatternError> {
        let text = &host_in_lower_case(text);
        let parts = parts(text, b'<', b'>').map_err(|unbalanced| unbalanced_error(text, unbalanced))?;
        let mut whole = String::from("\\A(?:");
        let mut pieces = Some(Vec::new());
        let mut literal_so_far = String::new();
        let mut only_literals = true;
        for part in &parts {
            match part {
                Part::Literal(literal) => {
                    whole.push_str(&regex::escape(literal));
                    if only_literals {
                        literal_so_far.push_str(literal);
                    }
                    if let Some(pieces) = &mut pieces {
                        pieces.push(Piece::Literal((*literal).into()));
                    }
                }
                Part::Expression(expression) => {
                    only_literals = false;
                    let translated = match strategy {
                        Strategy::Regexp => regexp::translate(expression),
                        Strategy::Glob => glob::translate(expression),
                    }
                    .map_err(|message| expression_error(strategy, expression, &message))?;
                    let found = self.expression(strategy, expression, &translated)?;
                    pieces = match (pieces, found) {
                        (Some(mut pieces), Some(found)) => {
                            pieces.push(Piece::Open);
                            pieces.extend(found);
                            pieces.push(Piece::Close);
                            Some(pieces)
                        }
                        _ => None,
                    };
                    whole.push('(');
                    whole.push_str(&translated);
                    whole.push(')');
                }
            }
        }
        whole.push_str(")\\z");
        if let Some(simple) = pieces.and_then(Simple::new) {
            let (prefixes, _) = simple.prefixes();
            return Ok(Pattern { matcher: Matcher::Simple(simple), prefixes });
        }
        let (matcher, prefixes) =
            build(&whole, literal_so_far).map_err(|message| expression_error(strategy, text, &message))?;
        Ok(Pattern { matcher, prefixes })
    }

    /// Each expression must compile alone, too; its pieces when it is simple.
    fn expression(
        &mut self,
        strategy: Strategy,
        text: &str,
        translated: &str,
    ) -> Result<Option<Vec<Piece>>, PatternError> {
        match regex_syntax::parse(translated) {
            Ok(hir) => {
                let mut pieces = Vec::new();
                Ok(simple::pieces(&hir, &mut self.0, &mut pieces).map(|()| pieces))
            }
            Err(error) => match fancy(&format!("\\A(?:{translated})\\z")) {
                Ok(_) => Ok(None),
                Err(_) => Err(expression_error(strategy, text, &reason(&error))),
            },
        }
    }
}

/// The short form of a parser's message; its long form draws the expression over several lines.
fn reason(error: &regex_syntax::Error) -> String {
    match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        other => other.to_string(),
    }
}

fn fancy(text: &str) -> Result<FancyRegex, String> {
    fancy_regex::RegexBuilder::new(text)
        .backtrack_limit(BACKTRACK_LIMIT)
        .delegate_size_limit(SIZE_LIMIT)
        .build()
        .map_err(|error| error.to_string())
}

/// The regular expression for a whole pattern, and the beginnings that it can have.
fn build(whole: &str, literal: String) -> Result<(Matcher, Vec<String>), String> {
    match regex::RegexBuilder::new(whole).size_limit(SIZE_LIMIT).dfa_size_limit(SIZE_LIMIT).build() {
        Ok(regex) => {
            let order = group_order(regex.capture_names());
            let prefixes =
                regex_syntax::parse(whole).ok().and_then(|hir| prefixes(&hir)).unwrap_or_else(|| vec![literal]);
            Ok((Matcher::Regex(Box::new(regex), order), prefixes))
        }
        Err(regex::Error::CompiledTooBig(_)) => Err("the expression is too large".into()),
        Err(_) => {
            let regex = fancy(whole)?;
            let order = group_order(regex.capture_names());
            Ok((Matcher::Fancy(Box::new(regex), order), vec![literal]))
        }
    }
}

fn prefixes(hir: &regex_syntax::hir::Hir) -> Option<Vec<String>> {
    let mut extractor = Extractor::new();
    extractor.kind(ExtractKind::Prefix).limit_total(simple::MAX_PREFIXES).limit_class(4).limit_repeat(4);
    let found = extractor.extract(hir);
    let literals = found.literals()?;
    let texts: Option<Vec<String>> =
        literals.iter().map(|literal| String::from_utf8(literal.as_bytes().to_vec()).ok()).collect();
    texts.filter(|texts| !texts.is_empty())
}

/// Groups without a name come first, those with one after them, each in the order of their brackets.
fn group_order<'a>(names: impl Iterator<Item = Option<&'a str>>) -> Vec<usize> {
    let (named, unnamed): (Vec<_>, Vec<_>) = names.enumerate().skip(1).partition(|(_, name)| name.is_some());
    unnamed.into_iter().chain(named).map(|(i, _)| i).collect()
}

impl Pattern {
    /// Whether a URL matches.
    ///
    /// # Errors
    /// When a backtracking expression takes too many steps.
    pub fn matches(&self, url: &str) -> Result<bool, TooComplex> {
        match &self.matcher {
            Matcher::Simple(simple) => Ok(simple.matches(url, None)),
            Matcher::Regex(regex, _) => Ok(regex.is_match(url)),
            Matcher::Fancy(regex, _) => regex.is_match(url).map_err(|_| TooComplex),
        }
    }

    /// What the groups caught; empty texts for groups that took no part. Globs catch nothing.
    ///
    /// # Errors
    /// When a backtracking expression takes too many steps.
    pub fn captures<'u>(&self, url: &'u str) -> Result<Vec<&'u str>, TooComplex> {
        match &self.matcher {
            Matcher::Simple(simple) => {
                let mut spans = Vec::new();
                if !simple.matches(url, Some(&mut spans)) {
                    return Ok(Vec::new());
                }
                Ok(spans.into_iter().map(|(from, to)| url.get(from..to).unwrap_or_default()).collect())
            }
            Matcher::Regex(regex, order) => Ok(match regex.captures(url) {
                Some(found) => order.iter().map(|i| found.get(*i).map_or("", |group| group.as_str())).collect(),
                None => Vec::new(),
            }),
            Matcher::Fancy(regex, order) => Ok(match regex.captures(url).map_err(|_| TooComplex)? {
                Some(found) => order.iter().map(|i| found.get(*i).map_or("", |group| group.as_str())).collect(),
                None => Vec::new(),
            }),
        }
    }

    /// The texts of which one is the beginning of every URL that matches.
    pub fn prefixes(&self) -> &[String] {
        &self.prefixes
    }

    /// The one URL that matches, where there is but one.
    pub fn literal(&self) -> Option<&str> {
        match &self.matcher {
            Matcher::Simple(simple) => simple.literal(),
            _ => None,
        }
    }

    /// A few URLs that match, for finding overlaps; none where they cannot be made up.
    pub fn samples(&self) -> Vec<String> {
        match &self.matcher {
            Matcher::Simple(simple) => simple.samples(),
            _ => Vec::new(),
        }
    }

    /// Which engine runs the pattern, for `explain`.
    pub fn engine(&self) -> &'static str {
        match self.matcher {
            Matcher::Simple(_) => "literals and classes",
            Matcher::Regex(..) => "automaton",
            Matcher::Fancy(..) => "backtracking with a limit",
        }
    }
}

/// Hosts are compared in lower case, so the literal parts of a pattern's host are, too.
fn host_in_lower_case(text: &str) -> String {
    let Some(start) = text.find("://").map(|at| at + 3) else {
        return text.to_owned();
    };
    // Only where the scheme's colon stands outside of brackets can the host be told.
    let before = text.get(..start).unwrap_or_default();
    if before.matches('<').count() != before.matches('>').count() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    out.push_str(before);
    let (mut level, mut in_host) = (0usize, true);
    for c in text.get(start..).unwrap_or_default().chars() {
        match c {
            '<' => level += 1,
            '>' => level = level.saturating_sub(1),
            '/' if level == 0 => in_host = false,
            _ => {}
        }
        out.push(if in_host && level == 0 { c.to_ascii_lowercase() } else { c });
    }
    out
}

fn unbalanced_error(text: &str, unbalanced: Unbalanced) -> PatternError {
    let column = text.get(..unbalanced.at).map_or(0, |before| before.chars().count()) + 1;
    let (found, missing) = if unbalanced.opens { ('<', '>') } else { ('>', '<') };
    PatternError {
        message: format!("the `{found}` at character {column} of {text:?} has no `{missing}`"),
        mend: Some(if unbalanced.opens {
            "close it with `>`; inside an expression write `<` and `>` in pairs only".into()
        } else {
            "remove it, or open it with `<`".into()
        }),
    }
}

fn expression_error(strategy: Strategy, expression: &str, message: &str) -> PatternError {
    let mend = match strategy {
        Strategy::Regexp => as_regexp(expression).map(|better| {
            format!("this looks like a glob: write <{better}>, or set access_rules.matching_strategy to glob")
        }),
        Strategy::Glob => as_glob(expression).map(|better| {
            format!("this looks like a regular expression: write <{better}>, or set access_rules.matching_strategy to regexp")
        }),
    };
    let kind = if strategy == Strategy::Regexp { "regular expression" } else { "glob" };
    PatternError { message: format!("<{expression}> is no {kind}: {message}"), mend }
}

/// The regular expression that a glob most likely was meant to be.
pub fn as_regexp(glob: &str) -> Option<String> {
    let plain = glob.chars().all(|c| c.is_ascii_alphanumeric() || "*?{},-_/.[]!".contains(c));
    if !plain || !glob.contains(['*', '?', '{']) {
        return None;
    }
    let mut out = String::new();
    let mut chars = glob.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' if chars.peek() == Some(&'*') => {
                chars.next();
                out.push_str(".*");
            }
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            '{' => out.push_str("(?:"),
            '}' => out.push(')'),
            ',' => out.push('|'),
            '.' => out.push_str("\\."),
            '!' => out.push('^'),
            c => out.push(c),
        }
    }
    regex::Regex::new(&out).ok().map(|_| out)
}

/// The glob that a regular expression most likely was meant to be.
pub fn as_glob(expression: &str) -> Option<String> {
    match expression {
        ".*" | ".+" | "(.*)" | "(.*)?" | "(/.*)?" => Some("**".into()),
        "[^/]+" | "[^/]*" | "\\w+" | "[a-z]+" | "[a-zA-Z0-9]+" | "[a-z0-9-]+" | "[0-9]+" | "\\d+" | "[[:digit:]]+"
        | "[[:digit:]]*" => Some("*".into()),
        other => {
            let choices: Vec<&str> = other.trim_start_matches('(').trim_end_matches(')').split('|').collect();
            let plain =
                |text: &&str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
            (choices.len() > 1 && choices.iter().all(plain)).then(|| format!("{{{}}}", choices.join(",")))
        }
    }
}
