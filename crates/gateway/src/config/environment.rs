//! Settings from environment variables, as Oathkeeper takes them: the path in upper case with underscores, no prefix.

use access_rules::document::{Data, Node, Place, Shape};

/// Variables that look like settings and are none: `VERSION` is set for all kinds of reasons, the others are
/// arguments of this program.
const NO_SETTINGS: [&str; 4] = ["VERSION", "NEXUS_ENVOY", "NEXUS_FILTER", "NEXUS_LOG"];

/// Lays variables over a configuration. Variables that name no setting are none of ours.
pub(crate) fn overlay(document: &mut Node, shape: &Shape, variables: impl Iterator<Item = (String, String)>) {
    let mut sorted: Vec<(String, String)> = variables.collect();
    sorted.sort();
    for (name, value) in sorted {
        if NO_SETTINGS.contains(&name.as_str()) {
            continue;
        }
        let Some((path, found)) = resolve(shape, &name) else { continue };
        let place = Place::whole(format!("environment variable {name}"));
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let node = read(&place, found, &value);
        put(document, &path, node);
    }
}

/// The way to the setting that a variable names, and its shape.
fn resolve<'s>(shape: &'s Shape, name: &str) -> Option<(Vec<String>, &'s Shape)> {
    if name.is_empty() {
        return None;
    }
    match shape {
        Shape::Object(keys) => keys.iter().find_map(|key| {
            let upper = key.name.to_ascii_uppercase();
            if upper == name {
                return Some((vec![key.name.to_owned()], key.shape));
            }
            let rest = name.strip_prefix(&upper)?.strip_prefix('_')?;
            let (mut path, found) = resolve(key.shape, rest)?;
            path.insert(0, key.name.to_owned());
            Some((path, found))
        }),
        Shape::List(item, _) => {
            let (index, rest) = name.split_once('_').map_or((name, None), |(index, rest)| (index, Some(rest)));
            index.parse::<usize>().ok()?;
            match rest {
                None => Some((vec![index.to_owned()], item)),
                Some(rest) => {
                    let (mut path, found) = resolve(item, rest)?;
                    path.insert(0, index.to_owned());
                    Some((path, found))
                }
            }
        }
        Shape::OrNull(shape) => resolve(shape, name),
        _ => None,
    }
}

/// Reads a value by what is expected there; what does not fit is told when the whole is checked.
fn read(place: &Place, shape: &Shape, value: &str) -> Node {
    let json =
        |text: &str| serde_json::from_str::<serde_json::Value>(text).ok().map(|json| Node::from_json(place, &json));
    let text = || Node::new(place.clone(), Data::Text(value.to_owned()));
    match shape {
        Shape::Bool => match value {
            "true" | "1" => Node::new(place.clone(), Data::Bool(true)),
            "false" | "0" => Node::new(place.clone(), Data::Bool(false)),
            _ => text(),
        },
        Shape::Int(..) | Shape::OneNumber(_) => {
            value.parse().map_or_else(|_| text(), |n| Node::new(place.clone(), Data::Int(n)))
        }
        Shape::List(item, _) => match json(value).filter(|node| node.list().is_some()) {
            Some(list) => list,
            None => {
                let items = value
                    .split(',')
                    .map(str::trim)
                    .filter(|part| !part.is_empty())
                    .map(|part| read(place, item, part))
                    .collect();
                Node::new(place.clone(), Data::List(items))
            }
        },
        Shape::Map(_) | Shape::Object(_) => json(value).unwrap_or_else(text),
        Shape::OrNull(shape) => read(place, shape, value),
        Shape::Any => json(value).unwrap_or_else(text),
        Shape::Text(_) | Shape::OneOf(_) => text(),
    }
}

/// Like [`Node::put`], with numbers as places of lists.
fn put(document: &mut Node, path: &[&str], value: Node) {
    let list = path.iter().position(|part| part.parse::<usize>().is_ok());
    let Some(at) = list else {
        document.put(path, value);
        return;
    };
    let (before, rest) = path.split_at(at);
    let (index, after) =
        rest.split_first().map_or((0, &[] as &[&str]), |(index, after)| (index.parse().unwrap_or(0), after));
    let mut items = document.at(before).and_then(Node::list).map(<[Node]>::to_vec).unwrap_or_default();
    if index > items.len() {
        return;
    }
    let mut item = items.get(index).cloned().unwrap_or_else(|| Node::new(value.place.clone(), Data::Null));
    let place = value.place.clone();
    put(&mut item, after, value);
    if index == items.len() {
        items.push(item);
    } else if let Some(slot) = items.get_mut(index) {
        *slot = item;
    }
    document.put(before, Node::new(place, Data::List(items)));
}
