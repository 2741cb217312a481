//! `remote` and `remote_json`: another service decides.

use super::{
    Context, Source, config,
    retry::{RETRY, Retry},
    session_store::limits,
};
use crate::{
    canonical::{is_header_value, is_token},
    denial::Denial,
    document::{Key, Shape, TextKind, key, required},
    effect::{Answer, Callout, Effect, Reply},
    endpoint::Endpoint,
    plan::{HandlerPlan, Plan},
    session::{Session, canonical_name},
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

const TEXT: Shape = Shape::Text(TextKind::Any);
pub(super) const KEYS: &[Key] = &[
    required("remote", &Shape::Text(TextKind::Url)),
    key("headers", &Shape::Map(&TEXT)),
    key("forward_response_headers_to_upstream", &Shape::List(&TEXT, 0)),
    key("retry", &RETRY),
];
pub(super) const JSON_KEYS: &[Key] = &[
    required("remote", &Shape::Text(TextKind::Url)),
    required("payload", &TEXT),
    key("headers", &Shape::Map(&TEXT)),
    key("forward_response_headers_to_upstream", &Shape::List(&TEXT, 0)),
    key("retry", &RETRY),
];

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    remote: String,
    payload: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    forward_response_headers_to_upstream: Vec<String>,
    retry: Option<Retry>,
}

/// A service that decides, and what it is told.
#[derive(Debug)]
pub(crate) struct Remote {
    endpoint: Arc<Endpoint>,
    /// The document that it gets; without one it gets the body of the request.
    payload: Option<Source>,
    headers: Vec<(String, Source)>,
    forwarded: Vec<String>,
    deadline: Duration,
}

impl Remote {
    pub(super) fn compile(handler: &HandlerPlan, plan: &Plan) -> Result<Self, String> {
        let config: Config = config(handler)?;
        let endpoint = Endpoint::parse(&config.remote).map_err(|e| format!("remote: {e}"))?;
        let payload = config
            .payload
            .map(|text| Source::compile_json("payload", &text).map_err(|e| format!("payload: {e}")))
            .transpose()?;
        let mut headers = Vec::new();
        for (name, text) in &config.headers {
            if !is_token(name) {
                return Err(format!("headers: {name:?} is no name that a header can have"));
            }
            headers.push((
                name.to_ascii_lowercase(),
                Source::compile(name, text).map_err(|e| format!("headers.{name}: {e}"))?,
            ));
        }
        if let Some(name) = config.forward_response_headers_to_upstream.iter().find(|name| !is_token(name)) {
            return Err(format!("forward_response_headers_to_upstream: {name:?} is no name that a header can have"));
        }
        Ok(Self {
            endpoint: Arc::new(endpoint),
            payload,
            headers,
            forwarded: config.forward_response_headers_to_upstream.iter().map(|name| canonical_name(name)).collect(),
            deadline: Retry::deadline(config.retry.as_ref(), Duration::from_millis(plan.deadline_ms)),
        })
    }

    pub(super) fn endpoint(&self) -> Arc<Endpoint> {
        Arc::clone(&self.endpoint)
    }

    pub(super) fn sets(&self) -> Vec<String> {
        self.forwarded.clone()
    }

    /// Whether it gets the body of the request.
    pub(super) fn needs_body(&self) -> bool {
        self.payload.is_none()
    }

    /// 200 lets pass, 403 forbids, 429 is handed on; everything else is a failure.
    pub(super) async fn authorize(&self, context: &Context, session: &mut Session) -> Result<(), Denial> {
        let callout = self.callout(context, session).await?;
        let origin = self.endpoint.origin();
        let answer = context.line.call(callout).await;
        let answer = answer
            .map_err(|failure| Denial::internal(format!("The authorizer {origin} cannot be asked: {failure:?}")))?;
        match answer.status {
            200 => {
                self.forward(&answer, session)?;
                Ok(())
            }
            403 => Err(Denial::forbidden()),
            429 => Err(Denial::too_many_requests(limits(&answer))),
            status => {
                Err(Denial::internal(format!("expected status code 200 but got {status} from the authorizer {origin}")))
            }
        }
    }

    async fn callout(&self, context: &Context, session: &Session) -> Result<Callout, Denial> {
        let request = &context.request;
        let mut headers: Vec<(String, Vec<u8>)> = Vec::new();
        let mut view = None;
        let body = match &self.payload {
            Some(payload) => {
                headers.push(("content-type".into(), b"application/json".to_vec()));
                let text = payload.render(session, &mut view).map_err(Denial::internal)?;
                if serde_json::from_str::<serde::de::IgnoredAny>(&text).is_err() {
                    return Err(Denial::internal("The payload for the authorizer is no JSON"));
                }
                text.into_bytes()
            }
            None => {
                let kind = request.headers().first("content-type").unwrap_or_default();
                headers.push(("content-type".into(), kind.to_vec()));
                match context.line.ask(Effect::Body).await {
                    Reply::Body(Some(body)) => body,
                    _ => return Err(Denial::other(413, "The body of the request is too large for its authorization")),
                }
            }
        };
        if let Some(credentials) = request.headers().first("authorization") {
            headers.push(("authorization".into(), credentials.to_vec()));
        }
        for (name, source) in &self.headers {
            let value = source.render(session, &mut view).map_err(Denial::internal)?;
            if value.is_empty() {
                continue;
            }
            if !is_header_value(&value) {
                return Err(Denial::internal(format!(
                    "the header {name} for the authorizer holds a control character"
                )));
            }
            headers.retain(|(known, _)| known != name);
            headers.push((name.clone(), value.into_bytes()));
        }
        Ok(Callout {
            endpoint: Arc::clone(&self.endpoint),
            method: "POST".into(),
            target: self.endpoint.target(),
            headers,
            body,
            deadline: self.deadline,
            share: None,
        })
    }

    /// Listed headers of the answer go to the upstream, empty where the answer lacks them: whatever the client sent
    /// under these names is replaced.
    fn forward(&self, answer: &Answer, session: &mut Session) -> Result<(), Denial> {
        for name in &self.forwarded {
            let value = answer.header(&name.to_ascii_lowercase()).unwrap_or_default();
            if !is_header_value(&value) {
                return Err(Denial::internal(format!("the header {name} of the authorizer holds a control character")));
            }
            session.headers.set(name, value);
        }
        Ok(())
    }
}
