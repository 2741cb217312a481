//! Reading rules out of a document.

use super::{Settings, SourceRule};
use crate::{
    cors::{self, Cors},
    document::{Data, Node, Place, Problem, Shape, TextKind, duration, key, nearest, required},
    handlers::{self, Stage},
    plan::{HandlerPlan, Plan, RateLimitPlan, RulePlan, UpstreamPlan},
};
use serde_json::{Value as Json, json};
use std::time::Duration;

const PRIORITY: Shape = Shape::Int(-1_000_000, 1_000_000);
const RATE_LIMIT: Shape = Shape::Object(&[
    required("requests", &Shape::Int(1, 1_000_000_000)),
    key("per", &Shape::Text(TextKind::Duration)),
    key("burst", &Shape::Int(1, 1_000_000_000)),
]);

const RULE_KEYS: &[&str] = &[
    "id",
    "version",
    "description",
    "match",
    "authenticators",
    "authorizer",
    "mutators",
    "errors",
    "upstream",
    // Not Oathkeeper's; it ignores keys that it does not know.
    "priority",
    "fallback",
    "cors",
    "rate_limit",
];
const MATCH_KEYS: &[&str] = &["url", "methods", "authority", "full_method", "allow_http_get"];
// `http2` is not one of Oathkeeper's.
const UPSTREAM_KEYS: &[&str] = &["url", "preserve_host", "strip_path", "http2"];

/// Adds the rules of a document to a plan.
pub(super) fn rules(
    document: &Node,
    settings: &Settings,
    plan: &mut Plan,
    sources: &mut Vec<SourceRule>,
    listing: &mut Vec<Json>,
    problems: &mut Vec<Problem>,
) {
    let items = match &document.data {
        Data::List(items) => items,
        Data::Null => return,
        _ => {
            let problem = Problem::error(
                &document.place,
                "",
                format!("a list of access rules is expected, found {}", document.kind()),
            );
            problems.push(problem.mend("begin each rule with a dash: `- id: …`"));
            return;
        }
    };
    for (number, item) in items.iter().enumerate() {
        let mut reader = Reader { settings, problems, name: String::new() };
        if let Some((rule, source, listed)) = reader.rule(number, item) {
            plan.rules.push(rule);
            sources.push(source);
            listing.push(listed);
        }
    }
}

/// The handlers of `errors.fallback`.
pub(super) fn fallback(settings: &Settings, problems: &mut Vec<Problem>) -> Vec<HandlerPlan> {
    let mut reader = Reader { settings, problems, name: String::new() };
    let mut plans = Vec::new();
    for (name, place) in &settings.fallback {
        let place = place.clone().unwrap_or_else(|| Place::whole("defaults"));
        plans.extend(reader.named_handler(Stage::Errors, name, None, &place, &place, "errors.fallback"));
    }
    plans
}

struct Reader<'r> {
    settings: &'r Settings,
    problems: &'r mut Vec<Problem>,
    name: String,
}

