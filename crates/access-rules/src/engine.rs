//! A compiled rule set, and what it makes of a request.

use crate::{
    cors::Cors,
    denial::Denial,
    effect::{Flow, Host},
    endpoint::Endpoint,
    handlers::{Authenticator, Authorizer, Context, ErrorHandler, Found, Mode, Mutator},
    index::Index,
    key_store::{self, Due},
    pattern::Compiler,
    plan::{DenialsPlan, Plan, RulePlan},
    request::{Headers, Parts, Request},
    rule::{Rule, Upstream},
    session::Session,
    state::State,
};
use std::{collections::BTreeSet, fmt, sync::Arc};

/// A compiled rule set.
#[derive(Debug)]
pub struct Engine {
    rules: Vec<Arc<Rule>>,
    index: Index,
    pub(crate) fallback: Vec<ErrorHandler>,
    /// Headers that some rule sets for its upstream: whatever a client sends under these names is removed first.
    owned: BTreeSet<String>,
    /// The key sets that rules fetch, each once.
    key_sets: Vec<Due>,
    pub(crate) cors: Option<Cors>,
    /// Whether some rule has CORS of its own.
    pub(crate) rules_have_cors: bool,
    pub(crate) denials: DenialsPlan,
}

/// Where in a plan something does not compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileError {
    /// The rule's place; `None` for the fallback of errors.
    pub rule: Option<usize>,
    /// The part of the rule.
    pub part: RulePart,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub mend: Option<String>,
}

/// A part of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RulePart {
    /// `match.url`
    Url,
    /// `upstream`
    Upstream,
    /// The authenticator at a place.
    Authenticator(usize),
    /// The authorizer.
    Authorizer,
    /// The mutator at a place.
    Mutator(usize),
    /// The error handler at a place.
    Error(usize),
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rule {
            Some(rule) => write!(f, "rule {rule}, {:?}: {}", self.part, self.message),
            None => write!(f, "fallback, {:?}: {}", self.part, self.message),
        }
    }
}

/// What is done with a request.
#[derive(Debug)]
pub struct Outcome {
    /// The rule that wanted it.
    pub rule: Option<Arc<Rule>>,
    /// Who is asking; empty where nobody is known.
    pub subject: Arc<str>,
    /// What is done.
    pub verdict: Verdict,
}

/// What is done with a request.
#[derive(Debug)]
pub enum Verdict {
    /// It passes.
    Pass(Grant),
    /// It is refused.
    Refuse(Response, Denial),
    /// It is answered without asking any rule: a CORS preflight.
    Answer(Response),
}

/// A request that passes, and how it is changed on its way.
#[derive(Debug)]
pub struct Grant {
    /// Headers to set, each in place of all lines of its name. Names in lower case.
    pub set: Vec<(String, Vec<String>)>,
    /// Headers to remove. Names in lower case.
    pub remove: Vec<String>,
    /// Path and query for the upstream, where they change.
    pub target: Option<String>,
    /// Where it goes.
    pub upstream: Option<Arc<Upstream>>,
    /// Headers for the upstream's answer; names in lower case.
    pub answer: Vec<(String, String)>,
}

/// An answer to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// The header by which an operator asks for the reason of a refusal.
pub(crate) const EXPLAIN: &str = "x-nexus-explain";

/// Headers that clients send for their own reasons, too. Rules that set them replace them; other rules leave them.
const COMMON: &[&str] = &[
    "accept",
    "accept-encoding",
    "accept-language",
    "authorization",
    "cache-control",
    "content-type",
    "cookie",
    "host",
    "origin",
    "range",
    "referer",
    "user-agent",
    "if-match",
    "if-none-match",
    "if-modified-since",
];

