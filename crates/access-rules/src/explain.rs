//! What would be done with a request, and why, in sentences.

use crate::{
    engine::Engine,
    handlers::{Authenticator, ErrorHandler, Mutator},
    request::Request,
};

impl Engine {
    /// How a request is read, which rules were looked at, which one wants it, and what its stages are.
    pub fn explain(&self, request: &Request) -> Vec<String> {
        let mut out = vec![format!("read as {} {}", request.method(), request.url())];
        let owned: Vec<&str> = request.headers().iter().map(|(name, _)| name).filter(|name| self.owns(name)).collect();
        if !owned.is_empty() {
            out.push(format!("removed first: {}", owned.join(", ")));
        }
        let candidates = self.candidates(request);
        if candidates.is_empty() {
            out.push(format!("no rule lists {} and begins like this URL", request.method()));
        }
        for rule in &candidates {
            let fits = match rule.pattern.matches(request.url()) {
                Ok(true) => "matches",
                Ok(false) => "does not match",
                Err(_) => "takes too many steps",
            };
            out.push(format!("looked at {:?}: {fits} ({})", rule.id, rule.pattern.engine()));
        }
        let found = match self.matches(request) {
            Ok(found) => found,
            Err(denial) => {
                out.push(format!("answered with {}: {}", denial.status, denial.message));
                return out;
            }
        };
        let all = found.len();
        let found: Vec<_> = crate::engine::most_wanted(found).collect();
        if found.len() < all {
            out.push(format!("{all} rules want it; those of the highest priority are left"));
        }
        match found.as_slice() {
            [rule] => {
                let groups = rule.groups(request);
                if !groups.is_empty() {
                    out.push(format!("caught: {groups:?}"));
                }
                let names = |names: Vec<&str>| names.join(", then ");
                out.push(format!(
                    "authenticators: {}",
                    names(rule.authenticators.iter().map(Authenticator::name).collect())
                ));
                out.push(format!("authorizer: {}", rule.authorizer.name()));
                out.push(format!("mutators: {}", names(rule.mutators.iter().map(Mutator::name).collect())));
                let sets: Vec<String> =
                    rule.mutators.iter().flat_map(Mutator::sets).chain(rule.authorizer.sets()).collect();
                if !sets.is_empty() {
                    out.push(format!("sets: {}", sets.join(", ")));
                }
                let errors = if rule.errors.is_empty() { &self.fallback } else { &rule.errors };
                out.push(format!("errors: {}", names(errors.iter().map(ErrorHandler::name).collect())));
                out.push(match &rule.upstream {
                    Some(upstream) => {
                        let target = upstream.target(request).unwrap_or_else(|| request.target().to_owned());
                        let host = if upstream.preserve_host {
                            request.host().to_owned()
                        } else {
                            upstream.endpoint.authority()
                        };
                        format!("upstream: {}{target} (Host: {host})", upstream.endpoint.origin())
                    }
                    None => "upstream: none; the gateway answers with 500, a decision needs none".to_owned(),
                });
            }
            [] => out.push("answered with 404: no rule wants it".to_owned()),
            several => {
                let ids: Vec<String> = several.iter().map(|rule| format!("{:?}", rule.id)).collect();
                out.push(format!("answered with 500: {} rules want it ({})", several.len(), ids.join(", ")));
            }
        }
        out
    }
}
