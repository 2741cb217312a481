//! From rule files to a plan: reading, merging with the configuration, checking.

mod lint;
mod read;

use crate::{
    cors::Cors,
    document::{Node, Place, Problem, Problems},
    engine::{CompileError, Engine, RulePart},
    handlers::Stage,
    pattern::Strategy,
    plan::{DenialsPlan, Plan, StorePlan},
};
use std::{collections::BTreeMap, sync::Arc};

/// A rule file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFile {
    /// How messages name it.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// What the configuration says about a handler.
#[derive(Clone, Debug)]
pub struct HandlerSetting {
    /// Whether rules may use it.
    pub enabled: bool,
    /// Settings for all rules.
    pub config: Option<Node>,
}

/// What the configuration says about rules.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// How patterns are read.
    pub strategy: Strategy,
    /// Handlers by stage and name.
    pub handlers: BTreeMap<(&'static str, String), HandlerSetting>,
    /// `errors.fallback`
    pub fallback: Vec<(String, Option<Place>)>,
    /// Session stores whose answers are kept.
    pub stores: Vec<StorePlan>,
    /// Deadline of calls that have no setting of their own, in milliseconds.
    pub deadline_ms: u64,
    /// CORS for all rules that say nothing about it.
    pub cors: Option<Cors>,
    /// What operators are told about refused requests.
    pub denials: DenialsPlan,
}

impl Settings {
    /// What is said about a handler; a handler that is not named is switched off, but for the error handler `json`.
    pub fn handler(&self, stage: Stage, name: &str) -> HandlerSetting {
        self.handlers
            .get(&(stage.section(), name.to_owned()))
            .cloned()
            .unwrap_or(HandlerSetting { enabled: stage == Stage::Errors && name == "json", config: None })
    }
}

/// A rule set that can be used.
#[derive(Debug)]
pub struct Loaded {
    /// The plan, for the filter.
    pub plan: Plan,
    /// The compiled plan.
    pub engine: Arc<Engine>,
    /// The rules as the API lists them.
    pub listing: Vec<serde_json::Value>,
    /// What probably is not as it was meant.
    pub warnings: Vec<Problem>,
}

/// Reads a key set that handlers name by a URL of this machine (`file://`, `inline://`).
pub type KeySetReader<'r> = &'r dyn Fn(&str) -> Result<serde_json::Value, String>;

/// Reads, checks and compiles rule files.
///
/// # Errors
/// With everything that is wrong, when anything is.
pub fn load(settings: &Settings, files: &[RuleFile], key_sets: KeySetReader<'_>) -> Result<Loaded, Problems> {
    let mut problems = Vec::new();
    let mut plan = Plan {
        strategy: settings.strategy,
        stores: settings.stores.clone(),
        deadline_ms: settings.deadline_ms,
        cors: settings.cors.clone(),
        denials: settings.denials.clone(),
        ..Plan::default()
    };
    let mut sources = Vec::new();
    let mut listing = Vec::new();
    for file in files {
        match Node::read(&file.name, &file.text) {
            Ok(document) => read::rules(&document, settings, &mut plan, &mut sources, &mut listing, &mut problems),
            Err(problem) => problems.push(problem),
        }
    }
    plan.fallback = read::fallback(settings, &mut problems);
    let unread = read_key_sets(&mut plan, key_sets);
    if !unread.is_empty() {
        problems.extend(unread.into_iter().map(|error| located(error, &sources)));
        return Err(Problems(problems));
    }
    match Engine::compile(&plan) {
        Ok(engine) => {
            lint::check(&plan, &engine, &sources, &mut problems);
            let problems = Problems(problems);
            if problems.fatal() {
                return Err(problems);
            }
            Ok(Loaded { plan, engine: Arc::new(engine), listing, warnings: problems.0 })
        }
        Err(errors) => {
            problems.extend(errors.into_iter().map(|error| located(error, &sources)));
            Err(Problems(problems))
        }
    }
}

/// Reads the key sets that handlers name, each once.
fn read_key_sets(plan: &mut Plan, read: KeySetReader<'_>) -> Vec<CompileError> {
    let mut errors = Vec::new();
    for (number, rule) in plan.rules.iter().enumerate() {
        let authenticators =
            rule.authenticators.iter().enumerate().map(|(at, handler)| (RulePart::Authenticator(at), handler));
        let mutators = rule.mutators.iter().enumerate().map(|(at, handler)| (RulePart::Mutator(at), handler));
        for (part, handler) in authenticators.chain(mutators) {
            let lists = handler.config.get("jwks_urls").and_then(serde_json::Value::as_array).into_iter().flatten();
            for url in lists.chain(handler.config.get("jwks_url")).filter_map(serde_json::Value::as_str) {
                let local = url.starts_with("file://") || url.starts_with("inline://");
                if !local || plan.key_sets.contains_key(url) {
                    continue;
                }
                match read(url) {
                    Ok(set) => {
                        plan.key_sets.insert(url.to_owned(), set);
                    }
                    Err(message) => errors.push(CompileError { rule: Some(number), part, message, mend: None }),
                }
            }
        }
    }
    errors
}

/// Where a rule and its parts stand.
#[derive(Debug)]
pub(crate) struct SourceRule {
    pub(crate) id: String,
    pub(crate) place: Place,
    pub(crate) url: Place,
    pub(crate) upstream: Place,
    pub(crate) authenticators: Vec<Place>,
    pub(crate) authorizer: Place,
    pub(crate) mutators: Vec<Place>,
    pub(crate) errors: Vec<Place>,
}

fn located(error: CompileError, sources: &[SourceRule]) -> Problem {
    let nowhere = Place::whole("configuration");
    let Some(source) = error.rule.and_then(|rule| sources.get(rule)) else {
        return Problem { mend: error.mend, ..Problem::error(&nowhere, "errors.fallback", error.message) };
    };
    let list = |places: &[Place], at: usize| places.get(at).cloned().unwrap_or_else(|| source.place.clone());
    let (place, part) = match error.part {
        RulePart::Url => (source.url.clone(), "match.url".to_owned()),
        RulePart::Upstream => (source.upstream.clone(), "upstream.url".to_owned()),
        RulePart::Authenticator(at) => (list(&source.authenticators, at), format!("authenticators[{at}]")),
        RulePart::Authorizer => (source.authorizer.clone(), "authorizer".to_owned()),
        RulePart::Mutator(at) => (list(&source.mutators, at), format!("mutators[{at}]")),
        RulePart::Error(at) => (list(&source.errors, at), format!("errors[{at}]")),
    };
    Problem {
        mend: error.mend,
        ..Problem::error(&place, format!("access rule {:?}, {part}", source.id), error.message)
    }
}
