//! The functions of templates: Go's own and sprig's.

mod builtin;
mod dicts;
mod encode;
mod lists;
mod numbers;
mod patterns;
mod strings;
mod values;

use crate::value::Value;
use std::collections::BTreeMap;

/// A function of templates: its arguments, the piped one last, to a value or an error.
pub type Function = fn(&[Value]) -> Result<Value, String>;

/// How a name is called.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// Arguments are evaluated only as far as needed.
    And,
    Or,
    Call(Function),
}

/// A set of functions by name.
#[derive(Clone, Debug)]
pub struct Functions(BTreeMap<&'static str, Kind>);

/// No text that a function makes may be longer, and no list.
pub(crate) const MAX_TEXT: usize = 1 << 20;
pub(crate) const MAX_ITEMS: usize = 100_000;

type Table = &'static [(&'static str, Function)];

impl Functions {
    /// Go's own functions only.
    pub fn go() -> Self {
        let mut all = BTreeMap::from([("and", Kind::And), ("or", Kind::Or)]);
        all.extend(builtin::TABLE.iter().map(|(name, function)| (*name, Kind::Call(*function))));
        Self(all)
    }

    /// Go's own functions and those of sprig that need neither clock, randomness, network nor the environment.
    pub fn sprig() -> Self {
        let tables: [Table; 7] =
            [dicts::TABLE, encode::TABLE, lists::TABLE, numbers::TABLE, patterns::TABLE, strings::TABLE, values::TABLE];
        let mut all = Self::go();
        for table in tables {
            all.0.extend(table.iter().map(|(name, function)| (*name, Kind::Call(*function))));
        }
        all
    }

    /// The same set with one more function, or with another function under a name.
    #[must_use]
    pub fn with(mut self, name: &'static str, function: Function) -> Self {
        self.0.insert(name, Kind::Call(function));
        self
    }

    /// The names of all functions, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }

    pub(crate) fn find(&self, name: &str) -> Result<Kind, String> {
        if let Some(kind) = self.0.get(name) {
            return Ok(*kind);
        }
        if let Some((_, why)) = REFUSED.iter().find(|(names, _)| names.split(' ').any(|known| known == name)) {
            return Err(format!("function {name:?} is not available: {why}"));
        }
        let nearest = self
            .names()
            .map(|known| (strsim::damerau_levenshtein(&known.to_lowercase(), &name.to_lowercase()), known))
            .min()
            .filter(|(distance, _)| *distance <= 1 + name.len() / 4);
        Err(match nearest {
            Some((_, known)) => format!("function {name:?} is not defined; did you mean {known:?}?"),
            None => format!("function {name:?} is not defined"),
        })
    }
}

/// Functions of sprig that are left out on purpose.
const REFUSED: &[(&str, &str)] = &[
    ("env expandenv", "templates may not read the environment of the process"),
    ("getHostByName", "templates do no I/O"),
    (
        "now ago date dateInZone dateModify date_in_zone date_modify duration durationRound htmlDate htmlDateInZone \
         mustDateModify must_date_modify mustToDate toDate unixEpoch",
        "templates know no clock",
    ),
    (
        "randAlpha randAlphaNum randAscii randNumeric randBytes randInt uuidv4 shuffle genPrivateKey genCA genCAWithKey \
         genSelfSignedCert genSelfSignedCertWithKey genSignedCert genSignedCertWithKey buildCustomCert encryptAES bcrypt \
         htpasswd derivePassword",
        "templates know no randomness",
    ),
    ("decryptAES", "templates handle no keys"),
    ("set unset", "values of a template cannot be changed; build a new one with `dict`, `merge` or `omit`"),
    ("call", "values of a template are never functions"),
    (
        "osBase osClean osDir osExt osIsAbs",
        "paths of the operating system mean nothing to a template; use base, clean, dir, ext, isAbs",
    ),
    ("semver semverCompare", "versions are not compared in templates"),
];

/// Refuses a wrong number of arguments as Go does.
pub(crate) fn count(arguments: &[Value], wanted: std::ops::RangeInclusive<usize>) -> Result<(), String> {
    if wanted.contains(&arguments.len()) {
        return Ok(());
    }
    let want = if wanted.start() == wanted.end() {
        wanted.start().to_string()
    } else if *wanted.end() == usize::MAX {
        format!("at least {}", wanted.start())
    } else {
        format!("{} to {}", wanted.start(), wanted.end())
    };
    Err(format!("wrong number of args: want {want} got {}", arguments.len()))
}

/// The argument at a place; nil where there is none.
pub(crate) fn at(arguments: &[Value], place: usize) -> &Value {
    static NIL: Value = Value::Nil;
    arguments.get(place).unwrap_or(&NIL)
}

/// An argument that must be a text.
pub(crate) fn text(arguments: &[Value], place: usize) -> Result<&str, String> {
    match at(arguments, place) {
        Value::Str(text) => Ok(text),
        other => Err(format!("wrong type for value; expected string; got {}", other.type_name())),
    }
}

/// An argument that must be a list; lists behind an object count.
pub(crate) fn list(arguments: &[Value], place: usize) -> Result<std::sync::Arc<Vec<Value>>, String> {
    match at(arguments, place).plain() {
        Value::List(items) => Ok(items),
        other => Err(format!("Cannot find list in type {}", other.kind())),
    }
}

/// An argument that must be a map; maps behind an object count.
pub(crate) fn map(arguments: &[Value], place: usize) -> Result<std::sync::Arc<crate::value::Map>, String> {
    match at(arguments, place).plain() {
        Value::Map(map) => Ok(map),
        other => Err(format!("wrong type for value; expected map[string]interface {{}}; got {}", other.type_name())),
    }
}

/// An argument that must be an integer.
pub(crate) fn integer(arguments: &[Value], place: usize) -> Result<i64, String> {
    match at(arguments, place) {
        Value::Int(n) => Ok(*n),
        other => Err(format!("wrong type for value; expected int; got {}", other.type_name())),
    }
}

/// sprig's `strval`: how any value becomes a text.
pub(crate) fn strval(value: &Value) -> String {
    match value {
        Value::Str(text) => text.to_string(),
        other => crate::format::display(other),
    }
}