impl Reader<'_> {
    fn path(&self, part: &str) -> String {
        if self.name.is_empty() { part.to_owned() } else { format!("access rule {:?}, {part}", self.name) }
    }

    fn error(&mut self, place: &Place, part: &str, message: impl Into<String>) {
        let path = self.path(part);
        self.problems.push(Problem::error(place, path, message));
    }

    fn wrong(&mut self, node: &Node, part: &str, expected: &str) {
        self.error(&node.place, part, format!("{expected} is expected, found {}", node.shown()));
    }

    /// A text that may be left out.
    fn text(&mut self, node: &Node, key: &str, part: &str) -> String {
        match node.get(key) {
            None => String::new(),
            Some(found) => match &found.data {
                Data::Text(text) => text.clone(),
                Data::Null => String::new(),
                _ => {
                    self.wrong(found, part, "a text");
                    String::new()
                }
            },
        }
    }

    fn flag(&mut self, node: &Node, key: &str, part: &str) -> bool {
        match node.get(key).map(|found| (found, &found.data)) {
            None | Some((_, Data::Null)) => false,
            Some((_, Data::Bool(flag))) => *flag,
            Some((found, _)) => {
                self.wrong(found, part, "true or false");
                false
            }
        }
    }

    /// Keys that are not known are ignored by Oathkeeper, too; they are worth a word all the same.
    fn unknown_keys(&mut self, node: &Node, known: &[&str], part: &str) {
        for entry in node.map().unwrap_or_default().iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            let path = self.path(&if part.is_empty() { entry.key.clone() } else { format!("{part}.{}", entry.key) });
            let problem = Problem::warning(&entry.place, path, "this key is not known and has no effect");
            self.problems.push(match nearest(&entry.key, known.iter().copied()) {
                Some(name) => problem.mend(format!("did you mean {name}?")),
                None => problem,
            });
        }
    }

    fn rule(&mut self, number: usize, node: &Node) -> Option<(RulePlan, SourceRule, Json)> {
        self.name = format!("#{}", number + 1);
        if node.map().is_none() {
            self.wrong(node, "", "an access rule");
            return None;
        }
        let before = self.problems.len();
        let id = self.text(node, "id", "id");
        if id.is_empty() {
            let path = self.path("id");
            self.problems.push(
                Problem::warning(&node.place, path, "a rule without an id is hard to find in logs").mend("give it one"),
            );
        } else {
            self.name.clone_from(&id);
        }
        self.unknown_keys(node, RULE_KEYS, "");
        let description = self.text(node, "description", "description");
        let version = self.version(node);
        let (url, methods, url_place, listed_match) = self.matching(node)?;
        let authenticators = self.handlers(node, Stage::Authenticators, "authenticators", true);
        let mutators = self.handlers(node, Stage::Mutators, "mutators", true);
        let errors = self.handlers(node, Stage::Errors, "errors", false);
        let authorizer = match node.get("authorizer") {
            Some(found) if !found.is_null() => self.handler(found, Stage::Authorizer, "authorizer"),
            _ => {
                self.error(&node.place, "authorizer", "this key is required and missing");
                None
            }
        };
        let (upstream, upstream_place) = self.upstream(node);
        let (priority, cors, rate_limit) = self.extras(node);
        if self
            .problems
            .get(before..)
            .unwrap_or_default()
            .iter()
            .any(|p| p.severity == crate::document::Severity::Error)
        {
            return None;
        }
        let authorizer_place = node.get("authorizer").map_or_else(|| node.place.clone(), |found| found.place.clone());
        let listed = json!({
            "id": id,
            "version": if version.is_empty() { "" } else { "master" },
            "description": description,
            "match": listed_match,
            "authenticators": listed_handlers(node.get("authenticators")),
            "authorizer": node.get("authorizer").map(listed_handler),
            "mutators": listed_handlers(node.get("mutators")),
            "errors": node.get("errors").filter(|errors| !errors.is_null()).map(|errors| listed_handlers(Some(errors))),
            "upstream": { "preserve_host": upstream.preserve_host, "strip_path": upstream.strip_path, "url": upstream.url },
        });
        let source = SourceRule {
            id: self.name.clone(),
            place: node.place.clone(),
            url: url_place,
            upstream: upstream_place,
            authenticators: authenticators.iter().map(|(_, place)| place.clone()).collect(),
            authorizer: authorizer_place,
            mutators: mutators.iter().map(|(_, place)| place.clone()).collect(),
            errors: errors.iter().map(|(_, place)| place.clone()).collect(),
        };
        let plans = |pairs: Vec<(HandlerPlan, Place)>| pairs.into_iter().map(|(plan, _)| plan).collect();
        let plan = RulePlan {
            id: self.name.clone(),
            url,
            methods,
            authenticators: plans(authenticators),
            authorizer: authorizer?,
            mutators: plans(mutators),
            errors: plans(errors),
            upstream,
            priority,
            cors,
            rate_limit,
        };
        Some((plan, source, listed))
    }

    /// What rules can say here beyond Oathkeeper.
    fn extras(&mut self, node: &Node) -> (i64, Option<Cors>, Option<RateLimitPlan>) {
        let mut shaped = |key: &str, shape: &Shape| {
            let found = node.get(key).filter(|found| !found.is_null())?;
            let before = self.problems.len();
            let path = self.path(key);
            shape.check(found, &path, self.problems);
            (self.problems.len() == before).then_some(found)
        };
        let priority = match shaped("priority", &PRIORITY).map(|found| &found.data) {
            Some(Data::Int(priority)) => *priority,
            _ => 0,
        };
        let cors = shaped("cors", &cors::SHAPE).and_then(|found| {
            // A rule that says anything about CORS switches it on.
            let mut json = found.to_json();
            json.as_object_mut()?.entry("enabled").or_insert(json!(true));
            serde_json::from_value(json).ok()
        });
        let rate_limit = shaped("rate_limit", &RATE_LIMIT).map(|found| {
            let number = |key: &str| match found.get(key).map(|found| &found.data) {
                Some(Data::Int(number)) => u32::try_from(*number).ok(),
                _ => None,
            };
            let requests = number("requests").unwrap_or(1);
            let per = found.get("per").and_then(Node::text).and_then(duration).unwrap_or(Duration::from_secs(1));
            RateLimitPlan {
                requests,
                per_ms: u64::try_from(per.as_millis()).unwrap_or(u64::MAX).max(50),
                burst: number("burst").unwrap_or(requests).max(requests),
            }
        });
        let priority = if self.flag(node, "fallback", "fallback") { i64::MIN } else { priority };
        (priority, cors, rate_limit)
    }

    fn version(&mut self, node: &Node) -> String {
        let version = self.text(node, "version", "version");
        let core =
            version.strip_prefix('v').unwrap_or(&version).split(['-', '+']).next().unwrap_or_default().to_owned();
        let parts: Vec<&str> = core.split('.').collect();
        let fits =
            parts.len() == 3 && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
        if !version.is_empty() && version != "master" && !fits {
            let place = node.get("version").map_or_else(|| node.place.clone(), |found| found.place.clone());
            self.error(&place, "version", format!("a version as in v0.40.0 is expected, found {version:?}"));
        }
        version
    }

    /// URL pattern, methods, and how the API lists them.
    fn matching(&mut self, node: &Node) -> Option<(String, Vec<String>, Place, Json)> {
        let Some(found) = node.get("match").filter(|found| !found.is_null()) else {
            self.error(&node.place, "match", "this key is required and missing");
            return None;
        };
        if found.map().is_none() {
            self.wrong(found, "match", "a map");
            return None;
        }
        self.unknown_keys(found, MATCH_KEYS, "match");
        if found.get("full_method").is_some() {
            let authority = self.text(found, "authority", "match.authority");
            let full_method = self.text(found, "full_method", "match.full_method");
            let path = self.path("match.full_method");
            let problem = Problem::warning(&found.place, path, "rules by gRPC method are never matched by a gateway");
            self.problems.push(problem.mend("match the URL and POST: http://<authority>/<package.Service/Method>"));
            let listed = json!({ "authority": authority, "full_method": full_method });
            return Some((format!("rpc://{authority}/{full_method}"), Vec::new(), found.place.clone(), listed));
        }
        let url = self.text(found, "url", "match.url");
        let place = found.get("url").map_or_else(|| found.place.clone(), |url| url.place.clone());
        if url.is_empty() {
            self.error(&place, "match.url", "this key is required and missing");
        }
        let mut methods = Vec::new();
        match found.get("methods").map(|methods| (methods, &methods.data)) {
            None | Some((_, Data::Null)) => {}
            Some((_, Data::List(items))) => {
                for item in items {
                    match item.text() {
                        Some(method) if crate::canonical::is_token(method) => methods.push(method.to_owned()),
                        _ => self.wrong(item, "match.methods", "a method"),
                    }
                }
            }
            Some((other, _)) => self.wrong(other, "match.methods", "a list of methods"),
        }
        if methods.is_empty() {
            let path = self.path("match.methods");
            self.problems.push(
                Problem::warning(&found.place, path, "a rule without methods matches nothing")
                    .mend("list them: [GET, POST]"),
            );
        }
        let listed = json!({ "methods": methods, "url": url });
        let upper = methods.iter().map(|method| method.to_ascii_uppercase()).collect();
        Some((url, upper, place, listed))
    }

    fn upstream(&mut self, node: &Node) -> (UpstreamPlan, Place) {
        let Some(found) = node.get("upstream").filter(|found| !found.is_null()) else {
            return (UpstreamPlan::default(), node.place.clone());
        };
        if found.map().is_none() {
            self.wrong(found, "upstream", "a map");
            return (UpstreamPlan::default(), found.place.clone());
        }
        self.unknown_keys(found, UPSTREAM_KEYS, "upstream");
        let place = found.get("url").map_or_else(|| found.place.clone(), |url| url.place.clone());
        let plan = UpstreamPlan {
            url: self.text(found, "url", "upstream.url"),
            preserve_host: self.flag(found, "preserve_host", "upstream.preserve_host"),
            strip_path: self.text(found, "strip_path", "upstream.strip_path"),
            route: String::new(),
            http2: self.flag(found, "http2", "upstream.http2"),
        };
        (plan, place)
    }

    fn handlers(&mut self, node: &Node, stage: Stage, key: &str, needed: bool) -> Vec<(HandlerPlan, Place)> {
        let items = match node.get(key).map(|found| (found, &found.data)) {
            Some((found, Data::List(items))) => {
                if items.is_empty() && needed {
                    self.error(&found.place, key, format!("at least one {} is needed", stage.one()));
                }
                items.as_slice()
            }
            None | Some((_, Data::Null)) => {
                if needed {
                    self.error(&node.place, key, "this key is required and missing");
                }
                &[]
            }
            Some((other, _)) => {
                self.wrong(other, key, "a list");
                &[]
            }
        };
        let mut out = Vec::with_capacity(items.len());
        for (i, item) in items.iter().enumerate() {
            if let Some(plan) = self.handler(item, stage, &format!("{key}[{i}]")) {
                out.push((plan, item.place.clone()));
            }
        }
        out
    }

    fn handler(&mut self, node: &Node, stage: Stage, part: &str) -> Option<HandlerPlan> {
        if node.map().is_none() {
            self.wrong(node, part, "a handler (`handler: name`)");
            return None;
        }
        let known: &[&str] = match stage {
            Stage::Authenticators => &["handler", "config", "fall_through"],
            _ => &["handler", "config"],
        };
        self.unknown_keys(node, known, part);
        let Some(name) = node.get("handler") else {
            self.error(&node.place, &format!("{part}.handler"), "this key is required and missing");
            return None;
        };
        let Some(text) = name.text() else {
            self.wrong(name, &format!("{part}.handler"), "the name of a handler");
            return None;
        };
        let config = node.get("config").filter(|config| !config.is_null());
        let mut plan = self.named_handler(stage, text, config, &name.place, &node.place, part)?;
        plan.fall_through = self.flag(node, "fall_through", &format!("{part}.fall_through"));
        Some(plan)
    }

    /// Merges and checks the settings of a handler.
    fn named_handler(
        &mut self,
        stage: Stage,
        name: &str,
        config: Option<&Node>,
        name_place: &Place,
        place: &Place,
        part: &str,
    ) -> Option<HandlerPlan> {
        let Some(info) = handlers::find(stage, name) else {
            let path = self.path(part);
            let problem = Problem::error(name_place, path, format!("there is no {} {name:?}", stage.one()));
            self.problems.push(match nearest(name, handlers::names(stage)) {
                Some(near) => problem.mend(format!("did you mean {near}?")),
                None => problem.mend(format!("known: {}", handlers::names(stage).collect::<Vec<_>>().join(", "))),
            });
            return None;
        };
        let setting = self.settings.handler(stage, name);
        if !setting.enabled {
            let path = self.path(part);
            let problem = Problem::error(name_place, path, format!("the {} {name:?} is switched off", stage.one()));
            self.problems
                .push(problem.mend(format!("set {}.{name}.enabled to true in the configuration", stage.section())));
            return None;
        }
        let merged = match (&setting.config, config) {
            (Some(below), Some(above)) => below.overlaid(above),
            (Some(only), None) | (None, Some(only)) => only.clone(),
            (None, None) => Node::new(place.clone(), Data::Map(Vec::new())),
        };
        let before = self.problems.len();
        let path = self.path(&format!("{part}.config"));
        info.shape().check(&merged, &path, self.problems);
        (self.problems.len() == before).then(|| HandlerPlan {
            handler: name.to_owned(),
            config: merged.to_json(),
            fall_through: false,
        })
    }
}

fn listed_handlers(node: Option<&Node>) -> Json {
    match node.and_then(Node::list) {
        Some(items) => Json::Array(items.iter().map(listed_handler).collect()),
        None => Json::Null,
    }
}

fn listed_handler(node: &Node) -> Json {
    json!({
        "handler": node.get("handler").and_then(Node::text),
        "config": node.get("config").map_or(Json::Null, Node::to_json),
    })
}
