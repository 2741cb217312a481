//! `oauth2_introspection`: an authorization server is asked about a token (RFC 7662).
//!
//! What is kept are facts about a token; expiry, audience, issuer and scopes are judged anew for every rule.

use super::{
    Context, Found, config,
    oauth2::{Granted, grant},
    retry::{Cache, RETRY, Retry},
    scope::{STRATEGIES, Strategy},
    session_store::limits,
    token::{TOKEN_FROM, TokenFrom, token},
};
use crate::{
    canonical::{is_header_value, is_token},
    denial::Denial,
    document::{Key, Shape, TextKind, key, required},
    effect::{Callout, Moment},
    endpoint::Endpoint,
    plan::{HandlerPlan, Plan},
    request::form_encoded,
    session::Session,
};
use go_template::{Map, Value};
use serde_json::Value as Json;
use std::{collections::BTreeMap, sync::Arc, time::Duration};

const TEXT: Shape = Shape::Text(TextKind::Any);
const TEXTS: Shape = Shape::List(&TEXT, 0);
const CACHE: &[Key] = &[
    key("enabled", &Shape::Bool),
    key("ttl", &Shape::Text(TextKind::Duration)),
    key("max_cost", &Shape::Int(0, i64::MAX)),
];
const PRE_AUTHORIZATION: &[Key] = &[
    key("enabled", &Shape::Bool),
    key("client_id", &TEXT),
    key("client_secret", &TEXT),
    key("token_url", &Shape::Text(TextKind::Url)),
    key("audience", &TEXT),
    key("scope", &TEXTS),
];
pub(super) const KEYS: &[Key] = &[
    required("introspection_url", &Shape::Text(TextKind::Url)),
    key("scope_strategy", &STRATEGIES),
    key("pre_authorization", &Shape::Object(PRE_AUTHORIZATION)),
    key("required_scope", &TEXTS),
    key("target_audience", &TEXTS),
    key("trusted_issuers", &TEXTS),
    key("prefix", &TEXT),
    key("preserve_host", &Shape::Bool),
    key("introspection_request_headers", &Shape::Map(&TEXT)),
    key("token_from", &TOKEN_FROM),
    key("retry", &RETRY),
    key("cache", &Shape::Object(CACHE)),
];

#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
struct PreAuthorization {
    enabled: bool,
    client_id: String,
    client_secret: String,
    token_url: String,
    audience: String,
    scope: Vec<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    introspection_url: String,
    #[serde(default)]
    scope_strategy: Strategy,
    #[serde(default)]
    pre_authorization: PreAuthorization,
    #[serde(default)]
    required_scope: Vec<String>,
    #[serde(default)]
    target_audience: Vec<String>,
    #[serde(default)]
    trusted_issuers: Vec<String>,
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    preserve_host: bool,
    #[serde(default)]
    introspection_request_headers: BTreeMap<String, String>,
    token_from: Option<TokenFrom>,
    retry: Option<Retry>,
    cache: Option<Cache>,
}

/// An authorization server and what a token must be.
#[derive(Debug)]
pub(crate) struct Introspection {
    endpoint: Arc<Endpoint>,
    strategy: Strategy,
    scopes: Vec<String>,
    audience: Vec<String>,
    issuers: Vec<String>,
    prefix: String,
    preserve_host: bool,
    headers: Vec<(String, Vec<u8>)>,
    token_from: Option<TokenFrom>,
    deadline: Duration,
    keeps: Option<Option<Duration>>,
    first: Option<(Arc<Endpoint>, PreAuthorization)>,
    fingerprint: String,
}

/// No answer of an introspection endpoint is larger than this.
const MAX_SIZE: usize = 256 * 1024;

impl Introspection {
    pub(super) fn compile(handler: &HandlerPlan, plan: &Plan) -> Result<Self, String> {
        let config: Config = config(handler)?;
        if let Some(from) = &config.token_from {
            from.check()?;
        }
        let endpoint = Endpoint::parse(&config.introspection_url).map_err(|e| format!("introspection_url: {e}"))?;
        let mut headers = Vec::new();
        for (name, value) in &config.introspection_request_headers {
            if !is_token(name) || !is_header_value(value) {
                return Err(format!(
                    "introspection_request_headers.{name}: the name or value is none that a header can have"
                ));
            }
            // The body is a form, whatever the settings say.
            if !name.eq_ignore_ascii_case("content-type") {
                headers.push((name.to_ascii_lowercase(), value.clone().into_bytes()));
            }
        }
        let before = config.pre_authorization;
        let fingerprint = format!("{endpoint}\n{headers:?}\n{before:?}");
        let first = if before.enabled {
            if before.client_id.is_empty() || before.client_secret.is_empty() || before.token_url.is_empty() {
                return Err(
                    "pre_authorization: client_id, client_secret and token_url are required where it is enabled".into(),
                );
            }
            Some((
                Arc::new(Endpoint::parse(&before.token_url).map_err(|e| format!("pre_authorization.token_url: {e}"))?),
                before,
            ))
        } else {
            None
        };
        Ok(Self {
            endpoint: Arc::new(endpoint),
            strategy: config.scope_strategy,
            scopes: config.required_scope,
            audience: config.target_audience,
            issuers: config.trusted_issuers,
            prefix: config.prefix,
            preserve_host: config.preserve_host,
            headers,
            token_from: config.token_from,
            deadline: Retry::deadline(config.retry.as_ref(), Duration::from_millis(plan.deadline_ms)),
            keeps: Cache::keeps(config.cache.as_ref()),
            first,
            fingerprint,
        })
    }

