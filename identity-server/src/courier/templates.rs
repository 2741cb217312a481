//! The templates in force: those of `courier.templates`, those of `courier.template_override_path`, the built-in ones.
//!
//! All are compiled when the configuration is loaded, so that what cannot work is refused then, with file and line.

use super::kind::{Part, Template};
use super::{builtin, data};
use crate::config::Config;
use go_template::{FieldUse, Functions, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// The language of the files that stand in no folder of a language.
const BASE: &str = "en";
const LAYOUT: &str = "layout.gotmpl";
const MAX_FILE: u64 = 1 << 20;

/// Why templates were refused: a line for each problem, with file and line.
#[derive(Debug)]
pub struct TemplateProblems(pub Vec<String>);

impl fmt::Display for TemplateProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for TemplateProblems {}

/// The templates in force; clones share them.
#[derive(Clone)]
pub struct Mails(Arc<RwLock<Arc<Templates>>>);

impl Mails {
    /// Loads what the configuration names.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub async fn from_config(config: &Config) -> Result<Self, TemplateProblems> {
        Ok(Self(Arc::new(RwLock::new(Arc::new(Templates::load(config).await?)))))
    }

    /// The templates as they are now.
    #[must_use]
    pub fn load(&self) -> Arc<Templates> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts others into force.
    pub fn store(&self, templates: Templates) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(templates);
    }
}

/// Where a template comes from; the first that there is counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Origin {
    /// `courier.templates`
    Key,
    /// The operator's folder, for a language or for all.
    Own(Option<String>),
    /// Ours.
    BuiltIn(Option<String>),
}

/// Every template, compiled.
pub struct Templates {
    compiled: BTreeMap<(Template, Part, Origin), go_template::Template>,
    /// The languages that anything is written in.
    languages: BTreeSet<String>,
}

/// The templates of one message.
pub struct Chosen<'t> {
    templates: &'t Templates,
    kind: Template,
    origins: Vec<Origin>,
    language: String,
}

impl Templates {
    /// Loads and compiles.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub async fn load(config: &Config) -> Result<Self, TemplateProblems> {
        let mut loader = Loader { compiled: BTreeMap::new(), problems: Vec::new(), functions: Functions::sprig() };
        let own = config.courier.template_override_path.as_deref();
        let layout = loader.layout(own);
        loader.built_in(&layout);
        if let Some(folder) = own {
            loader.folder(folder, &layout);
        }
        for (path, url) in keys(&config.courier.templates) {
            loader.key(&path, &url, &layout).await;
        }
        if !loader.problems.is_empty() {
            return Err(TemplateProblems(loader.problems));
        }
        let languages = loader.compiled.keys().filter_map(|(_, _, origin)| match origin {
            Origin::Own(language) | Origin::BuiltIn(language) => language.clone(),
            Origin::Key => None,
        });
        Ok(Self { languages: languages.collect(), compiled: loader.compiled })
    }

    fn has(&self, kind: Template, origin: &Origin) -> bool {
        Part::ALL.iter().any(|part| self.compiled.contains_key(&(kind, *part, origin.clone())))
    }

    /// The templates of a kind in the first of `wishes` that it is written in. A mail is not put together from two
    /// languages: who replaces a part of one and has no folder for the language gets the rest in the base language.
    pub(super) fn choose(&self, kind: Template, wishes: &[String]) -> Chosen<'_> {
        let replaced = self.has(kind, &Origin::Key) || self.has(kind, &Origin::Own(None));
        let wanted = wishes.iter().find(|wish| {
            let language = Some((*wish).clone());
            *wish == BASE
                || self.has(kind, &Origin::Own(language.clone()))
                || (!replaced && self.has(kind, &Origin::BuiltIn(language)))
        });
        let language = wanted.filter(|wanted| self.languages.contains(*wanted));
        let origins = match language {
            Some(language) => {
                let some = Some(language.clone());
                vec![
                    Origin::Key,
                    Origin::Own(some.clone()),
                    Origin::BuiltIn(some),
                    Origin::Own(None),
                    Origin::BuiltIn(None),
                ]
            }
            None => vec![Origin::Key, Origin::Own(None), Origin::BuiltIn(None)],
        };
        let language = language.map_or(BASE, String::as_str).to_owned();
        Chosen { templates: self, kind, origins, language }
    }
}

