//! What probably is not as it was meant.

use super::SourceRule;
use crate::{
    document::Problem,
    engine::Engine,
    pattern::{Strategy, as_glob, as_regexp, delimiters},
    plan::Plan,
    request::{Parts, Request, path_encoded},
};
use std::collections::{BTreeSet, HashMap};

/// Samples for overlaps are made for sets of this size at most: each costs one look-up.
const MAX_OVERLAP_RULES: usize = 20_000;

pub(super) fn check(plan: &Plan, engine: &Engine, sources: &[SourceRule], problems: &mut Vec<Problem>) {
    let mut seen: HashMap<&str, &SourceRule> = HashMap::new();
    for (rule, source) in plan.rules.iter().zip(sources) {
        if let Some(first) = seen.insert(&source.id, source) {
            let message = format!("the id is taken already by the rule at {}", first.place);
            problems.push(Problem::warning(&source.place, path(source, "id"), message).mend("ids should be unique"));
        }
        for (at, handler) in rule.authenticators.iter().enumerate() {
            let rest = rule.authenticators.get(at + 1..).unwrap_or_default();
            let open = rest.iter().find(|next| matches!(next.handler.as_str(), "noop" | "anonymous"));
            if let (true, Some(open)) = (handler.fall_through, open) {
                let message = format!(
                    "what {:?} refuses is let in by {:?}, as if there were no credential",
                    handler.handler, open.handler
                );
                let place = source.authenticators.get(at).unwrap_or(&source.place);
                problems.push(
                    Problem::warning(place, path(source, &format!("authenticators[{at}].fall_through")), message)
                        .mend("leave fall_through away, unless guests and holders of bad credentials may do the same"),
                );
            }
        }
        for message in pattern(plan.strategy, &rule.url) {
            problems.push(Problem::warning(&source.url, path(source, "match.url"), message));
        }
    }
    if engine.rules().len() <= MAX_OVERLAP_RULES {
        overlaps(engine, sources, problems);
    }
}

fn path(source: &SourceRule, part: &str) -> String {
    format!("access rule {:?}, {part}", source.id)
}

/// What is suspicious about a pattern that compiles.
fn pattern(strategy: Strategy, url: &str) -> Vec<String> {
    let mut found = Vec::new();
    let Ok(places) = delimiters(url, b'<', b'>') else { return found };
    let mut literal = String::new();
    let mut after = 0;
    for pair in places.chunks_exact(2) {
        let [start, end] = *pair else { continue };
        literal.push_str(url.get(after..start).unwrap_or_default());
        literal.push('\0');
        after = end;
        let expression = url.get(start + 1..end - 1).unwrap_or_default();
        match strategy {
            Strategy::Glob => {
                if let Some(better) = as_glob(expression) {
                    found.push(format!("<{expression}> is read as a glob but looks like a regular expression; as a glob it would be <{better}>"));
                }
            }
            Strategy::Regexp if expression.contains('{') && !expression.contains(['(', '\\', '[', '.']) => {
                if let Some(better) = as_regexp(expression) {
                    found.push(format!("<{expression}> is read as a regular expression but looks like a glob; as a regular expression it would be <{better}>"));
                }
            }
            Strategy::Regexp => {}
        }
    }
    literal.push_str(url.get(after..).unwrap_or_default());
    let path_part = literal.split_once("://").map(|(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
    match path_part {
        None if !literal.contains('\0') => {
            found.push("a pattern without a scheme matches nothing; write http://host/path or https://host/path".into())
        }
        Some(path) if !path.is_empty() && path.ends_with('/') => {
            found.push(
                "the slash at the end is ignored in requests, so this pattern matches nothing; leave it away".into(),
            );
        }
        Some(path) if path.contains('%') => {
            found.push("requests are matched with their path decoded, so a per cent sign matches nothing but itself; write the character".into());
        }
        _ => {}
    }
    if literal.contains('?') {
        found.push("the query takes no part in matching, so a question mark outside of < > matches nothing".into());
    }
    if literal.contains('#') {
        found.push("a fragment never reaches a server".into());
    }
    found
}

/// Two rules that want one request make it fail with 500. Samples of each pattern are looked up in the whole set.
fn overlaps(engine: &Engine, sources: &[SourceRule], problems: &mut Vec<Problem>) {
    let mut told: BTreeSet<(usize, usize)> = BTreeSet::new();
    let place: HashMap<*const crate::rule::Rule, usize> =
        engine.rules().iter().enumerate().map(|(i, rule)| (std::sync::Arc::as_ptr(rule), i)).collect();
    for (number, rule) in engine.rules().iter().enumerate() {
        for sample in rule.pattern.samples() {
            for method in &rule.methods {
                let Some(request) = sampled(method, &sample) else { continue };
                let Ok(found) = engine.matches(&request) else { continue };
                for other in found.iter().filter_map(|other| place.get(&std::sync::Arc::as_ptr(other)).copied()) {
                    let pair = (number.min(other), number.max(other));
                    let (Some(one), Some(two)) = (sources.get(pair.0), sources.get(pair.1)) else { continue };
                    // Priorities tell which one is meant.
                    let even = engine.rules().get(other).is_some_and(|other| other.priority == rule.priority);
                    if number != other && even && told.insert(pair) {
                        let message = format!(
                            "both this rule and {:?} ({}) want {method} {sample}: such requests are answered with 500",
                            one.id, one.place
                        );
                        problems.push(Problem::warning(&two.url, path(two, "match.url"), message));
                    }
                }
            }
        }
    }
}

fn sampled(method: &str, url: &str) -> Option<Request> {
    let (scheme, rest) = url.split_once("://")?;
    let (host, path) = rest.split_at(rest.find('/')?);
    let parts = Parts {
        method: method.to_owned(),
        scheme: scheme.to_owned(),
        host: host.to_owned(),
        target: path_encoded(path),
        ..Parts::default()
    };
    Request::new(parts).ok()
}
