//! The decision API: `/decisions`, `/rules`, health, version.

use super::metrics::Health;
use super::{
    calls::{Caller, Native},
    rules::Current,
};
use crate::config::Config;
use access_rules::{
    Headers, Host, Parts, Public, State, Verdict,
    address::{Cidr, first_public},
    cors::{self, Cors},
    handlers::Mode,
    status_text,
};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use std::{net::SocketAddr, sync::Arc};

/// What the API works with.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) current: Current,
    pub(crate) state: Arc<State>,
    pub(crate) caller: Arc<Caller>,
    pub(crate) health: Arc<Health>,
    pub(crate) host: Arc<dyn Host>,
    pub(crate) tls: bool,
    pub(crate) max_body: usize,
    pub(crate) cors: Option<Cors>,
    /// Whose X-Forwarded-* are believed; without any, everybody's, as Oathkeeper does.
    pub(crate) trusted: Vec<Cidr>,
}

impl Api {
    pub(crate) fn new(
        current: Current,
        state: Arc<State>,
        caller: Arc<Caller>,
        health: Arc<Health>,
        config: &Config,
    ) -> Self {
        Self {
            current,
            state,
            caller,
            health,
            host: Arc::new(Native),
            tls: config.api.tls.is_some(),
            max_body: config.max_body,
            cors: config.api.cors.clone(),
            trusted: config.trusted_proxies.clone(),
        }
    }

    /// The router. Everything is one handler: the paths below `/decisions` must not be touched by a router.
    pub(crate) fn router(self) -> Router {
        Router::new().fallback(move |connect: ConnectInfo<SocketAddr>, request: Request| {
            let api = self.clone();
            async move { api.answer(connect.0, request).await }
        })
    }

