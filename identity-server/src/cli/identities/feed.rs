//! Reading identities from files: JSON with one or a list, or JSON Lines.

use anyhow::{Context as _, bail};
use serde_json::Value;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// An identity to make, and where it stands.
pub(crate) struct Entry {
    /// For messages: the file, and the line or the position in the list.
    pub(crate) place: String,
    /// The body of its creation.
    pub(crate) body: Value,
}

/// Every identity of a file; `-` is standard input. An entry may stand in a `create` as in a batch.
///
/// # Errors
/// When the file cannot be read or holds something else; names the line.
pub(crate) fn read(file: &Path) -> anyhow::Result<Vec<Entry>> {
    let name = file.display().to_string();
    let text = if name == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("standard input")?;
        text
    } else {
        std::fs::read_to_string(file).with_context(|| format!("{name} cannot be read"))?
    };
    if let Ok(value) = serde_json::from_str::<Value>(&text) {
        return entries(&name, value);
    }
    // More than one document: JSON Lines, or no JSON at all.
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let place = format!("{name}:{}", number + 1);
        let body: Value = serde_json::from_str(line).with_context(|| {
            format!("{place}: this is no JSON; expected an identity, a list of them, or one on each line")
        })?;
        if !body.is_object() {
            bail!("{place}: found {body}, expected an identity as an object");
        }
        found.push(Entry { place, body: bare(body) });
    }
    Ok(found)
}

fn entries(name: &str, value: Value) -> anyhow::Result<Vec<Entry>> {
    let list = match value {
        Value::Array(list) => list,
        // The body of a batch, or what `list --format json` has printed.
        Value::Object(mut map) if map.contains_key("identities") => match map.remove("identities") {
            Some(Value::Array(list)) => list,
            _ => bail!("{name}: identities: expected a list"),
        },
        Value::Object(map) => return Ok(vec![Entry { place: name.into(), body: bare(Value::Object(map)) }]),
        other => bail!("{name}: found {other}, expected an identity or a list of them"),
    };
    let entry = |(position, body): (usize, Value)| {
        if !body.is_object() {
            bail!("{name}[{position}]: found {body}, expected an identity as an object");
        }
        Ok(Entry { place: format!("{name}[{position}]"), body: bare(body) })
    };
    list.into_iter().enumerate().map(entry).collect()
}

/// The body without the wrapping of a batch.
fn bare(mut body: Value) -> Value {
    match body.get_mut("create") {
        Some(create) if create.is_object() => create.take(),
        _ => body,
    }
}

/// The file beside `file` that an import keeps its notes in.
pub(crate) fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_os_string();
    name.push(ending);
    file.with_file_name(name)
}