    pub(super) fn endpoints(&self) -> Vec<Arc<Endpoint>> {
        let first = self.first.as_ref().map(|(endpoint, _)| Arc::clone(endpoint));
        first.into_iter().chain([Arc::clone(&self.endpoint)]).collect()
    }

    /// Responsible for requests with a token that begins with the prefix.
    pub(super) async fn authenticate(&self, context: &Context, session: &mut Session) -> Result<Found, Denial> {
        let token = match token(self.token_from.as_ref(), &context.request)? {
            Some(token) if token.starts_with(&self.prefix) => token.into_owned(),
            _ => return Ok(Found::NotResponsible),
        };
        let key = self.key(context, &token);
        // Where the server itself judges the scopes, its answer holds for these scopes alone.
        let keeps = self.keeps.filter(|_| self.strategy != Strategy::None || self.scopes.is_empty());
        let memory = &context.state.memory;
        if keeps.is_some()
            && let Some(bytes) = memory.get(&*context.host, &key)
        {
            let facts = Facts::read(&bytes)?;
            self.judge(&facts, context.host.now())?;
            facts.fill(session);
            return Ok(Found::Accepted);
        }
        let asked = context.host.now();
        let body = self.ask(context, &token, key).await?;
        let facts = Facts::read(&body)?;
        self.judge(&facts, asked)?;
        if let Some(most) = keeps {
            let end = facts.expires.map(Duration::from_secs);
            let until = asked + most.unwrap_or(Duration::from_secs(300));
            memory.put(&*context.host, key, body, end.map_or(until, |end| end.min(until)));
        }
        facts.fill(session);
        Ok(Found::Accepted)
    }

    /// Everything that can change the answer.
    fn key(&self, context: &Context, token: &str) -> crate::facts::Id {
        let mut key = context.state.key();
        key.part(b"introspection").part(self.fingerprint.as_bytes()).part(token.as_bytes());
        if self.preserve_host {
            key.part(context.request.host().as_bytes());
        }
        if self.strategy == Strategy::None {
            key.part(self.scopes.join(" ").as_bytes());
        }
        key.done()
    }

    async fn ask(&self, context: &Context, token: &str, key: crate::facts::Id) -> Result<Vec<u8>, Denial> {
        let mut headers = self.headers.clone();
        headers.push(("content-type".into(), b"application/x-www-form-urlencoded".to_vec()));
        if self.preserve_host {
            headers.push(("x-forwarded-host".into(), context.request.host().as_bytes().to_vec()));
        }
        if let Some((endpoint, before)) = &self.first {
            let token = self.own_token(context, endpoint, before).await?;
            headers.retain(|(name, _)| name != "authorization");
            headers.push(("authorization".into(), format!("Bearer {token}").into_bytes()));
        }
        let mut body = String::new();
        if self.strategy == Strategy::None {
            body.push_str(&format!("scope={}&", form_encoded(&self.scopes.join(" "))));
        }
        body.push_str(&format!("token={}", form_encoded(token)));
        let callout = Callout {
            endpoint: Arc::clone(&self.endpoint),
            method: "POST".into(),
            target: self.endpoint.target(),
            headers,
            body: body.into_bytes(),
            deadline: self.deadline,
            share: Some(context.state.key().part(b"call").part(&key).done()),
        };
        let origin = self.endpoint.origin();
        let answer =
            context.line.call(callout).await.map_err(|failure| {
                Denial::internal(format!("The token cannot be introspected: {origin}: {failure:?}"))
            })?;
        match answer.status {
            200 => answer
                .plain_body(MAX_SIZE)
                .ok_or_else(|| Denial::internal("The answer to the introspection cannot be read")),
            429 => Err(Denial::too_many_requests(limits(&answer))),
            status => Err(Denial::internal(format!("Introspection returned status code {status} but expected 200"))),
        }
    }

