//! `jwt`: a signed token, checked with the keys of one or more key sets.

use super::{
    Context, Found, config,
    scope::{STRATEGIES, Strategy},
    token::{TOKEN_FROM, TokenFrom, token},
};
use crate::{
    denial::Denial,
    document::{Key, Shape, TextKind, duration, key, required},
    effect::Moment,
    endpoint::Endpoint,
    key_store::{Due, Patience, Source, sets},
    keys::{Algorithm, decoded},
    plan::{HandlerPlan, Plan},
    session::Session,
};
use go_template::{Map, Value};
use serde_json::Value as Json;
use std::{sync::Arc, time::Duration};

const TEXTS: Shape = Shape::List(&Shape::Text(TextKind::Any), 0);
pub(super) const KEYS: &[Key] = &[
    required("jwks_urls", &Shape::List(&Shape::Text(TextKind::Url), 0)),
    key("required_scope", &TEXTS),
    key("target_audience", &TEXTS),
    key("trusted_issuers", &TEXTS),
    key("allowed_algorithms", &TEXTS),
    key("jwks_max_wait", &Shape::Text(TextKind::Duration)),
    key("jwks_ttl", &Shape::Text(TextKind::Duration)),
    key("scope_strategy", &STRATEGIES),
    key("token_from", &TOKEN_FROM),
];

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    jwks_urls: Vec<String>,
    #[serde(default)]
    required_scope: Vec<String>,
    #[serde(default)]
    target_audience: Vec<String>,
    #[serde(default)]
    trusted_issuers: Vec<String>,
    allowed_algorithms: Option<Vec<String>>,
    jwks_max_wait: Option<String>,
    jwks_ttl: Option<String>,
    #[serde(default)]
    scope_strategy: Strategy,
    token_from: Option<TokenFrom>,
}

/// What a token must be.
#[derive(Debug)]
pub(crate) struct Jwt {
    sources: Vec<Source>,
    patience: Patience,
    algorithms: Vec<Algorithm>,
    scopes: Vec<String>,
    strategy: Strategy,
    audience: Vec<String>,
    issuers: Vec<String>,
    token_from: Option<TokenFrom>,
}

impl Jwt {
    pub(super) fn compile(handler: &HandlerPlan, plan: &Plan) -> Result<Self, String> {
        let config: Config = config(handler)?;
        if let Some(from) = &config.token_from {
            from.check()?;
        }
        let names =
            config.allowed_algorithms.filter(|names| !names.is_empty()).unwrap_or_else(|| vec!["RS256".to_owned()]);
        let mut algorithms = Vec::new();
        for name in &names {
            algorithms.push(Algorithm::parse(name).ok_or_else(|| match name.to_ascii_lowercase().as_str() {
                "none" => "allowed_algorithms: with \"none\" anybody can make tokens; leave it out".to_owned(),
                _ => format!("allowed_algorithms: {name:?} is not known; known are {}", Algorithm::names()),
            })?);
        }
        let time = |text: Option<String>, default| text.and_then(|text| duration(&text)).unwrap_or(default);
        let sources: Result<_, _> = config.jwks_urls.iter().map(|url| Source::compile(url, &plan.key_sets)).collect();
        Ok(Self {
            sources: sources?,
            patience: Patience {
                ttl: time(config.jwks_ttl, Duration::from_secs(30)),
                wait: time(config.jwks_max_wait, Duration::from_secs(1)),
            },
            algorithms,
            scopes: config.required_scope,
            strategy: config.scope_strategy,
            audience: config.target_audience,
            issuers: config.trusted_issuers,
            token_from: config.token_from,
        })
    }

    pub(super) fn endpoints(&self) -> Vec<Arc<Endpoint>> {
        self.sources.iter().filter_map(Source::endpoint).collect()
    }

    /// The key sets that are fetched.
    pub(super) fn key_sets(&self) -> Vec<Due> {
        self.sources.iter().filter_map(|source| source.remote(self.patience)).collect()
    }

