//! `hydrator`: a service completes the session.

use super::{
    Context, config,
    retry::{Cache, RETRY, Retry},
};
use crate::{
    canonical::{is_header_value, is_token},
    denial::Denial,
    document::{Key, Shape, TextKind, key, required},
    effect::Callout,
    endpoint::Endpoint,
    plan::{HandlerPlan, Plan},
    request::{form_encoded, query_pairs},
    session::{MatchContext, Session, SessionHeaders},
    views::lines_of_request,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use go_template::Value;
use serde_json::{Value as Json, json};
use std::{sync::Arc, time::Duration};

const TEXT: Shape = Shape::Text(TextKind::Any);
const BASIC: &[Key] = &[required("username", &TEXT), required("password", &TEXT)];
const API: &[Key] = &[
    required("url", &Shape::Text(TextKind::Url)),
    key("auth", &Shape::Object(&[key("basic", &Shape::Object(BASIC))])),
    key("retry", &RETRY),
];
pub(super) const KEYS: &[Key] = &[
    required("api", &Shape::Object(API)),
    key("cache", &Shape::Object(&[key("enabled", &Shape::Bool), key("ttl", &Shape::Text(TextKind::Duration))])),
];

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    api: Api,
    cache: Option<Cache>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Api {
    url: String,
    auth: Option<Auth>,
    retry: Option<Retry>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Auth {
    basic: Option<Basic>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Basic {
    username: String,
    password: String,
}

/// A service that completes sessions.
pub(crate) struct Hydrator {
    endpoint: Arc<Endpoint>,
    authorization: Option<String>,
    deadline: Duration,
    keeps: Option<Duration>,
}

impl std::fmt::Debug for Hydrator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "hydrator {}", self.endpoint)
    }
}

/// No answer of a hydrator is larger than this.
const MAX_SIZE: usize = 1 << 20;

/// Headers that belong to the connection, or would make the answer unreadable.
const LEFT_OUT: &[&str] = &[
    "accept-encoding",
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-envoy-external-address",
    "x-forwarded-for",
    "x-forwarded-proto",
];

impl Hydrator {
    pub(super) fn compile(handler: &HandlerPlan, plan: &Plan) -> Result<Self, String> {
        let config: Config = config(handler)?;
        let basic = config.api.auth.and_then(|auth| auth.basic);
        Ok(Self {
            endpoint: Arc::new(Endpoint::parse(&config.api.url).map_err(|e| format!("api.url: {e}"))?),
            authorization: basic
                .map(|basic| format!("Basic {}", STANDARD.encode(format!("{}:{}", basic.username, basic.password)))),
            deadline: Retry::deadline(config.api.retry.as_ref(), Duration::from_millis(plan.deadline_ms)),
            keeps: Cache::keeps(config.cache.as_ref()).map(|ttl| ttl.unwrap_or(Duration::from_secs(60))),
        })
    }

    pub(super) fn endpoint(&self) -> Arc<Endpoint> {
        Arc::clone(&self.endpoint)
    }

    /// The answer replaces the session; only the subject must stay.
    pub(super) async fn mutate(&self, context: &Context, session: &mut Session) -> Result<(), Denial> {
        let body = document(context, session).to_string();
        let key = context
            .state
            .key()
            .part(b"hydrator")
            .part(self.endpoint.to_string().as_bytes())
            .part(body.as_bytes())
            .done();
        let memory = &context.state.memory;
        if self.keeps.is_some()
            && let Some(kept) = memory.get(&*context.host, &key)
        {
            return fill(&kept, session);
        }
        let asked = context.host.now();
        let answer = context.line.call(self.callout(context, body)).await;
        let origin = self.endpoint.origin();
        let answer = answer
            .map_err(|failure| Denial::internal(format!("The hydrator {origin} cannot be asked: {failure:?}")))?;
        if answer.status != 200 {
            return Err(Denial::internal(format!("The hydrator {origin} answered {}", answer.status)));
        }
        let answer =
            answer.plain_body(MAX_SIZE).ok_or_else(|| Denial::internal("The answer of the hydrator cannot be read"))?;
        fill(&answer, session)?;
        if let Some(time) = self.keeps {
            memory.put(&*context.host, key, answer, asked + time);
        }
        Ok(())
    }

    fn callout(&self, context: &Context, body: String) -> Callout {
        let request = &context.request;
        let mut headers: Vec<(String, Vec<u8>)> = request
            .headers()
            .iter()
            .filter(|(name, _)| !LEFT_OUT.contains(name))
            .map(|(name, value)| (name.to_owned(), value.to_vec()))
            .collect();
        headers.push(("content-type".into(), b"application/json".to_vec()));
        if let Some(authorization) = &self.authorization {
            headers.retain(|(name, _)| name != "authorization");
            headers.push(("authorization".into(), authorization.clone().into_bytes()));
        }
        // The request's query takes the place of the service's own, sorted by key.
        let mut pairs: Vec<(String, String)> = query_pairs(request.query().unwrap_or_default()).collect();
        pairs.sort_by(|a, b| a.0.cmp(&b.0));
        let query: Vec<String> =
            pairs.iter().map(|(key, value)| format!("{}={}", form_encoded(key), form_encoded(value))).collect();
        let path = if self.endpoint.path.is_empty() { "/" } else { &self.endpoint.path };
        let target = if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) };
        Callout {
            endpoint: Arc::clone(&self.endpoint),
            method: "POST".into(),
            target,
            headers,
            body: body.into_bytes(),
            deadline: self.deadline,
            share: None,
        }
    }
}