impl Engine {
    /// Compiles a plan.
    ///
    /// # Errors
    /// For patterns, templates and settings that cannot be used; all of them at once.
    pub fn compile(plan: &Plan) -> Result<Self, Vec<CompileError>> {
        let mut errors = Vec::new();
        let mut compiler = Compiler::default();
        let mut rules = Vec::with_capacity(plan.rules.len());
        for (number, rule) in plan.rules.iter().enumerate() {
            if let Some(rule) = compile_rule(rule, number, plan, &mut compiler, &mut errors) {
                rules.push(Arc::new(rule));
            }
        }
        let mut fallback = Vec::new();
        for (place, handler) in plan.fallback.iter().enumerate() {
            match ErrorHandler::compile(handler) {
                Ok(handler) => fallback.push(handler),
                Err(message) => {
                    errors.push(CompileError { rule: None, part: RulePart::Error(place), message, mend: None })
                }
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let owned = rules
            .iter()
            .flat_map(|rule| rule.mutators.iter().flat_map(Mutator::sets).chain(rule.authorizer.sets()))
            .map(|name| name.to_ascii_lowercase())
            .filter(|name| !COMMON.contains(&name.as_str()))
            .chain((!plan.denials.explain_secret.is_empty()).then(|| EXPLAIN.to_owned()))
            .collect();
        let index = Index::new(rules.iter().map(|rule| (rule.methods.as_slice(), &rule.pattern)));
        let mut key_sets: Vec<Due> = Vec::new();
        for due in rules.iter().flat_map(|rule| {
            let own = rule.authenticators.iter().flat_map(Authenticator::key_sets);
            own.chain(rule.mutators.iter().flat_map(Mutator::key_sets))
        }) {
            match key_sets.iter_mut().find(|known| known.is_of(&due)) {
                Some(known) => known.hurry(&due),
                None => key_sets.push(due),
            }
        }
        let enabled = |cors: &Option<Cors>| cors.clone().filter(|cors| cors.enabled);
        Ok(Self {
            rules_have_cors: rules.iter().any(|rule| rule.cors.is_some()),
            rules,
            index,
            fallback,
            owned,
            key_sets,
            cors: enabled(&plan.cors),
            denials: plan.denials.clone(),
        })
    }

    /// The rules.
    pub fn rules(&self) -> &[Arc<Rule>] {
        &self.rules
    }

    /// Everything that handlers call: session stores, authorizers, key sets.
    pub fn endpoints(&self) -> Vec<Arc<Endpoint>> {
        let mut all: Vec<Arc<Endpoint>> = self
            .rules
            .iter()
            .flat_map(|rule| {
                let authenticators = rule.authenticators.iter().flat_map(Authenticator::endpoints);
                authenticators
                    .chain(rule.authorizer.endpoints())
                    .chain(rule.mutators.iter().flat_map(Mutator::endpoints))
            })
            .collect();
        all.sort_by_key(|endpoint| endpoint.cluster());
        all.dedup_by_key(|endpoint| endpoint.cluster());
        all
    }

    /// The public halves of the keys that rules sign with, each once.
    pub fn public_keys(&self) -> Vec<serde_json::Value> {
        let mut all: Vec<serde_json::Value> = Vec::new();
        for key in self.rules.iter().flat_map(|rule| rule.mutators.iter().flat_map(Mutator::public_keys)) {
            if !all.contains(&key) {
                all.push(key);
            }
        }
        all
    }

    /// A flow that fetches key sets which will soon be too old; hosts run it once a second or so, outside of requests.
    pub fn keep_keys_fresh(self: &Arc<Self>, host: &Arc<dyn Host>, state: &Arc<State>) -> Flow<()> {
        let (engine, host, state) = (Arc::clone(self), Arc::clone(host), Arc::clone(state));
        Flow::new(move |line| async move { key_store::keep_fresh(&engine.key_sets, &state, &host, &line).await })
    }

    /// Whether any rule uses key sets that are fetched.
    pub fn fetches_keys(&self) -> bool {
        !self.key_sets.is_empty()
    }

    /// Whether some rule looks at the client's address.
    pub fn needs_client(&self) -> bool {
        let looks = |handlers: &[ErrorHandler]| handlers.iter().any(|handler| handler.when.needs_client());
        looks(&self.fallback)
            || self.rules.iter().any(|rule| matches!(rule.authorizer, Authorizer::Keto(_)) || looks(&rule.errors))
    }

    /// Whether some rule needs the body of requests for its decision.
    pub fn needs_bodies(&self) -> bool {
        self.rules.iter().any(|rule| rule.authorizer.needs_body())
    }

    /// Headers that are removed from every request.
    pub fn owned_headers(&self) -> impl Iterator<Item = &str> {
        self.owned.iter().map(String::as_str)
    }

    /// The rules that want a request, and those that were looked at for it.
    ///
    /// # Errors
    /// When an expression takes too many steps.
    pub fn matches(&self, request: &Request) -> Result<Vec<Arc<Rule>>, Denial> {
        self.matches_by(request.method(), request)
    }

    pub(crate) fn matches_by(&self, method: &str, request: &Request) -> Result<Vec<Arc<Rule>>, Denial> {
        let mut found: Vec<u32> = Vec::new();
        let mut failed = None;
        self.index.candidates(method, request.url(), |number| {
            if found.contains(&number) {
                return;
            }
            let Some(rule) = self.rules.get(number as usize) else { return };
            match rule.pattern.matches(request.url()) {
                Ok(true) => found.push(number),
                Ok(false) => {}
                Err(_) => failed = Some(rule.id.clone()),
            }
        });
        match failed {
            Some(id) => Err(Denial::internal(format!("the pattern of rule {id:?} takes too many steps for this URL"))),
            None => Ok(found.into_iter().filter_map(|number| self.rules.get(number as usize).cloned()).collect()),
        }
    }

    /// The rules that are looked at for a request.
    pub(crate) fn candidates(&self, request: &Request) -> Vec<Arc<Rule>> {
        let mut numbers = BTreeSet::new();
        self.index.candidates(request.method(), request.url(), |number| {
            numbers.insert(number);
        });
        numbers.into_iter().filter_map(|number| self.rules.get(number as usize).cloned()).collect()
    }

    /// The one rule that wants a request.
    fn rule_for(&self, request: &Request) -> Result<Arc<Rule>, Denial> {
        let mut found = most_wanted(self.matches(request)?);
        match (found.next(), found.next()) {
            (Some(rule), None) => Ok(rule),
            (Some(_), Some(_)) => Err(Denial::ambiguous()),
            (None, _) => Err(Denial::no_rule()),
        }
    }

    /// Decides about a request. The flow asks for what it needs on the way.
    pub fn decide(
        self: &Arc<Self>,
        parts: Parts,
        mode: Mode,
        host: &Arc<dyn Host>,
        state: &Arc<State>,
    ) -> Flow<Outcome> {
        let explains = self.explains(&parts.headers);
        // Nobody but the rules says who is asking.
        let spoofed = self.spoofed(&parts.headers);
        let (engine, host, state) = (Arc::clone(self), Arc::clone(host), Arc::clone(state));
        Flow::new(move |line| async move {
            let request = match Request::new(parts) {
                Ok(request) => Arc::new(request),
                Err(refused) => return engine.told(explains, engine.refuse(&refused.1, refused.0, mode)),
            };
            if let (Mode::Proxy, Some(answer)) = (mode, engine.preflight(&request)) {
                return Outcome { rule: None, subject: "".into(), verdict: Verdict::Answer(answer) };
            }
            let context = Context { request, host, state, line, mode };
            let rule = match engine.rule_for(&context.request) {
                Ok(rule) => rule,
                Err(denial) => return engine.told(explains, engine.denied(None, "".into(), &context, denial)),
            };
            let mut session = Session::new(&context.request, &rule);
            let outcome = match run(&rule, &context, &mut session).await {
                Ok(()) => engine.passed(rule, &context, session, spoofed),
                Err(denial) => engine.denied(Some(rule), session.subject, &context, denial),
            };
            engine.told(explains, outcome)
        })
    }

    /// The headers of a request that no upstream may see, because rules set them, in every spelling that an upstream
    /// could take for them: servers that hand headers on as variables (CGI, WSGI) do not tell `-` from `_`. Templates
    /// of rules may read them all the same.
    fn spoofed(&self, headers: &Headers) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for (name, _) in headers.iter() {
            if self.owns(name) && !found.iter().any(|known| known == name) {
                found.push(name.to_owned());
            }
        }
        found
    }

    fn owned_or_common(&self, name: &str) -> bool {
        self.owned.contains(name) || COMMON.contains(&name)
    }

    /// Whether a header or trailer of that name is removed from every request.
    pub fn owns(&self, name: &str) -> bool {
        self.owned.contains(name) || (name.contains('_') && self.owned_or_common(&name.replace('_', "-")))
    }

    fn passed(&self, rule: Arc<Rule>, context: &Context, session: Session, spoofed: Vec<String>) -> Outcome {
        if context.mode == Mode::Proxy && rule.upstream.is_none() {
            let denial =
                Denial::internal("Unable to forward the request because matched rule does not define an upstream URL");
            return self.denied(Some(rule), session.subject, context, denial);
        }
        let set: Vec<(String, Vec<String>)> =
            session.headers.0.into_iter().map(|(name, values)| (name.to_ascii_lowercase(), values)).collect();
        let remove = spoofed.into_iter().filter(|name| !set.iter().any(|(known, _)| known == name)).collect();
        let upstream = rule.upstream.clone();
        let answer = self.cors_headers(Some(&rule), context);
        let target = upstream.as_ref().and_then(|upstream| upstream.target(&context.request));
        Outcome {
            rule: Some(rule),
            subject: session.subject,
            verdict: Verdict::Pass(Grant { set, remove, target, upstream, answer }),
        }
    }
}

/// The pipeline of a rule.
async fn run(rule: &Rule, context: &Context, session: &mut Session) -> Result<(), Denial> {
    authenticate(rule, context, session).await?;
    rule.authorizer.authorize(context, session).await?;
    for mutator in &rule.mutators {
        mutator.mutate(context, session).await?;
    }
    Ok(())
}

/// The first authenticator that feels responsible decides: a credential that it refuses falls through to the next only
/// where the rule says so, and what failed otherwise never does.
async fn authenticate(rule: &Rule, context: &Context, session: &mut Session) -> Result<(), Denial> {
    let mut refused = None;
    for (authenticator, falls_through) in rule.authenticators.iter().zip(&rule.fall_through) {
        match authenticator.authenticate(context, session).await {
            Ok(Found::Accepted) => return Ok(()),
            Ok(Found::NotResponsible) => {}
            Err(denial) if *falls_through && denial.status == 401 => refused = Some(denial),
            Err(denial) => return Err(denial),
        }
    }
    Err(refused.unwrap_or_else(Denial::unauthorized))
}

/// Those of the highest priority.
pub(crate) fn most_wanted(found: Vec<Arc<Rule>>) -> impl Iterator<Item = Arc<Rule>> {
    let highest = found.iter().map(|rule| rule.priority).max();
    found.into_iter().filter(move |rule| Some(rule.priority) == highest)
}

fn compile_rule(
    rule: &RulePlan,
    number: usize,
    plan: &Plan,
    compiler: &mut Compiler,
    errors: &mut Vec<CompileError>,
) -> Option<Rule> {
    let before = errors.len();
    let mut wrong = |part, message| errors.push(CompileError { rule: Some(number), part, message, mend: None });
    let mut authenticators = Vec::with_capacity(rule.authenticators.len());
    for (place, handler) in rule.authenticators.iter().enumerate() {
        match Authenticator::compile(handler, plan) {
            Ok(authenticator) => authenticators.push(authenticator),
            Err(message) => wrong(RulePart::Authenticator(place), message),
        }
    }
    let authorizer = match Authorizer::compile(&rule.authorizer, plan) {
        Ok(authorizer) => authorizer,
        Err(message) => {
            wrong(RulePart::Authorizer, message);
            Authorizer::Deny
        }
    };
    let mut mutators = Vec::with_capacity(rule.mutators.len());
    for (place, handler) in rule.mutators.iter().enumerate() {
        match Mutator::compile(handler, plan, &rule.id) {
            Ok(mutator) => mutators.push(mutator),
            Err(message) => wrong(RulePart::Mutator(place), message),
        }
    }
    let mut own = Vec::with_capacity(rule.errors.len());
    for (place, handler) in rule.errors.iter().enumerate() {
        match ErrorHandler::compile(handler) {
            Ok(handler) => own.push(handler),
            Err(message) => wrong(RulePart::Error(place), message),
        }
    }
    let upstream = match rule.upstream.url.as_str() {
        "" => None,
        url => match Endpoint::parse(url) {
            Ok(endpoint) => Some(Arc::new(Upstream::new(
                endpoint,
                rule.upstream.preserve_host,
                &rule.upstream.strip_path,
                &rule.upstream.route,
            ))),
            Err(message) => {
                wrong(RulePart::Upstream, message);
                None
            }
        },
    };
    let pattern = match compiler.compile(plan.strategy, &rule.url) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            errors.push(CompileError {
                rule: Some(number),
                part: RulePart::Url,
                message: error.message,
                mend: error.mend,
            });
            None
        }
    };
    if errors.len() > before {
        return None;
    }
    Some(Rule {
        id: rule.id.clone(),
        methods: rule.methods.clone(),
        pattern: pattern?,
        strategy: plan.strategy,
        authenticators,
        fall_through: rule.authenticators.iter().map(|handler| handler.fall_through).collect(),
        authorizer,
        mutators,
        errors: own,
        upstream,
        priority: rule.priority,
        cors: rule.cors.clone(),
    })
}
