//! The description of all keys, read from `keys.txt`.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A kind of value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Map,
    List,
    Text,
    /// An absolute URL.
    Url,
    /// An absolute URL, or a path on the public URL's origin.
    Link,
    /// `file://`, `base64://`, `http(s)://`; a relative file is looked for beside the file that names it.
    Resource,
    /// A path, treated likewise.
    Folder,
    Bool,
    /// A boolean, which Kratos also takes as a text.
    Flag,
    Int(i64, i64),
    Duration,
    Size,
    /// An address range.
    Network,
    Enum(Vec<&'static str>),
    /// A list of hooks of these names.
    Hooks(Vec<&'static str>),
    Auth,
    Any,
}

/// What is known of one key.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) kind: Kind,
    pub(crate) secret: bool,
    pub(crate) idle: bool,
    /// Names, `*` and `[]` with what is inside.
    pub(crate) children: Vec<(&'static str, Key)>,
}

impl Key {
    pub(crate) fn child(&self, name: &str) -> Option<&Key> {
        let find = |wanted: &str| self.children.iter().find(|(key, _)| *key == wanted).map(|(_, key)| key);
        find(name).filter(|_| name != "[]").or_else(|| find("*"))
    }

    pub(crate) fn item(&self) -> Option<&Key> {
        self.children.iter().find(|(key, _)| *key == "[]").map(|(_, key)| key)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.children.iter().map(|(key, _)| *key).filter(|key| !matches!(*key, "*" | "[]"))
    }
}

/// The description: the root, and the groups that hooks and credentials refer to.
pub(crate) struct Keys {
    pub(crate) root: Key,
    groups: HashMap<&'static str, Key>,
}

impl Keys {
    /// The group `name`, e.g. the `config` of a `web_hook`.
    pub(crate) fn group(&self, name: &str) -> Option<&Key> {
        self.groups.get(name)
    }
}

/// The description of this version.
pub(crate) static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let mut lines: Vec<Line> = include_str!("keys.txt").lines().filter_map(Line::read).collect();
    let start = lines.iter().position(|line| line.names.starts_with('@')).unwrap_or(lines.len());
    let group_lines = lines.split_off(start);
    let mut groups = HashMap::new();
    // Groups use only groups that stand before them, except `web_hook` and the like, which are looked up when used.
    for chunk in group_lines.chunk_by(|_, next| next.depth > 0) {
        if let Some((head, body)) = chunk.split_first() {
            let key = head.key(&groups, body);
            groups.insert(head.names.trim_start_matches('@'), key);
        }
    }
    let root = Key { kind: Kind::Map, secret: false, idle: false, children: children(&groups, &lines) };
    Keys { root, groups }
});

struct Line {
    depth: usize,
    names: &'static str,
    kind: &'static str,
    secret: bool,
    idle: bool,
}

impl Line {
    fn read(line: &'static str) -> Option<Self> {
        let text = line.trim_start();
        if text.is_empty() || text.starts_with('#') {
            return None;
        }
        let mut words = text.split_whitespace();
        let (names, kind) = (words.next()?, words.next().unwrap_or("map"));
        let marks: Vec<&str> = words.collect();
        let depth = (line.len() - text.len()) / 2;
        Some(Self { depth, names, kind, secret: marks.contains(&"secret"), idle: marks.contains(&"idle") })
    }

    fn key(&self, groups: &HashMap<&'static str, Key>, body: &[Line]) -> Key {
        if let Some(group) = self.kind.strip_prefix('@').and_then(|name| groups.get(name)) {
            return Key { secret: self.secret || group.secret, idle: self.idle, ..group.clone() };
        }
        Key { kind: kind(self.kind), secret: self.secret, idle: self.idle, children: children(groups, body) }
    }
}

fn children(groups: &HashMap<&'static str, Key>, lines: &[Line]) -> Vec<(&'static str, Key)> {
    let Some(depth) = lines.first().map(|line| line.depth) else {
        return Vec::new();
    };
    let mut result = Vec::new();
    for chunk in lines.chunk_by(|_, next| next.depth > depth) {
        if let Some((head, body)) = chunk.split_first() {
            let key = head.key(groups, body);
            result.extend(head.names.split(',').map(|name| (name, key.clone())));
        }
    }
    result
}

fn kind(text: &'static str) -> Kind {
    let (name, detail) = text.split_once(':').unwrap_or((text, ""));
    let list = || detail.split('|').collect();
    match name {
        "map" => Kind::Map,
        "list" => Kind::List,
        "text" => Kind::Text,
        "url" => Kind::Url,
        "link" => Kind::Link,
        "resource" => Kind::Resource,
        "folder" => Kind::Folder,
        "bool" => Kind::Bool,
        "flag" => Kind::Flag,
        "duration" => Kind::Duration,
        "size" => Kind::Size,
        "network" => Kind::Network,
        "enum" => Kind::Enum(list()),
        "hooks" => Kind::Hooks(list()),
        "auth" => Kind::Auth,
        "int" => {
            let (low, high) = detail.split_once("..").unwrap_or_default();
            Kind::Int(low.parse().unwrap_or(i64::MIN), high.parse().unwrap_or(i64::MAX))
        }
        "any" => Kind::Any,
        other => unreachable!("keys.txt: unknown kind {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{KEYS, Kind};

    #[test]
    fn the_description_is_read_with_its_groups() {
        let at = |path: &str| path.split('.').fold(&KEYS.root, |key, name| key.child(name).expect(path));
        assert_eq!(at("serve.admin.port").kind, Kind::Int(1, 65535));
        assert!(at("courier.http.request_config.headers.X-Key").secret);
        assert_eq!(at("selfservice.flows.login.before.hooks").kind, Kind::Hooks(vec!["web_hook"]));
        assert_eq!(at("session.whoami.tokenizer.templates.any.ttl").kind, Kind::Duration);
        assert!(KEYS.root.child("nonsense").is_none());
        assert!(KEYS.group("web_hook").is_some_and(|group| group.child("can_interrupt").is_some()));
    }
}
