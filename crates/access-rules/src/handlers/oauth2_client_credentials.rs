//! `oauth2_client_credentials`: Basic credentials are tried at a token endpoint.

use super::{
    Context, Found, config,
    oauth2::{Granted, grant},
    retry::{Cache, RETRY, Retry},
    session_store::limits,
};
use crate::{
    denial::Denial,
    document::{Key, Shape, TextKind, key, required},
    endpoint::Endpoint,
    plan::{HandlerPlan, Plan},
    request::form_decoded,
    session::Session,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::{sync::Arc, time::Duration};

const CACHE: &[Key] = &[
    key("enabled", &Shape::Bool),
    key("ttl", &Shape::Text(TextKind::Duration)),
    key("max_tokens", &Shape::Int(0, i64::MAX)),
];
pub(super) const KEYS: &[Key] = &[
    required("token_url", &Shape::Text(TextKind::Url)),
    key("required_scope", &Shape::List(&Shape::Text(TextKind::Any), 0)),
    key("retry", &RETRY),
    key("cache", &Shape::Object(CACHE)),
];

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    token_url: String,
    #[serde(default)]
    required_scope: Vec<String>,
    retry: Option<Retry>,
    cache: Option<Cache>,
}

/// A token endpoint and what is asked of it.
#[derive(Debug)]
pub(crate) struct ClientCredentials {
    endpoint: Arc<Endpoint>,
    scopes: Vec<String>,
    deadline: Duration,
    keeps: Option<Option<Duration>>,
}

impl ClientCredentials {
    pub(super) fn compile(handler: &HandlerPlan, plan: &Plan) -> Result<Self, String> {
        let config: Config = config(handler)?;
        Ok(Self {
            endpoint: Arc::new(Endpoint::parse(&config.token_url).map_err(|e| format!("token_url: {e}"))?),
            scopes: config.required_scope,
            deadline: Retry::deadline(config.retry.as_ref(), Duration::from_millis(plan.deadline_ms)),
            keeps: Cache::keeps(config.cache.as_ref()),
        })
    }

    pub(super) fn endpoint(&self) -> Arc<Endpoint> {
        Arc::clone(&self.endpoint)
    }

    /// Responsible for requests with Basic credentials; the subject is the client's id.
    pub(super) async fn authenticate(&self, context: &Context, session: &mut Session) -> Result<Found, Denial> {
        let Some((id, secret)) = basic(context) else { return Ok(Found::NotResponsible) };
        let (Some(id), Some(secret)) = (form_decoded(&id), form_decoded(&secret)) else {
            return Err(Denial::unauthorized());
        };
        let scopes = self.scopes.join(" ");
        let key = context
            .state
            .key()
            .part(b"client")
            .part(self.endpoint.to_string().as_bytes())
            .part(scopes.as_bytes())
            .part(id.as_bytes())
            .part(secret.as_bytes())
            .done();
        let memory = &context.state.memory;
        if self.keeps.is_some() && memory.get(&*context.host, &key).is_some() {
            session.subject = id.into();
            return Ok(Found::Accepted);
        }
        let asked = context.host.now();
        let origin = self.endpoint.origin();
        let granted = grant(context, &self.endpoint, (&id, &secret), &self.scopes, "", self.deadline).await;
        let lives = match granted {
            Ok(Granted::Token { lives, .. }) => lives,
            Ok(Granted::Nothing) => {
                return Err(Denial::unavailable(format!("{origin} answered without an access token")));
            }
            Ok(Granted::Refused(answer)) => {
                let reason = format!("{origin} answered {}", answer.status);
                return Err(match answer.status {
                    429 => Denial::too_many_requests(limits(&answer)),
                    404 => Denial::other(404, reason),
                    500 => Denial::internal(reason),
                    503 => Denial::unavailable(reason),
                    504 => Denial::other(504, "A service behind the gateway does not answer in time").because(reason),
                    _ => Denial::unauthorized().because(reason),
                });
            }
            Err(failure) => return Err(super::session_store::unreachable(&self.endpoint, failure)),
        };
        if let Some(most) = self.keeps {
            // Without either limit a day is enough: credentials that were withdrawn must not work for ever.
            let time = match (most, lives) {
                (Some(most), Some(lives)) => most.min(lives),
                (one, other) => one.or(other).unwrap_or(Duration::from_secs(86_400)),
            };
            memory.put(&*context.host, key, vec![1], asked + time);
        }
        session.subject = id.into();
        Ok(Found::Accepted)
    }
}

/// Name and password of Basic credentials.
fn basic(context: &Context) -> Option<(String, String)> {
    let header = context.request.headers().first("authorization")?;
    let (scheme, rest) = std::str::from_utf8(header).ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let plain = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
    let (name, password) = plain.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}