impl Chosen<'_> {
    /// The language.
    pub(super) fn language(&self) -> &str {
        &self.language
    }

    pub(super) fn render(&self, part: Part, dot: &Value) -> Result<String, String> {
        self.render_from(&self.origins, part, dot)
    }

    pub(super) fn render_builtin(&self, part: Part, dot: &Value) -> Result<String, String> {
        self.render_from(&[Origin::BuiltIn(Some(self.language.clone())), Origin::BuiltIn(None)], part, dot)
    }

    fn render_from(&self, origins: &[Origin], part: Part, dot: &Value) -> Result<String, String> {
        let find = |origin: &Origin| self.templates.compiled.get(&(self.kind, part, origin.clone()));
        let Some(template) = origins.iter().find_map(find) else {
            return Err(format!("{} has no {}", self.kind.as_str(), part.file()));
        };
        let rendered = if part == Part::Html { template.render_html(dot) } else { template.render(dot) };
        let text = rendered.map_err(|e| format!("{}:{}:{}: {}", e.template, e.line, e.column, e.message))?;
        Ok(text.trim().to_owned())
    }
}

/// Every URL below `courier.templates`, with its path.
fn keys(map: &serde_json::Map<String, serde_json::Value>) -> Vec<(String, String)> {
    fn walk(value: &serde_json::Value, path: &str, out: &mut Vec<(String, String)>) {
        match value {
            serde_json::Value::Object(map) => {
                for (key, value) in map {
                    walk(value, &format!("{path}.{key}"), out);
                }
            }
            serde_json::Value::String(url) => out.push((path.to_owned(), url.clone())),
            _ => {}
        }
    }
    let mut out = Vec::new();
    for (key, value) in map {
        walk(value, key, &mut out);
    }
    out
}

struct Loader {
    compiled: BTreeMap<(Template, Part, Origin), go_template::Template>,
    problems: Vec<String>,
    functions: Functions,
}

/// A named text.
type File = (String, String);

impl Loader {
    /// The operator's layout, or ours.
    fn layout(&mut self, own: Option<&Path>) -> File {
        let own = own.map(|folder| folder.join(LAYOUT)).filter(|file| file.exists());
        if let Some(text) = own.as_ref().and_then(|file| self.read(file)) {
            return (own.map_or_else(String::new, |file| file.display().to_string()), text);
        }
        (format!("built-in {LAYOUT}"), builtin::text(LAYOUT).unwrap_or_default().to_owned())
    }

    fn read(&mut self, file: &Path) -> Option<String> {
        let size = std::fs::metadata(file).map(|meta| meta.len());
        let text = match size {
            Ok(size) if size > MAX_FILE => Err(format!("has {size} bytes, at most {MAX_FILE} are allowed")),
            _ => std::fs::read_to_string(file).map_err(|error| format!("cannot be read: {error}")),
        };
        text.map_err(|problem| self.problems.push(format!("{}: {problem}", file.display()))).ok()
    }

    /// Compiles `main` beside others that it may call by their names; `(name, place, text)`.
    fn compile(
        &mut self,
        (kind, part, origin): (Template, Part, Origin),
        (main_name, main): (&str, &str),
        others: &[(String, File)],
        layout: &File,
    ) {
        let mut files: Vec<(&str, &str)> = vec![(main_name, main)];
        files.extend(others.iter().map(|(name, (_, text))| (name.as_str(), text.as_str())));
        files.push((layout.0.as_str(), layout.1.as_str()));
        let place = |name: &str| {
            let other = others.iter().find(|(known, _)| known == name);
            other.map_or_else(|| name.to_owned(), |(_, (place, _))| place.clone())
        };
        match go_template::Template::parse_files(&files, &self.functions) {
            Ok(template) => {
                let names = data::names(kind);
                let unknown = template.uses().into_iter().find_map(|used| match used {
                    FieldUse::Path(path) => path.into_iter().next().filter(|name| !names.contains(&name.as_str())),
                    FieldUse::Whole => None,
                });
                if let Some(unknown) = unknown {
                    let list = names.join(", .");
                    self.problems
                        .push(format!("{main_name}: reads .{unknown}, which this message has not; it has .{list}"));
                }
                self.compiled.insert((kind, part, origin), template);
            }
            Err((name, error)) => {
                self.problems.push(format!("{}:{}:{}: {}", place(&name), error.line, error.column, error.message));
            }
        }
    }

