//! Fills in what follows from other values: page URLs, relative links and files.

use super::keys::{KEYS, Key, Kind};
use super::node::{Node, Place, Value};
use std::path::Path;
use url::Url;

/// The flows that have a page, with the page's path.
const PAGES: &[&str] = &["error", "login", "registration", "settings", "recovery", "verification"];

/// Completes a checked configuration.
pub(super) fn complete(node: &mut Node) {
    let public = public_url(node);
    for page in PAGES {
        let path = ["selfservice", "flows", page, "ui_url"].map(str::to_owned);
        if node.at(&path.join(".")).is_none_or(|node| matches!(node.value, Value::Null)) {
            node.put(&path, Node::new(Value::Text(format!("/{page}")), Place::Nowhere));
        }
    }
    resolve(node, &KEYS.root, &public);
}

/// The public URL of a configuration that is not typed yet; the same rule as `Listener::url`.
pub(super) fn public_url(node: &Node) -> Url {
    let listener = node.at("serve.public").map_or(serde_json::json!({}), Node::to_json);
    let serve: Result<crate::config::Serve, _> = serde_json::from_value(serde_json::json!({ "public": listener }));
    serve.unwrap_or_default().public.url()
}

fn resolve(node: &mut Node, key: &Key, public: &Url) {
    match (&mut node.value, &key.kind) {
        (Value::Map(_), Kind::Auth) => {}
        (Value::Map(map), _) => {
            for (name, (_, node)) in map {
                if let Some(key) = key.child(name) {
                    resolve(node, key, public);
                }
            }
        }
        (Value::List(items), Kind::Hooks(_)) => {
            for item in items {
                if let (Value::Map(map), Some(group)) = (&mut item.value, KEYS.group("web_hook"))
                    && let Some((_, config)) = map.get_mut("config")
                {
                    resolve(config, group, public);
                }
            }
        }
        (Value::List(items), _) => {
            if let Some(of) = key.item() {
                items.iter_mut().for_each(|item| resolve(item, of, public));
            }
        }
        (Value::Text(text), Kind::Link) => {
            if text.starts_with('/')
                && let Ok(url) = public.join(text)
            {
                *text = url.into();
            }
        }
        (Value::Text(text), Kind::Resource) => {
            if let Some(path) = text.strip_prefix("file://").and_then(|path| beside(path, &node.place)) {
                *text = format!("file://{path}");
            }
        }
        (Value::Text(text), Kind::Folder) => {
            if let Some(path) = beside(text, &node.place) {
                *text = path;
            }
        }
        _ => {}
    }
}

/// A relative path that exists beside the configuration file, as an absolute one. Otherwise, as in Kratos, it counts
/// from the working directory.
fn beside(path: &str, place: &Place) -> Option<String> {
    let Place::File(file, _) = place else {
        return None;
    };
    if path.is_empty() || Path::new(path).is_absolute() {
        return None;
    }
    let full = file.parent()?.join(path).canonicalize().ok()?;
    full.to_str().map(str::to_owned)
}
