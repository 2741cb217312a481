//! Environment variables over files: every key in capitals with `_` for `.`, as it is or with the prefix `KRATOS_`.
//!
//! A text is turned into the kind that the key wants; lists and maps are JSON, lists of texts may be separated by
//! commas, and the items of a list have their index in the name (`…_PROVIDERS_0_CLIENT_ID`). Names that belong to no
//! key are nobody's business.

use super::check::{Report, nearest};
use super::keys::{KEYS, Key, Kind};
use super::node::{Node, Place, Value};
use super::yaml;
use std::path::PathBuf;
use std::sync::Arc;

const PREFIX: &str = "KRATOS_";
/// Without prefix these belong to other programs more often than to us.
const COMMON: &[&str] = &["CONFIG", "HELP", "VERSION", "LOG", "SESSION", "DATABASE", "CLIENTS", "ORGANIZATIONS"];

/// Lays the variables over `node`.
pub(super) fn apply(node: &mut Node, variables: &[(String, String)], report: &mut Report) {
    let mut found = Vec::new();
    for (name, text) in variables {
        let bare = name.strip_prefix(PREFIX);
        if bare.is_none() && COMMON.contains(&name.as_str()) {
            continue;
        }
        let wanted: Vec<String> = bare.unwrap_or(name).to_lowercase().split('_').map(str::to_owned).collect();
        match find(&KEYS.root, &wanted) {
            Some((path, key)) => found.push((path.len(), bare.is_some(), path, key, name, text)),
            None => typo(name, bare, report),
        }
    }
    // A section before its parts, a name without prefix before the one with it; what comes later wins.
    found.sort_by_key(|(depth, prefixed, ..)| (*depth, *prefixed));
    for (_, prefixed, path, key, name, text) in found {
        let place = Place::Variable(name.as_str().into());
        // `SERVE=1` is meant for somebody else.
        if key.kind == Kind::Map && !prefixed && !text.trim_start().starts_with('{') {
            continue;
        }
        match cast(text, key, &place) {
            Ok(value) if matches!(value.value, Value::Map(_)) => {
                let mut over = Node::empty();
                over.put(&path, value);
                node.merge(over);
            }
            Ok(value) => node.put(&path, value),
            Err(expected) => {
                let found = Node::new(Value::Text(text.clone()), place.clone()).found(true);
                report.problem(&place, &path.join("."), format!("found {found}, expected {expected}"));
            }
        }
    }
}

/// A name with our prefix that is nearly a key is a slip; others are e.g. what container platforms set.
fn typo(name: &str, bare: Option<&str>, report: &mut Report) {
    let Some(bare) = bare else { return };
    let names: Vec<String> = all_names();
    let near = nearest(bare, names.iter().map(String::as_str));
    if let Some(near) = near.filter(|near| strsim::damerau_levenshtein(near, bare) <= 2) {
        let place = Place::Variable(name.into());
        report.warn(&place, "", format!("this name belongs to no key; did you mean `{PREFIX}{near}`?"));
    }
}

fn all_names() -> Vec<String> {
    fn walk(key: &Key, name: &str, names: &mut Vec<String>) {
        for (child, inner) in key.children.iter().filter(|(child, _)| !matches!(*child, "*" | "[]")) {
            let part = child.replace('-', "_").to_uppercase();
            let name = if name.is_empty() { part } else { format!("{name}_{part}") };
            walk(inner, &name, names);
            names.push(name);
        }
    }
    let mut names = Vec::new();
    walk(&KEYS.root, "", &mut names);
    names
}

/// The key whose path is `words`, where a key's own `_` and `-` separate words as well.
fn find<'k>(key: &'k Key, words: &[String]) -> Option<(Vec<String>, &'k Key)> {
    let Some(first) = words.first() else {
        return Some((Vec::new(), key));
    };
    let prepend = |name: &str, (mut path, key): (Vec<String>, &'k Key)| {
        path.insert(0, name.to_owned());
        (path, key)
    };
    if let Some(item) = key.item() {
        let index = first.parse::<usize>().ok().filter(|index| *index < 1000)?;
        return Some(prepend(&index.to_string(), find(item, words.get(1..)?)?));
    }
    key.children.iter().filter(|(name, _)| *name != "*").find_map(|(name, inner)| {
        let parts: Vec<&str> = name.split(['_', '-']).collect();
        let fits = words.len() >= parts.len() && parts.iter().zip(words).all(|(part, word)| part == word);
        let rest = words.get(parts.len()..).filter(|_| fits)?;
        Some(prepend(name, find(inner, rest)?))
    })
}

/// Turns a variable's text into what `key` wants, or says what was expected. That it fits is checked later.
fn cast(text: &str, key: &Key, place: &Place) -> Result<Node, String> {
    let trimmed = text.trim();
    let value = match &key.kind {
        Kind::Bool | Kind::Flag => match trimmed {
            "true" | "1" => Value::Bool(true),
            "false" | "0" => Value::Bool(false),
            _ => Value::Text(text.into()),
        },
        Kind::Int(..) => trimmed.parse().map_or_else(|_| Value::Text(text.into()), Value::Int),
        Kind::List if !trimmed.starts_with('[') => {
            let items = trimmed.split(',').map(str::trim).filter(|item| !item.is_empty());
            Value::List(items.map(|item| Node::new(Value::Text(item.into()), place.clone())).collect())
        }
        Kind::List | Kind::Hooks(_) | Kind::Map | Kind::Auth | Kind::Any => {
            let file = Arc::new(PathBuf::new());
            let expected = |_| "JSON".to_owned();
            let node = yaml::read(&file, trimmed).map_err(expected)?;
            return Ok(placed(node, place));
        }
        _ => Value::Text(text.into()),
    };
    Ok(Node::new(value, place.clone()))
}

fn placed(node: Node, place: &Place) -> Node {
    let value = match node.value {
        Value::List(items) => Value::List(items.into_iter().map(|item| placed(item, place)).collect()),
        Value::Map(map) => {
            Value::Map(map.into_iter().map(|(key, (_, node))| (key, (place.clone(), placed(node, place)))).collect())
        }
        value => value,
    };
    Node::new(value, place.clone())
}