    /// Responsible for tokens of three parts. Whatever is wrong with one of those is 401; the reasons never show what
    /// the token says.
    pub(super) async fn authenticate(&self, context: &Context, session: &mut Session) -> Result<Found, Denial> {
        let Some(token) = token(self.token_from.as_ref(), &context.request)? else {
            return Ok(Found::NotResponsible);
        };
        let parts: Vec<&str> = token.split('.').collect();
        let [header, payload, signature] = *parts.as_slice() else {
            return Ok(Found::NotResponsible);
        };
        let (algorithm, key_id) = read_header(header).map_err(invalid)?;
        if !self.algorithms.contains(&algorithm) {
            return Err(invalid(format!("the algorithm {} is not allowed here", algorithm.name())));
        }
        let suits = |key: &crate::keys::Key| key.id == key_id && key.is_for_signatures();
        let found = sets(
            &self.sources,
            self.patience,
            |set| set.0.iter().any(suits),
            &context.state,
            &context.host,
            &context.line,
        )
        .await;
        let key = found.iter().flat_map(|set| &set.0).find(|key| suits(key));
        let key = key.ok_or_else(|| invalid("no key set holds the token's key"))?;
        let message = token.get(..header.len() + 1 + payload.len()).unwrap_or_default();
        if !key.verifies(algorithm, message, signature) {
            return Err(invalid("the signature is not good"));
        }
        let claims = decoded(payload).and_then(|bytes| serde_json::from_slice::<Json>(&bytes).ok());
        let Some(Json::Object(claims)) = claims else { return Err(invalid("the token holds no claims")) };
        check_moments(&claims, context.host.now()).map_err(invalid)?;
        let scopes = self.check_demands(&claims).map_err(invalid)?;
        session.subject = claims.get("sub").and_then(Json::as_str).unwrap_or_default().into();
        session.extra = extra(&claims, scopes);
        Ok(Found::Accepted)
    }

    /// Audience, issuer and scopes; the scopes that the token has.
    fn check_demands(&self, claims: &serde_json::Map<String, Json>) -> Result<Vec<String>, &'static str> {
        let audience = texts(claims.get("aud"));
        if !self.audience.iter().all(|wanted| audience.contains(wanted)) {
            return Err("the token is for another audience");
        }
        let issuer = claims.get("iss").and_then(Json::as_str).unwrap_or_default();
        if !self.issuers.is_empty() && !self.issuers.iter().any(|trusted| trusted == issuer) {
            return Err("the token's issuer is not trusted here");
        }
        let scopes = scope_claim(claims).map(|(_, scopes)| scopes).unwrap_or_default();
        if !self.scopes.iter().all(|wanted| self.strategy.covers(&scopes, wanted)) {
            return Err("the token lacks a scope");
        }
        Ok(scopes)
    }
}

fn invalid(reason: impl Into<String>) -> Denial {
    Denial::unauthorized().because(reason)
}

fn read_header(header: &str) -> Result<(Algorithm, String), &'static str> {
    let header: Json = decoded(header)
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or("the token's header cannot be read")?;
    // Extensions that must be understood are understood by nobody here.
    if header.get("crit").is_some() {
        return Err("the token's header demands extensions that are not known");
    }
    let algorithm = header
        .get("alg")
        .and_then(Json::as_str)
        .and_then(Algorithm::parse)
        .ok_or("the token's algorithm is not known")?;
    let key_id =
        header.get("kid").and_then(Json::as_str).filter(|id| !id.is_empty()).ok_or("the token names no key")?;
    Ok((algorithm, key_id.to_owned()))
}

/// `exp`, `nbf` and `iat` to the second, without leeway; each counts only where it is there.
fn check_moments(claims: &serde_json::Map<String, Json>, now: Moment) -> Result<(), &'static str> {
    let now = now.as_secs_f64();
    let moment = |name: &str| match claims.get(name) {
        None | Some(Json::Null) => Ok(None),
        Some(value) => value.as_f64().map(Some).ok_or("a moment in the token is no number"),
    };
    if moment("exp")?.is_some_and(|end| now >= end) {
        return Err("the token has expired");
    }
    if moment("nbf")?.is_some_and(|start| now < start) {
        return Err("the token is not valid yet");
    }
    if moment("iat")?.is_some_and(|made| now < made) {
        return Err("the token was made in the future");
    }
    Ok(())
}

/// A text, or the texts of a list; what is neither counts as an empty text.
fn texts(value: Option<&Json>) -> Vec<String> {
    match value {
        Some(Json::String(text)) => vec![text.clone()],
        Some(Json::Array(items)) => items.iter().map(|item| item.as_str().unwrap_or_default().to_owned()).collect(),
        _ => Vec::new(),
    }
}

/// The first claim that holds scopes, and what it holds.
fn scope_claim(claims: &serde_json::Map<String, Json>) -> Option<(&'static str, Vec<String>)> {
    ["scp", "scope", "scopes"].into_iter().find_map(|name| {
        let value = claims.get(name)?;
        Some((
            name,
            match value {
                Json::String(text) => text.split(' ').filter(|part| !part.is_empty()).map(str::to_owned).collect(),
                other => texts(Some(other)),
            },
        ))
    })
}

/// All claims, with the scopes under `scp` as a list.
fn extra(claims: &serde_json::Map<String, Json>, scopes: Vec<String>) -> Value {
    let moved = scope_claim(claims).map(|(name, _)| name);
    let mut map: Map = claims
        .iter()
        .filter(|(name, _)| Some(name.as_str()) != moved)
        .map(|(name, value)| (name.as_str(), Value::from_json(value)))
        .collect();
    map.insert("scp", Value::texts(scopes));
    Value::map(map)
}