    async fn answer(&self, client: SocketAddr, request: Request) -> Response {
        let Some(cors) = &self.cors else { return self.serve(client, request).await };
        let (method, headers) = (request.method().as_str().to_owned(), lines(request.headers()));
        let (mut answer, added) = match cors::preflight(&method, &headers) {
            Some(asked) => (StatusCode::NO_CONTENT.into_response(), cors.preflight_answer(asked, &headers)),
            None => (self.serve(client, request).await, cors.answer_headers(&method, &headers)),
        };
        for (name, value) in added {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(&value)) {
                answer.headers_mut().append(name, value);
            }
        }
        answer
    }

    async fn serve(&self, client: SocketAddr, request: Request) -> Response {
        let path = request.uri().path().to_owned();
        if path == "/decisions" || path.starts_with("/decisions/") {
            return self.decide(client, request).await;
        }
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        let known = match path.as_str() {
            "/rules" => Some(self.list(request.uri().query().unwrap_or_default())),
            "/.well-known/jwks.json" => {
                Some(document(StatusCode::OK, &json!({ "keys": self.current.get().engine.public_keys() })))
            }
            "/health/alive" => Some(document(StatusCode::OK, &json!({ "status": "ok" }))),
            "/health/ready" => Some(self.ready()),
            "/metrics" => Some(self.health.answer().await),
            "/version" => Some(document(StatusCode::OK, &json!({ "version": env!("CARGO_PKG_VERSION") }))),
            other => match other.strip_prefix("/rules/") {
                Some(id) if !id.is_empty() => Some(self.rule(id)),
                _ => None,
            },
        };
        match known {
            Some(answer) if reads => answer,
            Some(_) => {
                let mut answer = error(405, "Only GET is served here");
                answer.headers_mut().insert("allow", HeaderValue::from_static("GET, HEAD"));
                answer
            }
            None => error(404, "There is nothing at this path"),
        }
    }

    fn ready(&self) -> Response {
        if self.current.get().listing.is_empty() {
            return error(503, "There are no rules yet");
        }
        let mut status = json!({ "status": "ok" });
        if let (true, Some(map)) = (self.health.is_outdated(), status.as_object_mut()) {
            map.insert("rules".into(), json!("outdated: the changed set is refused, see the log"));
        }
        document(StatusCode::OK, &status)
    }

    fn list(&self, query: &str) -> Response {
        let number = |name: &str, default: usize| {
            access_rules::query_pairs(query)
                .find(|(key, _)| key == name)
                .and_then(|(_, value)| value.parse().ok())
                .unwrap_or(default)
        };
        let (limit, offset) = (number("limit", 50).min(500), number("offset", 0));
        let set = self.current.get();
        let page: Vec<&Value> = set.listing.iter().skip(offset).take(limit).collect();
        document(StatusCode::OK, &json!(page))
    }

    fn rule(&self, id: &str) -> Response {
        let set = self.current.get();
        let id = access_rules::form_decoded(&id.replace('+', "%2B")).unwrap_or_default();
        match set.listing.iter().find(|rule| rule.get("id").and_then(Value::as_str) == Some(&id)) {
            Some(rule) => document(StatusCode::OK, rule),
            None => error(404, "The requested resource could not be found"),
        }
    }

    async fn decide(&self, client: SocketAddr, request: Request) -> Response {
        let (head, body) = request.into_parts();
        let parts = match self.parts(&head, client) {
            Ok(parts) => parts,
            Err(message) => return error(400, message),
        };
        let is_head = parts.method == "HEAD" || head.method == Method::HEAD;
        let engine = self.current.get().engine;
        let logs_denials = engine.logs_denials();
        let flow = engine.decide(parts, Mode::Decision, &self.host, &self.state);
        let max = self.max_body;
        let outcome =
            self.caller.run(flow, async move || to_bytes(body, max).await.ok().map(|bytes| bytes.to_vec())).await;
        let Some(outcome) = outcome else {
            return error(500, "An internal server error occurred, please contact the system administrator");
        };
        self.health.decided(matches!(outcome.verdict, Verdict::Pass(_)));
        let mut answer = match outcome.verdict {
            Verdict::Pass(grant) => {
                let mut answer = StatusCode::OK.into_response();
                answer.headers_mut().remove(CONTENT_TYPE);
                for (name, values) in grant.set {
                    // As in the gateway, what follows the first value of a header stays behind.
                    let (Ok(name), Some(value)) = (HeaderName::try_from(name), values.first()) else { continue };
                    if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
                        answer.headers_mut().insert(name, value);
                    }
                }
                answer
            }
            Verdict::Answer(response) => respond(response),
            Verdict::Refuse(response, denial) => {
                let rule = outcome.rule.as_ref().map_or("", |rule| rule.id.as_str());
                if denial.status >= 500 {
                    tracing::warn!(rule, message = denial.message, reason = denial.reason, "a decision failed");
                } else if logs_denials {
                    let status = denial.status;
                    tracing::info!(rule, status, message = denial.message, reason = denial.reason, "refused");
                }
                respond(response)
            }
        };
        if is_head {
            *answer.body_mut() = Body::empty();
        }
        answer
    }

    /// The request that is asked about: the request itself below `/decisions`, each part replaced by what the proxy
    /// says in X-Forwarded-*.
    fn parts(&self, head: &axum::http::request::Parts, client: SocketAddr) -> Result<Parts, &'static str> {
        let trusts = self.trusted.is_empty() || self.trusted.iter().any(|range| range.holds(client.ip()));
        let header = |name: &str| {
            let value = head.headers.get(name).filter(|_| trusts || !name.starts_with("x-forwarded-"))?;
            std::str::from_utf8(value.as_bytes()).ok()
        };
        let host =
            header("host").or_else(|| head.uri.authority().map(|authority| authority.as_str())).unwrap_or_default();
        let own = head.uri.path_and_query().map_or("/", |both| both.as_str());
        let own = own.strip_prefix("/decisions").unwrap_or(own);
        let target = match header("x-forwarded-uri").filter(|uri| !uri.is_empty()) {
            // A query alone leaves the path of the question.
            Some(uri) if uri.starts_with('?') => format!("{}{uri}", own.split('?').next().unwrap_or_default()),
            Some(uri) => uri.to_owned(),
            None => own.to_owned(),
        };
        let scheme = header("x-forwarded-proto").unwrap_or(if self.tls { "https" } else { "http" });
        Ok(Parts {
            method: header("x-forwarded-method").unwrap_or(head.method.as_str()).to_owned(),
            scheme: scheme.to_owned(),
            host: header("x-forwarded-host").unwrap_or(host).to_owned(),
            target,
            headers: lines(&head.headers),
            client: match header("x-forwarded-for") {
                Some(hops) if !self.trusted.is_empty() => first_public(hops).or(Some(client.ip())),
                _ => Some(client.ip()),
            },
            public: Public::default(),
        })
    }
}

fn lines(headers: &HeaderMap) -> Headers {
    let all = headers.iter().filter(|(name, _)| *name != "host");
    Headers::new(all.map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect())
}

fn respond(response: access_rules::Response) -> Response {
    let mut answer = Response::new(Body::from(response.body));
    *answer.status_mut() = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in response.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(&value)) {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}

fn document(status: StatusCode, value: &Value) -> Response {
    (status, [(CONTENT_TYPE, "application/json; charset=utf-8")], value.to_string() + "\n").into_response()
}

fn error(status: u16, message: &str) -> Response {
    let body = json!({ "error": { "code": status, "status": status_text(status), "message": message } });
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(CONTENT_TYPE, "application/json")], body.to_string() + "\n").into_response()
}
