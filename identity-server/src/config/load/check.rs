//! Checks values against the description of the keys, all of them in one go.

use super::keys::{KEYS, Key, Kind};
use super::node::{Node, Place, Value};
use super::problem::Problem;
use crate::config::{duration, size};
use indexmap::IndexMap;
use url::Url;

/// What was noticed.
#[derive(Default)]
pub(super) struct Report {
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<Problem>,
}

impl Report {
    pub(super) fn problem(&mut self, place: &Place, path: &str, message: impl Into<String>) {
        self.problems.push(Problem::new(place.clone(), path, message));
    }

    pub(super) fn warn(&mut self, place: &Place, path: &str, message: impl Into<String>) {
        self.warnings.push(Problem::new(place.clone(), path, message));
    }

    fn wrong(&mut self, node: &Node, path: &str, secret: bool, expected: &str) {
        self.problem(&node.place, path, format!("found {}, expected {expected}", node.found(secret)));
    }
}

/// Checks the whole configuration.
pub(super) fn check(node: &Node, report: &mut Report) {
    value(node, &KEYS.root, "", report);
}

fn joined(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// The nearest of `names`, when one is near enough to be meant.
pub(super) fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let scored = names.map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate));
    let (distance, candidate) = scored.min_by_key(|(distance, _)| *distance)?;
    (distance <= 2.max(name.len() / 3)).then_some(candidate)
}

fn value(node: &Node, key: &Key, path: &str, report: &mut Report) {
    if matches!(node.value, Value::Null) {
        return;
    }
    if key.idle {
        report.warn(&node.place, path, "this key has no effect in this server");
    }
    let text = node.text();
    let fits = |report: &mut Report, fits: bool, expected: &str| {
        if !fits {
            report.wrong(node, path, key.secret, expected);
        }
    };
    match &key.kind {
        Kind::Any => {}
        Kind::Map => match &node.value {
            Value::Map(map) => entries(map, key, path, report),
            _ => report.wrong(node, path, key.secret, "a map"),
        },
        Kind::List => match &node.value {
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    if let Some(of) = key.item() {
                        value(item, of, &format!("{path}[{index}]"), report);
                    }
                }
            }
            _ => report.wrong(node, path, key.secret, "a list"),
        },
        Kind::Text | Kind::Folder => {
            let number = matches!(node.value, Value::Int(_) | Value::Float(_) | Value::Bool(_));
            fits(report, text.is_some(), if number { "a text; put it in quotes" } else { "a text" });
        }
        Kind::Bool => fits(report, matches!(node.value, Value::Bool(_)), "`true` or `false`"),
        Kind::Flag => {
            let flag = matches!(node.value, Value::Bool(_)) || matches!(text, Some("true" | "false"));
            fits(report, flag, "`true` or `false`");
        }
        Kind::Int(low, high) => {
            let inside = matches!(node.value, Value::Int(number) if (*low..=*high).contains(&number));
            fits(report, inside, &format!("a whole number from {low} to {high}"));
        }
        Kind::Duration => {
            let fine = text.is_some_and(|text| duration::parse(text).is_ok());
            fits(report, fine, "a duration such as `90s`, `15m` or `1h30m`");
        }
        Kind::Size => {
            let fine = text.is_some_and(|text| size::parse(text).is_ok());
            fits(report, fine, "an amount of memory such as `19MB` or `1GB`");
        }
        Kind::Network => {
            let fine = text.is_some_and(|text| text.parse::<ipnet::IpNet>().is_ok());
            fits(report, fine, "an address range such as `10.0.0.0/8` or `127.0.0.1/32`");
        }
        Kind::Url => fits(report, text.is_some_and(is_url), "an absolute URL"),
        Kind::Link => {
            let path = |text: &str| text.starts_with('/') && !text.starts_with("//");
            let fine = text.is_some_and(|text| path(text) || is_url(text));
            fits(report, fine, "an absolute URL, or a path that begins with `/`");
        }
        Kind::Resource => {
            let schemes = ["file://", "base64://", "http://", "https://"];
            let fine = text.is_some_and(|text| schemes.iter().any(|scheme| text.starts_with(scheme)));
            fits(report, fine, "a URL that begins with `file://`, `base64://`, `http://` or `https://`");
        }
        Kind::Enum(options) => {
            if !text.is_some_and(|text| options.contains(&text)) {
                let hint = nearest(text.unwrap_or(""), options.iter().copied()).filter(|_| text.is_some());
                let hint = hint.map(|hint| format!("; did you mean `{hint}`?")).unwrap_or_default();
                let list = options.join("`, `");
                report.wrong(node, path, key.secret, &format!("one of `{list}`{hint}"));
            }
        }
        Kind::Hooks(names) => match &node.value {
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    hook(item, names, &format!("{path}[{index}]"), report);
                }
            }
            _ => report.wrong(node, path, key.secret, "a list of hooks"),
        },
        Kind::Auth => choice(node, ("type", &["api_key", "basic_auth"], true), path, report),
    }
}