    /// The gateway's own token for the introspection endpoint, kept until a little before it ends.
    async fn own_token(
        &self,
        context: &Context,
        endpoint: &Arc<Endpoint>,
        before: &PreAuthorization,
    ) -> Result<String, Denial> {
        let memory = &context.state.memory;
        let key = context.state.key().part(b"pre-authorization").part(format!("{before:?}").as_bytes()).done();
        if let Some(token) = memory.get(&*context.host, &key).and_then(|bytes| String::from_utf8(bytes.to_vec()).ok()) {
            return Ok(token);
        }
        let asked = context.host.now();
        let client = (before.client_id.as_str(), before.client_secret.as_str());
        match grant(context, endpoint, client, &before.scope, &before.audience, self.deadline).await {
            Ok(Granted::Token { token, lives }) => {
                let time = lives.unwrap_or(Duration::from_secs(60)).mul_f64(0.9);
                memory.put(&*context.host, key, token.clone().into_bytes(), asked + time);
                Ok(token)
            }
            _ => Err(Denial::internal(format!("{} gives no token for the introspection", endpoint.origin()))),
        }
    }

    fn judge(&self, facts: &Facts, now: Moment) -> Result<(), Denial> {
        let forbidden = |reason: String| Err(Denial::forbidden().because(reason));
        if facts.token_use.as_deref().is_some_and(|kind| !kind.is_empty() && kind != "access_token") {
            return forbidden("the token is no access token".into());
        }
        if !facts.active {
            return Err(Denial::unauthorized().because("the token is not active"));
        }
        if facts.expires.is_some_and(|end| end > 0 && now.as_secs() >= end) {
            return Err(Denial::unauthorized().because("the token has expired"));
        }
        if !self.audience.iter().all(|wanted| facts.audience.contains(wanted)) {
            return forbidden("the token is for another audience".into());
        }
        if !self.issuers.is_empty() && !self.issuers.contains(&facts.issuer) {
            return forbidden("the token's issuer is not trusted here".into());
        }
        if self.strategy != Strategy::None {
            let granted: Vec<String> =
                facts.scope.split(' ').filter(|part| !part.is_empty()).map(str::to_owned).collect();
            if let Some(missing) = self.scopes.iter().find(|wanted| !self.strategy.covers(&granted, wanted)) {
                return forbidden(format!("the scope {missing} was not granted"));
            }
        }
        Ok(())
    }
}

/// What the server said about a token.
#[derive(Default)]
struct Facts {
    active: bool,
    subject: String,
    username: String,
    client_id: String,
    scope: String,
    issuer: String,
    token_use: Option<String>,
    audience: Vec<String>,
    expires: Option<u64>,
    ext: Option<serde_json::Map<String, Json>>,
}

impl Facts {
    /// A value of another type than RFC 7662 says makes the whole answer useless.
    fn read(body: &[u8]) -> Result<Self, Denial> {
        let wrong = |what: &str| Denial::internal(format!("The answer to the introspection cannot be read: {what}"));
        let json: Json = serde_json::from_slice(body).map_err(|_| wrong("no JSON"))?;
        if !json.is_object() {
            return Err(wrong("no map"));
        }
        let text = |name: &str| match json.get(name) {
            None | Some(Json::Null) => Ok(String::new()),
            Some(Json::String(text)) => Ok(text.clone()),
            Some(_) => Err(wrong(name)),
        };
        let audience = match json.get("aud") {
            None | Some(Json::Null) => Vec::new(),
            Some(Json::String(one)) => vec![one.clone()],
            Some(Json::Array(items)) => items
                .iter()
                .map(|item| item.as_str().map(str::to_owned).ok_or_else(|| wrong("aud")))
                .collect::<Result<_, _>>()?,
            Some(_) => return Err(wrong("aud")),
        };
        let expires = match json.get("exp") {
            None | Some(Json::Null) => None,
            Some(end) => Some(
                end.as_u64()
                    .or_else(|| end.as_f64().filter(|end| *end >= 0.0).map(|end| end as u64))
                    .ok_or_else(|| wrong("exp"))?,
            ),
        };
        Ok(Self {
            active: json.get("active").and_then(Json::as_bool).unwrap_or(false),
            subject: text("sub")?,
            username: text("username")?,
            client_id: text("client_id")?,
            scope: text("scope")?,
            issuer: text("iss")?,
            token_use: Some(text("token_use")?),
            audience,
            expires: expires.filter(|end| *end > 0),
            ext: json.get("ext").and_then(Json::as_object).cloned(),
        })
    }

    fn fill(&self, session: &mut Session) {
        let ext = self.ext.iter().flatten();
        let mut extra: Map = ext.map(|(name, value)| (name.as_str(), Value::from_json(value))).collect();
        extra.insert("username", self.username.as_str().into());
        extra.insert("client_id", self.client_id.as_str().into());
        extra.insert("scope", self.scope.as_str().into());
        if !self.audience.is_empty() {
            extra.insert("aud", Value::texts(&self.audience));
        }
        session.subject = self.subject.as_str().into();
        session.extra = Value::map(extra);
    }
}
