//! Asking a session store who is asking, for `cookie_session` and `bearer_token`.
//!
//! Safer than Oathkeeper where it lets too much pass: redirects are not followed, an answer without a subject
//! authenticates nobody, calls have a deadline, and a store that cannot be reached gives 503.

use super::{Context, Found, json_path::value_at};
use crate::{
    canonical::{is_header_value, is_token},
    denial::Denial,
    document::{Key, Shape, TextKind, key, required},
    effect::{Answer, Callout, Failure, Moment},
    endpoint::Endpoint,
    facts::{Facts, Id, Kept, parse_id},
    plan::{Plan, StorePlan},
    request::path_encoded,
    session::Session,
};
use go_template::Value;
use serde::Deserialize;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

const ANY: Shape = Shape::Text(TextKind::Any);
const TEXTS: Shape = Shape::List(&Shape::Text(TextKind::Any), 0);

/// The settings that both authenticators have.
pub(super) const fn shared_keys() -> [Key; 9] {
    [
        required("check_session_url", &Shape::Text(TextKind::Url)),
        key("preserve_query", &Shape::Bool),
        key("preserve_path", &Shape::Bool),
        key("preserve_host", &Shape::Bool),
        key("force_method", &ANY),
        key("forward_http_headers", &TEXTS),
        key("additional_headers", &Shape::Map(&ANY)),
        key("extra_from", &ANY),
        key("subject_from", &ANY),
    ]
}

/// No session document is larger than this.
const MAX_ANSWER: usize = 256 * 1024;

/// The settings that both authenticators have.
#[derive(Debug, Deserialize)]
pub(super) struct Settings {
    check_session_url: String,
    #[serde(default)]
    preserve_path: bool,
    #[serde(default = "yes")]
    preserve_query: bool,
    #[serde(default)]
    preserve_host: bool,
    #[serde(default)]
    force_method: String,
    #[serde(default)]
    forward_http_headers: Vec<String>,
    #[serde(default)]
    additional_headers: BTreeMap<String, String>,
    #[serde(default)]
    extra_from: String,
    #[serde(default)]
    subject_from: String,
}

fn yes() -> bool {
    true
}

/// A session store and how it is asked.
#[derive(Debug)]
pub(super) struct Store {
    settings: Settings,
    endpoint: Arc<Endpoint>,
    /// Names in lower case.
    forwarded: Vec<String>,
    /// Names in lower case.
    additional: Vec<(String, Vec<u8>)>,
    deadline: Duration,
    keeping: Option<StorePlan>,
    /// Everything of the settings that changes what is found.
    fingerprint: Vec<u8>,
}

impl Store {
    /// `credentials` is the header that carries them and is always forwarded; `subject_from` the default path.
    pub(super) fn compile(
        mut settings: Settings,
        credentials: &str,
        subject_from: &str,
        plan: &Plan,
    ) -> Result<Self, String> {
        let endpoint = Endpoint::parse(&settings.check_session_url).map_err(|e| format!("check_session_url: {e}"))?;
        if settings.subject_from.is_empty() {
            settings.subject_from = subject_from.to_owned();
        }
        if settings.extra_from.is_empty() {
            settings.extra_from = "extra".to_owned();
        }
        if !settings.force_method.is_empty() && !is_token(&settings.force_method) {
            return Err(format!("force_method: {:?} is no method", settings.force_method));
        }
        let mut forwarded: Vec<String> =
            settings.forward_http_headers.iter().map(|name| name.to_ascii_lowercase()).collect();
        if !forwarded.iter().any(|name| name == credentials) {
            forwarded.push(credentials.to_owned());
        }
        let mut additional = Vec::new();
        for (name, value) in &settings.additional_headers {
            if !is_token(name) || !is_header_value(value) {
                return Err(format!("additional_headers.{name}: the name or value is none that a header can have"));
            }
            additional.push((name.to_ascii_lowercase(), value.clone().into_bytes()));
        }
        let url = settings.check_session_url.clone();
        let keeping = plan.stores.iter().find(|store| url.starts_with(&store.url)).cloned();
        let fingerprint = format!("{settings:?}").into_bytes();
        let deadline = Duration::from_millis(plan.deadline_ms);
        Ok(Self { endpoint: Arc::new(endpoint), settings, forwarded, additional, deadline, keeping, fingerprint })
    }