    fn built_in(&mut self, layout: &File) {
        for kind in Template::ALL {
            for part in Part::ALL {
                for language in [None, Some("de")] {
                    let folder = language.map_or_else(String::new, |language| format!("{language}/"));
                    let path = format!("{folder}{}/{}", kind.folder(), part.file());
                    if let Some(text) = builtin::text(&path) {
                        let origin = Origin::BuiltIn(language.map(str::to_owned));
                        self.compile((kind, part, origin), (&format!("built-in {path}"), text), &[], layout);
                    }
                }
            }
        }
    }

    /// The operator's folder: Kratos' layout, and the same again in a folder for each language (`de/…`).
    fn folder(&mut self, root: &Path, layout: &File) {
        let entries = match std::fs::read_dir(root) {
            Ok(entries) => entries,
            Err(error) => {
                self.problems
                    .push(format!("courier.template_override_path: {}: cannot be read: {error}", root.display()));
                return;
            }
        };
        let kinds: BTreeSet<&str> = Template::ALL.iter().filter_map(|kind| kind.folder().split('/').next()).collect();
        let mut roots = vec![(None, root.to_owned())];
        for entry in entries.flatten().filter(|entry| entry.path().is_dir()) {
            let name = entry.file_name().to_string_lossy().to_ascii_lowercase();
            let is_language = name.len() <= 12 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            if is_language
                && !kinds.contains(name.as_str())
                && matches!(name.split('-').next().map(str::len), Some(2 | 3))
            {
                roots.push((Some(name), entry.path()));
            }
        }
        for (language, root) in roots {
            for kind in Template::ALL {
                self.kind_folder(&root.join(kind.folder()), kind, &Origin::Own(language.clone()), layout);
            }
        }
    }

    fn kind_folder(&mut self, folder: &Path, kind: Template, origin: &Origin, layout: &File) {
        let Ok(entries) = std::fs::read_dir(folder) else {
            return;
        };
        let mut files: Vec<(String, PathBuf)> = entries
            .flatten()
            .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()))
            .filter(|(name, path)| name.ends_with(".gotmpl") && path.is_file())
            .collect();
        files.sort();
        let texts: Vec<(String, File)> = files
            .into_iter()
            .filter_map(|(name, path)| Some((name, (path.display().to_string(), self.read(&path)?))))
            .collect();
        for part in Part::ALL {
            if let Some((_, (place, text))) = texts.iter().find(|(name, _)| name == part.file()) {
                let family = |name: &str| name.starts_with(part.family()) && name != part.file();
                let others: Vec<_> = texts.iter().filter(|(name, _)| family(name)).cloned().collect();
                self.compile((kind, part, origin.clone()), (place, text), &others, layout);
            }
        }
        for (name, (place, _)) in &texts {
            if !Part::ALL.iter().any(|part| name.starts_with(part.family())) {
                tracing::warn!(
                    file = place,
                    "this file is no part of any message; names begin with email.subject, email.body or sms.body"
                );
            }
        }
    }

    /// One entry of `courier.templates`.
    async fn key(&mut self, path: &str, url: &str, layout: &File) {
        let place = format!("courier.templates.{path}");
        let found = Template::ALL.iter().find_map(|kind| {
            let rest = path.strip_prefix(&kind.folder().replace('/', "."))?.strip_prefix('.')?;
            let part = Part::ALL.iter().find(|part| part.key().join(".").trim_end_matches('.') == rest)?;
            Some((*kind, *part))
        });
        let Some((kind, part)) = found else {
            tracing::warn!(key = place, "this message is never sent; the key has no effect");
            return;
        };
        match crate::resource::text(url).await {
            Ok(text) => {
                let name = if url.starts_with("base64://") { place } else { format!("{place}: {url}") };
                self.compile((kind, part, Origin::Key), (&name, &text), &[], layout);
            }
            Err(problem) => self.problems.push(format!("{place}: {problem}")),
        }
    }
}

#[cfg(test)]
mod tests;
