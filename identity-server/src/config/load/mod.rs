//! Loads a configuration: files, merged in order, then the environment; checked as a whole.

mod check;
mod complete;
mod environment;
mod keys;
mod meaning;
mod node;
mod problem;
mod toml_file;
mod yaml;

pub use problem::{Problem, Problems};

use super::{Config, Secret};
use check::Report;
use node::{Node, Place};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where a configuration comes from.
#[derive(Clone, Default)]
pub struct Sources {
    /// YAML, JSON or TOML by their endings (YAML otherwise); later ones win.
    pub files: Vec<PathBuf>,
    /// Environment variables, which win over files.
    pub variables: Vec<(String, String)>,
    /// Development mode, as if `dev: true` stood in a last file.
    pub dev: bool,
}

/// A configuration that holds.
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// What is accepted but deserves a look.
    pub warnings: Vec<Problem>,
    /// Whether secrets were drawn because development mode was given none.
    pub drew_secrets: bool,
}

impl Sources {
    /// `files` and the environment of this process.
    #[must_use]
    pub fn with_environment(files: Vec<PathBuf>, dev: bool) -> Self {
        // A variable that is not UTF-8 cannot be one of ours.
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self { files, variables: std::env::vars_os().filter_map(text).collect(), dev }
    }

    /// Loads and checks.
    ///
    /// `random` draws the secrets that development mode does without; they last as long as the process.
    ///
    /// # Errors
    /// Everything that is wrong at once; no secret is repeated.
    pub fn load(&self, random: &mut impl rand::RngCore) -> Result<Loaded, Problems> {
        let mut report = Report::default();
        let mut node = Node::empty();
        for file in &self.files {
            match read(file) {
                Ok(over) => node.merge(over),
                Err(problem) => report.problems.push(problem),
            }
        }
        if !report.problems.is_empty() {
            return Err(Problems(report.problems));
        }
        environment::apply(&mut node, &self.variables, &mut report);
        if self.dev {
            node.put(&["dev".into()], Node::new(node::Value::Bool(true), Place::Nowhere));
        }
        check::check(&node, &mut report);
        let dev = matches!(node.at("dev").map(|node| &node.value), Some(node::Value::Bool(true)));
        meaning::check(&node, dev, &mut report);
        if !report.problems.is_empty() {
            return Err(Problems(report.problems));
        }
        complete::complete(&mut node);
        let mut config: Config = serde_path_to_error::deserialize(node.to_json()).map_err(|error| {
            let path = error.path().to_string();
            // The inner error may quote the value, and the value may be a secret.
            let place = node.at(&path).map_or(Place::Nowhere, |node| node.place.clone());
            Problems(vec![Problem::new(place, path, "this value does not fit here")])
        })?;
        config.fingerprint = crate::crypto::sha256_hex(&node.to_json().to_string());
        let drew_secrets = config.dev && config.secrets.default.is_empty();
        if drew_secrets {
            config.secrets.default.push(draw(random));
        }
        Ok(Loaded { config, warnings: report.warnings, drew_secrets })
    }
}

fn read(file: &Path) -> Result<Node, Problem> {
    let shared = Arc::new(file.to_owned());
    let problem = |message: String| Problem::new(Place::File(Arc::clone(&shared), 0), "", message);
    let bytes = std::fs::read(file).map_err(|error| problem(format!("cannot be read: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|_| problem("is not UTF-8".into()))?;
    let node = match file.extension().and_then(OsStr::to_str) {
        Some("toml") => toml_file::read(&shared, &text)?,
        _ => yaml::read(&shared, &text)?,
    };
    match node.value {
        node::Value::Map(_) => Ok(node),
        node::Value::Null => Ok(Node::empty()),
        _ => Err(Problem::new(node.place.clone(), "", format!("found {}, expected a map of keys", node.found(true)))),
    }
}

/// A secret of 32 letters and digits: the length that a cipher secret must have.
pub fn draw(random: &mut impl rand::RngCore) -> Secret {
    use rand::Rng as _;
    Secret::new(random.sample_iter(rand::distr::Alphanumeric).take(32).map(char::from).collect::<String>())
}