    pub(super) fn endpoint(&self) -> Arc<Endpoint> {
        Arc::clone(&self.endpoint)
    }

    /// Asks the store, or what is kept of its answers, and fills in the session.
    pub(super) async fn authenticate(&self, context: &Context, session: &mut Session) -> Result<Found, Denial> {
        let facts = self.facts(context).await?;
        session.subject = Arc::clone(&facts.subject);
        session.extra = facts.extra.clone();
        Ok(Found::Accepted)
    }

    async fn facts(&self, context: &Context) -> Result<Arc<Facts>, Denial> {
        let key = self.key(context);
        let keeping = self.keeping.as_ref().map(|store| store.keeping);
        let cache = &context.state.facts;
        if keeping.is_some() {
            match cache.get(&key, context.host.now()) {
                Some(Kept::Session(facts)) => return Ok(facts),
                Some(Kept::Refusal) => return Err(Denial::unauthorized()),
                None => {}
            }
        }
        // An answer that a change has overtaken while it was under way is asked for once more.
        let mut again = true;
        loop {
            let (asked, mark) = (context.host.now(), cache.mark());
            let answer = context
                .line
                .call(self.callout(context, key))
                .await
                .map_err(|failure| unreachable(&self.endpoint, failure))?;
            let result = self.read(&answer, context.host.now());
            let kept = match &result {
                Ok(facts) => Some(Kept::Session(Arc::clone(facts))),
                Err(denial) if denial.status == 401 && answer.status == 401 => Some(Kept::Refusal),
                Err(_) => None,
            };
            if let (Some(keeping), Some(kept)) = (keeping, kept)
                && cache.put(key, kept, keeping, asked, mark)
                && again
            {
                again = false;
                continue;
            }
            return result;
        }
    }

    /// Everything that can change the answer: the settings, the method, path and query of the call, and every
    /// header that is forwarded.
    fn key(&self, context: &Context) -> Id {
        let request = &context.request;
        let mut key = context.state.key();
        key.part(&self.fingerprint);
        key.part(self.method(context).as_bytes());
        if !self.settings.preserve_path {
            key.part(request.path().as_bytes());
        }
        if !self.settings.preserve_query {
            key.part(request.query().unwrap_or_default().as_bytes());
        }
        if self.settings.preserve_host {
            key.part(request.host().as_bytes());
        }
        let only = self.keeping.as_ref().map_or(&[] as &[String], |store| &store.cookies);
        for name in &self.forwarded {
            key.part(name.as_bytes());
            if name == "cookie" && !only.is_empty() {
                for (name, value) in request.cookies().filter(|(name, _)| only.iter().any(|known| known == name)) {
                    key.part(name.as_bytes()).part(value.as_bytes());
                }
                continue;
            }
            for value in request.headers().all(name) {
                key.part(value);
            }
        }
        key.done()
    }

    fn method<'c>(&'c self, context: &'c Context) -> &'c str {
        if self.settings.force_method.is_empty() { context.request.method() } else { &self.settings.force_method }
    }

