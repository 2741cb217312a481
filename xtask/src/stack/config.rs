//! The configuration that the stack runs on: the files of the checkout, and what is particular to this
//! installation over them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{StackSpec, secrets};
use crate::ports::Ports;

/// The files that the servers are started with.
#[derive(Clone, Debug)]
pub struct Config {
    /// The identity server's, in the order in which they apply.
    pub identity: Vec<PathBuf>,
    /// The gateway's.
    pub gateway: PathBuf,
}

/// Writes what is missing and returns the files.
///
/// On the standard ports the checkout's own files are used, so that an edited rule takes effect while the
/// stack runs; on others, copies with the ports replaced.
///
/// # Errors
/// When a file cannot be read or written.
pub fn prepare(spec: &StackSpec) -> Result<Config> {
    let identity = spec.workspace.existing("identity-server/config")?;
    let gateway = spec.workspace.existing("envoy")?;
    let (identity, gateway) = if spec.ports == Ports::STANDARD {
        (identity, gateway)
    } else {
        let (to_identity, to_gateway) = (spec.data.join("config/identity"), spec.data.join("config/envoy"));
        relocate(&identity, &to_identity, &spec.ports, "")?;
        relocate(&gateway, &to_gateway, &spec.ports, &format!("file://{}/", to_gateway.display()))?;
        (to_identity, to_gateway)
    };
    Ok(Config {
        identity: vec![identity.join("identity.yml"), secrets::ensure(&spec.artefacts.identity, &spec.data)?],
        gateway: gateway.join("gateway.yml"),
    })
}

/// Copies a folder of configuration with the standard ports, and the place of the rule files, replaced.
fn relocate(from: &Path, to: &Path, ports: &Ports, rules: &str) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let path = entry?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            relocate(&path, &target, ports, rules)?;
            continue;
        }
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let changed = match String::from_utf8(bytes) {
            Ok(text) => replace_ports(&text, ports).replace("file://envoy/", rules).into_bytes(),
            Err(other) => other.into_bytes(),
        };
        fs::write(&target, changed).with_context(|| format!("cannot write {}", target.display()))?;
    }
    Ok(())
}

/// Replaces each standard port that follows a colon: in a URL (`:4433`) or as a value (`port: 4433`).
fn replace_ports(text: &str, ports: &Ports) -> String {
    let pairs: Vec<_> = Ports::STANDARD
        .named()
        .into_iter()
        .zip(ports.named())
        .map(|((_, standard), (_, own))| (standard.to_string(), own.to_string()))
        .collect();
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from_digits) = rest.split_at(start);
        let end = from_digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(from_digits.len());
        let (digits, after) = from_digits.split_at(end);
        result.push_str(before);
        let is_port = result.trim_end_matches(' ').ends_with(':');
        let own = pairs.iter().find(|(standard, _)| is_port && standard == digits);
        result.push_str(own.map_or(digits, |(_, own)| own));
        rest = after;
    }
    result.push_str(rest);
    result
}

#[cfg(test)]
mod tests {
    use super::replace_ports;
    use crate::ports::Ports;

    #[test]
    fn ports_are_replaced_in_urls_and_values_and_nowhere_else() {
        let ports = Ports {
            proxy: 20001,
            public: 20002,
            admin: 20003,
            decisions: 20004,
            envoy_admin: 20005,
            ui: 20006,
            api: 20007,
        };
        let text = "base_url: http://127.0.0.1:4433/\nport: 4434\nmatch: http://127.0.0.1:4455/<.*>\n\
                    iterations: 64433\nname: table 4455\napi: http://127.0.0.1:8000\n";
        let expected = "base_url: http://127.0.0.1:20002/\nport: 20003\nmatch: http://127.0.0.1:20001/<.*>\n\
                        iterations: 64433\nname: table 4455\napi: http://127.0.0.1:20007\n";
        assert_eq!(replace_ports(text, &ports), expected);
    }
}
