//! Requests that do not pass: refusals with their reasons, preflights, and what CORS adds to every answer.

use crate::{
    canonical::{Refusal, is_header_value, leniently},
    cors::{self, Cors},
    denial::Denial,
    engine::{EXPLAIN, Engine, Outcome, Response, Verdict, most_wanted},
    handlers::{self, Context, ErrorHandler, ErrorRequest, Mode},
    request::{Headers, Parts, Request},
    rule::Rule,
};
use std::sync::Arc;

impl Engine {
    /// Lets an error handler answer: the one of the rule that feels responsible, else the first of the fallback.
    pub(crate) fn denied(
        &self,
        rule: Option<Arc<Rule>>,
        subject: Arc<str>,
        context: &Context,
        denial: Denial,
    ) -> Outcome {
        let request = &context.request;
        let about = ErrorRequest { method: request.method(), headers: request.headers(), request: Some(request) };
        let own = rule.as_deref().map_or(&[] as &[ErrorHandler], |rule| &rule.errors);
        let (mut response, denial) = match self.handler_for(own, &about, &denial) {
            Ok(handler) => (handler.answer(&about, &denial), denial),
            Err(broken) => (handlers::last_resort(&about, &broken), broken),
        };
        response.headers.extend(self.cors_headers(rule.as_deref(), context));
        Outcome { rule, subject, verdict: Verdict::Refuse(response, denial) }
    }

    /// The answer to a request that could be read in two ways: 404 where no rule wants it in either, else 400.
    pub(crate) fn refuse(&self, parts: &Parts, refusal: Refusal, mode: Mode) -> Outcome {
        let reason = refusal.to_string();
        let denial = match refusal {
            // What a proxy says of host and path belongs to no rule.
            Refusal::Host | Refusal::NoPath if mode == Mode::Decision => Denial::no_rule().because(reason),
            Refusal::EmptySegment | Refusal::DotSegment if self.nobody_wants(parts) => {
                Denial::no_rule().because(reason)
            }
            _ => Denial::bad_request(reason),
        };
        let request = ErrorRequest { method: &parts.method, headers: &parts.headers, request: None };
        let response = handlers::last_resort(&request, &denial);
        Outcome { rule: None, subject: "".into(), verdict: Verdict::Refuse(response, denial) }
    }

    /// Whether no rule wants a request as lenient servers read its path.
    fn nobody_wants(&self, parts: &Parts) -> bool {
        let parts = Parts { target: leniently(&parts.target), ..parts.clone() };
        Request::new(parts).is_ok_and(|request| self.matches(&request).is_ok_and(|found| found.is_empty()))
    }

    /// The CORS settings for requests that a rule takes.
    fn cors_of<'e>(&'e self, rule: Option<&'e Rule>) -> Option<&'e Cors> {
        match rule.and_then(|rule| rule.cors.as_ref()) {
            Some(own) => Some(own).filter(|own| own.enabled),
            None => self.cors.as_ref(),
        }
    }

    /// What CORS adds to an answer. Behind another proxy it is that one's business.
    pub(crate) fn cors_headers(&self, rule: Option<&Rule>, context: &Context) -> Vec<(String, String)> {
        match self.cors_of(rule).filter(|_| context.mode == Mode::Proxy) {
            Some(cors) => cors.answer_headers(context.request.method(), context.request.headers()),
            None => Vec::new(),
        }
    }

    /// The answer to a CORS preflight, where CORS is switched on for what it asks about.
    pub(crate) fn preflight(&self, request: &Request) -> Option<Response> {
        if self.cors.is_none() && !self.rules_have_cors {
            return None;
        }
        let asked = cors::preflight(request.method(), request.headers())?;
        let rule = if self.rules_have_cors { self.rule_by(asked, request) } else { None };
        let headers = self.cors_of(rule.as_deref())?.preflight_answer(asked, request.headers());
        Some(Response { status: 204, headers, body: String::new() })
    }

    /// The one rule that would want the request if it came with that method.
    fn rule_by(&self, method: &str, request: &Request) -> Option<Arc<Rule>> {
        let mut found = most_wanted(self.matches_by(&method.to_ascii_uppercase(), request).ok()?);
        found.next().filter(|_| found.next().is_none())
    }

    /// Whether a request may hear why it is refused.
    pub(crate) fn explains(&self, headers: &Headers) -> bool {
        use subtle::ConstantTimeEq;
        let secret = self.denials.explain_secret.as_bytes();
        !secret.is_empty() && headers.first(EXPLAIN).is_some_and(|sent| bool::from(sent.ct_eq(secret)))
    }

    /// Whether every refusal is to be a line of the log.
    pub fn logs_denials(&self) -> bool {
        self.denials.log
    }

    /// Adds the reason of a refusal for an operator who asked for it.
    pub(crate) fn told(&self, explains: bool, mut outcome: Outcome) -> Outcome {
        if explains && let Verdict::Refuse(response, denial) = &mut outcome.verdict {
            let rule = outcome.rule.as_ref().map_or("none", |rule| rule.id.as_str());
            let mut text = format!("rule={rule}; {} {}", denial.status, denial.message);
            if let Some(reason) = &denial.reason {
                text.push_str(&format!("; {reason}"));
            }
            let text: String = text.chars().map(|c| if (' '..='~').contains(&c) { c } else { '?' }).take(500).collect();
            if is_header_value(&text) {
                response.headers.push(("x-nexus-denial".into(), text));
            }
        }
        outcome
    }

    fn handler_for<'e>(
        &'e self,
        own: &'e [ErrorHandler],
        request: &ErrorRequest<'_>,
        denial: &Denial,
    ) -> Result<&'e ErrorHandler, Denial> {
        let failed = |handler: &ErrorHandler, reason: String| {
            Denial::error_handler(format!(
                "the error handler {} cannot do its work: {reason}; the error was: {}",
                handler.name(),
                denial.message
            ))
        };
        let mut responsible = None;
        for handler in own {
            if handler.when.holds(request, denial).map_err(|reason| failed(handler, reason))? {
                if responsible.is_some() {
                    return Err(Denial::error_handler(
                        "several error handlers of the rule feel responsible for this request",
                    ));
                }
                responsible = Some(handler);
            }
        }
        if let Some(handler) = responsible {
            return Ok(handler);
        }
        for handler in &self.fallback {
            if handler.when.holds(request, denial).map_err(|reason| failed(handler, reason))? {
                return Ok(handler);
            }
        }
        Err(Denial::error_handler("no error handler feels responsible for this request"))
    }
}
