//! Asking a token endpoint for a token with client credentials (RFC 6749, 4.4).

use super::Context;
use crate::{
    effect::{Answer, Callout, Failure},
    endpoint::Endpoint,
    request::form_encoded,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value as Json;
use std::{sync::Arc, time::Duration};

/// What a token endpoint answered.
pub(super) enum Granted {
    /// A token, and how long it lives.
    Token { token: String, lives: Option<Duration> },
    /// Another status than 200.
    Refused(Answer),
    /// 200, but no token.
    Nothing,
}

/// No answer of a token endpoint is larger than this.
const MAX_SIZE: usize = 64 * 1024;

/// Asks for a token.
pub(super) async fn grant(
    context: &Context,
    endpoint: &Arc<Endpoint>,
    client: (&str, &str),
    scopes: &[String],
    audience: &str,
    deadline: Duration,
) -> Result<Granted, Failure> {
    let mut body = String::new();
    if !audience.is_empty() {
        body.push_str(&format!("audience={}&", form_encoded(audience)));
    }
    body.push_str("grant_type=client_credentials");
    if !scopes.is_empty() {
        body.push_str(&format!("&scope={}", form_encoded(&scopes.join(" "))));
    }
    let credentials = STANDARD.encode(format!("{}:{}", form_encoded(client.0), form_encoded(client.1)));
    let answer = context
        .line
        .call(Callout {
            endpoint: Arc::clone(endpoint),
            method: "POST".into(),
            target: endpoint.target(),
            headers: vec![
                ("authorization".into(), format!("Basic {credentials}").into_bytes()),
                ("content-type".into(), b"application/x-www-form-urlencoded".to_vec()),
                ("accept".into(), b"application/json".to_vec()),
            ],
            body: body.into_bytes(),
            deadline,
            share: None,
        })
        .await?;
    if !(200..300).contains(&answer.status) {
        return Ok(Granted::Refused(answer));
    }
    let Some(body) = answer.plain_body(MAX_SIZE).and_then(|body| String::from_utf8(body).ok()) else {
        return Ok(Granted::Nothing);
    };
    let is_form = answer
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded") || kind.starts_with("text/plain"));
    let (token, lives) = if is_form {
        let value =
            |name: &str| crate::request::query_pairs(&body).find(|(key, _)| key == name).map(|(_, value)| value);
        (value("access_token"), value("expires_in").and_then(|text| text.parse().ok()))
    } else {
        let json: Json = serde_json::from_str(&body).unwrap_or_default();
        let lives = json.get("expires_in").and_then(|lives| lives.as_u64().or_else(|| lives.as_str()?.parse().ok()));
        (json.get("access_token").and_then(Json::as_str).map(str::to_owned), lives)
    };
    Ok(match token.filter(|token| !token.is_empty()) {
        Some(token) => Granted::Token { token, lives: lives.filter(|seconds| *seconds > 0).map(Duration::from_secs) },
        None => Granted::Nothing,
    })
}