fn is_url(text: &str) -> bool {
    Url::parse(text).is_ok()
}

fn entries(map: &IndexMap<String, (Place, Node)>, key: &Key, path: &str, report: &mut Report) {
    for (name, (place, node)) in map {
        let inner = joined(path, name);
        match key.child(name) {
            Some(known) => value(node, known, &inner, report),
            None => report.problem(place, &inner, unknown(name, key.names())),
        }
    }
}

fn unknown<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.collect();
    match nearest(name, names.iter().copied()) {
        Some(near) => format!("unknown key `{name}`; did you mean `{near}`?"),
        None => format!("unknown key `{name}`; expected one of `{}`", names.join("`, `")),
    }
}

fn hook(node: &Node, names: &[&'static str], path: &str, report: &mut Report) {
    choice(node, ("hook", names, false), path, report);
    let Some(config) = node.at("config").filter(|_| node.at("hook").and_then(Node::text) == Some("web_hook")) else {
        return;
    };
    let on = |path: &str| config.at(path).is_some_and(|node| matches!(node.value, Value::Bool(true)));
    if on("response.ignore") && (on("response.parse") || on("can_interrupt")) {
        let message = "`response.ignore` runs the hook in the background, so it cannot have `response.parse` or \
                       `can_interrupt` as well; remove one of them";
        report.problem(&config.place, &joined(path, "config"), message);
    }
}

/// A map with a key that says which group its `config` belongs to.
fn choice(node: &Node, (tag, names, strict): (&str, &[&str], bool), path: &str, report: &mut Report) {
    let Value::Map(map) = &node.value else {
        report.wrong(node, path, strict, &format!("a map with the key `{tag}`"));
        return;
    };
    for (name, (place, _)) in map {
        if name != tag && name != "config" {
            report.problem(place, &joined(path, name), unknown(name, [tag, "config"].into_iter()));
        }
    }
    let list = || names.join("`, `");
    let Some((_, chosen)) = map.get(tag) else {
        report.problem(&node.place, path, format!("the key `{tag}` is missing; expected one of `{}`", list()));
        return;
    };
    let name = chosen.text().unwrap_or_default();
    if !names.contains(&name) {
        let hint = nearest(name, names.iter().copied()).map(|hint| format!("; did you mean `{hint}`?"));
        let expected = format!("one of `{}`{}", list(), hint.unwrap_or_default());
        report.wrong(chosen, &joined(path, tag), false, &expected);
        return;
    }
    let config = map.get("config").map(|(_, config)| config);
    if let Some(group) = KEYS.group(name) {
        let path = joined(path, "config");
        match config {
            Some(config) => {
                value(config, group, &path, report);
                required(config, name, &path, report);
            }
            None if name != "notify_previous_addresses" => {
                report.problem(&node.place, &path, format!("missing; `{name}` needs it"));
            }
            None => {}
        }
    } else if let Some(config) = config.filter(|config| !matches!(&config.value, Value::Null))
        && !matches!(&config.value, Value::Map(map) if map.is_empty())
    {
        report.warn(&config.place, &joined(path, "config"), format!("`{name}` has no configuration; it is ignored"));
    }
}

fn required(config: &Node, group: &str, path: &str, report: &mut Report) {
    let keys: &[&str] = match group {
        "web_hook" => &["url", "method"],
        "api_key" => &["name", "value", "in"],
        "basic_auth" => &["user", "password"],
        _ => &[],
    };
    for key in keys.iter().filter(|key| config.at(key).is_none()) {
        report.problem(&config.place, &joined(path, key), "missing");
    }
}
