//! HTTP: a request made by a Jsonnet template, for mails (`delivery_strategy: http`) and text messages.

use super::{Failure, FailureKind};
use crate::config::{Auth, AuthPlace, Config, HttpRequest};
use crate::jsonnet::Snippet;
use crate::store::StoredMessage;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde_json::{Value, json};
use std::time::Duration;

/// Kratos' limit.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A service that takes messages.
pub(super) struct HttpChannel {
    client: reqwest::Client,
    method: Method,
    url: url::Url,
    headers: HeaderMap,
    /// The headers as templates see them.
    shown: Value,
    body: Option<Snippet>,
    form: bool,
}

impl HttpChannel {
    /// Reads the template and checks the rest; `place` is the key.
    pub(super) async fn new(place: &str, config: &Config, request: &HttpRequest) -> Result<Self, String> {
        let method = Method::from_bytes(request.method.to_uppercase().as_bytes())
            .map_err(|_| format!("{place}.method: `{}` is no HTTP method", request.method))?;
        let mut headers = HeaderMap::new();
        for (name, value) in &request.headers {
            let bad = |what: &str| format!("{place}.headers.{name}: this is no {what}");
            let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad("name of a header"))?;
            let value = HeaderValue::from_str(value.expose()).map_err(|_| bad("value of a header"))?;
            headers.insert(key, value);
        }
        let form = match headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes) {
            None => {
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
                false
            }
            Some(kind) if kind.starts_with(b"application/json") => false,
            Some(kind) if kind.starts_with(b"application/x-www-form-urlencoded") => true,
            Some(_) => {
                let expected = "expected application/json or application/x-www-form-urlencoded";
                return Err(format!("{place}.headers.Content-Type: {expected}"));
            }
        };
        let shown = request.headers.iter().map(|(name, value)| (name.clone(), Value::from(value.expose()))).collect();
        let body = match &request.body {
            Some(url) => {
                let source = crate::resource::text(url).await.map_err(|problem| format!("{place}.body: {problem}"))?;
                let name = if url.starts_with("base64://") { format!("{place}.body") } else { url.clone() };
                Some(Snippet::new(&name, &source)?)
            }
            None => None,
        };
        authorise(place, request.auth.as_ref(), &mut headers)?;
        let client = crate::outbound::client(config, &request.url, TIMEOUT);
        let client = client.map_err(|problem| format!("{place}.url: {problem}"))?;
        Ok(Self { client, method, url: request.url.clone(), headers, shown: Value::Object(shown), body, form })
    }

    pub(super) async fn deliver(&self, stored: &StoredMessage) -> Result<(), Failure> {
        let message = &stored.message;
        let mut request = self.client.request(self.method.clone(), self.url.clone()).headers(self.headers.clone());
        if let Some(snippet) = &self.body {
            let mut ctx = json!({
                "recipient": message.recipient,
                "template_type": message.template_type,
                "template_data": stored.template_data,
                "subject": message.subject,
                "body": message.body,
                "message_type": message.kind,
                "request_headers": self.shown,
            });
            if message.kind == "email" {
                ctx["html_body"] = stored.html_body.clone().into();
            }
            // A template that fails is the operator's to mend; the message waits.
            let made = snippet.call(ctx).await.map_err(|error| Failure::new(FailureKind::Outage, error))?;
            request = if self.form { request.form(&flat(&made)?) } else { request.body(made.to_string()) };
        }
        // The URL may hold a key, so errors are shown without it.
        let sent =
            request.send().await.map_err(|error| Failure::new(FailureKind::Outage, causes(&error.without_url())))?;
        let status = sent.status();
        match status.as_u16() {
            200..=299 => Ok(()),
            401 | 403 | 404 | 407 | 429 => {
                Err(Failure::new(FailureKind::Outage, format!("the service answered {status}")))
            }
            _ => Err(Failure::new(FailureKind::Refused, format!("the service answered {status}"))),
        }
    }
}

fn causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}

fn flat(made: &Value) -> Result<Vec<(String, String)>, Failure> {
    let wrong = || Failure::new(FailureKind::Outage, "the body of a form must be a flat map of texts");
    let Value::Object(map) = made else { return Err(wrong()) };
    map.iter().map(|(key, value)| Ok((key.clone(), value.as_str().ok_or_else(wrong)?.to_owned()))).collect()
}

fn authorise(place: &str, auth: Option<&Auth>, headers: &mut HeaderMap) -> Result<(), String> {
    use base64::Engine as _;
    let bad = |what: &str| format!("{place}.auth.config.{what}: this cannot stand in a header");
    let (name, value) = match auth {
        None => return Ok(()),
        Some(Auth::BasicAuth { user, password }) => {
            let both = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{}", password.expose()));
            (header::AUTHORIZATION, format!("Basic {both}"))
        }
        Some(Auth::ApiKey { name, value, place: AuthPlace::Header }) => {
            (HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad("name"))?, value.expose().to_owned())
        }
        Some(Auth::ApiKey { name, value, place: AuthPlace::Cookie }) => {
            (header::COOKIE, format!("{name}={}", value.expose()))
        }
    };
    let mut value = HeaderValue::from_str(&value).map_err(|_| bad("value"))?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(())
}