/// The session as the service gets it.
fn document(context: &Context, session: &Session) -> Json {
    let json_of = |value: &Value| {
        go_template::to_json(value).ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or(Json::Null)
    };
    let match_context = match &session.context {
        MatchContext::Live(request, rule) => {
            let mut header = lines_of_request(request);
            header.retain(|name, _| {
                !matches!(name.as_str(), "X-Forwarded-For" | "X-Forwarded-Proto" | "X-Envoy-External-Address")
            });
            json!({
                "regexp_capture_groups": rule.groups(request),
                "url": json_of(&Value::Object(Arc::new(crate::views::UrlView::of(request)))),
                "method": request.method(),
                "header": header,
            })
        }
        MatchContext::Given(value) => json_of(value),
    };
    let _ = context;
    let header = match session.headers.0.as_slice() {
        [] => Json::Null,
        all => all.iter().map(|(name, values)| (name.clone(), json!(values))).collect(),
    };
    json!({ "subject": &*session.subject, "extra": json_of(&session.extra), "header": header, "match_context": match_context })
}

fn fill(answer: &[u8], session: &mut Session) -> Result<(), Denial> {
    let wrong = |what: &str| Denial::internal(format!("The answer of the hydrator cannot be used: {what}"));
    let answer: Json = serde_json::from_slice(answer).map_err(|_| wrong("it is no JSON"))?;
    if answer.get("subject").and_then(Json::as_str).unwrap_or_default() != &*session.subject {
        return Err(wrong("it names another subject"));
    }
    session.extra = match answer.get("extra") {
        None | Some(Json::Null) => Value::Nil,
        Some(extra @ Json::Object(_)) => Value::from_json(extra),
        Some(_) => return Err(wrong("extra is no map")),
    };
    let mut headers = SessionHeaders::default();
    match answer.get("header") {
        None | Some(Json::Null) => {}
        Some(Json::Object(map)) => {
            for (name, values) in map {
                let values = values.as_array().ok_or_else(|| wrong("a header is no list"))?;
                let texts: Option<Vec<String>> = values.iter().map(|value| value.as_str().map(str::to_owned)).collect();
                let texts = texts.filter(|texts| texts.iter().all(|text| is_header_value(text)) && is_token(name));
                let mut texts = texts.ok_or_else(|| wrong("a header cannot be one"))?.into_iter();
                if let Some(first) = texts.next() {
                    headers.set(name, first);
                }
            }
        }
        Some(_) => return Err(wrong("header is no map")),
    }
    session.headers = headers;
    session.context = MatchContext::Given(match_context(answer.get("match_context")));
    Ok(())
}

/// What templates see of the request afterwards: what the answer says, with Go's names.
fn match_context(json: Option<&Json>) -> Value {
    let part = |name: &str| json.and_then(|context| context.get(name)).map(Value::from_json);
    let map = [
        (
            "RegexpCaptureGroups",
            part("regexp_capture_groups")
                .filter(|value| !matches!(value, Value::Nil))
                .unwrap_or_else(|| Value::list(Vec::new())),
        ),
        ("URL", Value::Object(Arc::new(GivenUrl(part("url").unwrap_or_default())))),
        ("Method", part("method").unwrap_or_else(|| "".into())),
        (
            "Header",
            part("header")
                .filter(|value| !matches!(value, Value::Nil))
                .unwrap_or_else(|| Value::map(go_template::Map::new())),
        ),
    ];
    Value::map(map.into_iter().collect())
}

/// A `*url.URL` that may be nil: prints `<nil>` then.
struct GivenUrl(Value);

impl go_template::Object for GivenUrl {
    fn type_name(&self) -> &str {
        "*url.URL"
    }

    fn field(&self, name: &str) -> Option<Value> {
        match &self.0 {
            Value::Map(map) => Some(map.get(name).cloned().unwrap_or_else(|| "".into())),
            _ => None,
        }
    }

    fn plain(&self) -> Value {
        match &self.0 {
            Value::Map(map) => {
                let text = |name: &str| map.get(name).and_then(Value::as_text).unwrap_or_default();
                let query = text("RawQuery");
                let mark = if query.is_empty() { "" } else { "?" };
                format!(
                    "{}://{}{}{mark}{query}",
                    text("Scheme"),
                    text("Host"),
                    crate::request::path_encoded(text("Path"))
                )
                .into()
            }
            other => other.clone(),
        }
    }
}