    fn callout(&self, context: &Context, key: Id) -> Callout {
        let request = &context.request;
        // The names of these settings are the wrong way round; they are Oathkeeper's.
        let mut target = if self.settings.preserve_path {
            if self.endpoint.path.is_empty() { "/".to_owned() } else { self.endpoint.path.clone() }
        } else {
            path_encoded(request.path())
        };
        let query = if self.settings.preserve_query { self.endpoint.query.as_deref() } else { request.query() };
        if let Some(query) = query.filter(|query| !query.is_empty()) {
            target.push('?');
            target.push_str(query);
        }
        let mut headers: Vec<(String, Vec<u8>)> = Vec::new();
        for name in &self.forwarded {
            // A compressed answer would have to be decoded for nothing.
            if name == "accept-encoding" || self.additional.iter().any(|(known, _)| known == name) {
                continue;
            }
            headers.extend(request.headers().all(name).map(|value| (name.clone(), value.to_vec())));
        }
        headers.extend(self.additional.iter().cloned());
        if self.settings.preserve_host {
            headers.retain(|(name, _)| name != "x-forwarded-host");
            headers.push(("x-forwarded-host".into(), request.host().as_bytes().to_vec()));
        }
        Callout {
            endpoint: Arc::clone(&self.endpoint),
            method: self.method(context).to_owned(),
            target,
            headers,
            body: Vec::new(),
            deadline: self.deadline,
            share: Some(key),
        }
    }

    /// What an answer says about who is asking.
    fn read(&self, answer: &Answer, now: Moment) -> Result<Arc<Facts>, Denial> {
        match answer.status {
            200 => {}
            429 => return Err(Denial::too_many_requests(limits(answer))),
            503 | 504 => {
                return Err(Denial::unavailable(format!("{} answered {}", self.endpoint.origin(), answer.status)));
            }
            _ => return Err(Denial::unauthorized()),
        }
        let body = answer.plain_body(MAX_ANSWER).and_then(|body| String::from_utf8(body).ok()).unwrap_or_default();
        let subject = match value_at(&body, &self.settings.subject_from) {
            None | Some(Value::Nil) => return Err(nobody("the session store's answer names no subject")),
            Some(Value::Str(subject)) if subject.is_empty() => {
                return Err(nobody("the session store's answer names an empty subject"));
            }
            Some(Value::Str(subject)) => subject,
            Some(other) => return Err(wrong_kind("subject_from", "a text", &other)),
        };
        let extra = match value_at(&body, &self.settings.extra_from) {
            None | Some(Value::Nil) => Value::Nil,
            Some(extra @ Value::Map(_)) => extra,
            Some(other) => return Err(wrong_kind("extra_from", "a map", &other)),
        };
        let text_at = |path: &str| match value_at(&body, path) {
            Some(Value::Str(text)) => Some(text),
            _ => None,
        };
        let expires =
            text_at("expires_at").and_then(|text| OffsetDateTime::parse(&text, &Rfc3339).ok()).and_then(moment);
        if expires.is_some_and(|end| end <= now) {
            return Err(nobody("the session has expired"));
        }
        Ok(Arc::new(Facts {
            subject,
            extra,
            session: text_at("id").and_then(|id| parse_id(&id)),
            identity: text_at("identity.id").and_then(|id| parse_id(&id)),
            expires,
        }))
    }
}

fn moment(time: OffsetDateTime) -> Option<Moment> {
    u64::try_from(time.unix_timestamp_nanos()).ok().map(Duration::from_nanos)
}

fn nobody(reason: &str) -> Denial {
    Denial::unauthorized().because(reason)
}

fn wrong_kind(setting: &str, wanted: &str, found: &Value) -> Denial {
    Denial::forbidden()
        .because(format!("what {setting} leads to must be {wanted}; found a value of type {}", found.type_name()))
}

/// A call that came to nothing.
pub(super) fn unreachable(endpoint: &Endpoint, failure: Failure) -> Denial {
    let what = match failure {
        Failure::Unreachable => "cannot be reached",
        Failure::Timeout => "does not answer in time",
        Failure::Malformed => "gives an answer that cannot be read",
        Failure::Overloaded => "is asked by too many requests already",
    };
    Denial::unavailable(format!("{} {what}", endpoint.origin()))
}

/// The headers of a 429 that are handed on.
pub(super) fn limits(answer: &Answer) -> Vec<(String, String)> {
    ["retry-after", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "x-ratelimit-type"]
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), answer.header(name).filter(|value| is_header_value(value))?)))
        .collect()
}
