//! A person with an e-mail address and a password, and what they do with plain HTTP.

use anyhow::{Context, Result, bail, ensure};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

/// Someone who signs up and in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Unique in the whole test run.
    pub email: String,
    /// Strong enough for the default policy.
    pub password: String,
}

/// What signing up or in gives a native client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The identity's id.
    pub identity: String,
    /// The session token.
    pub token: String,
}

impl Person {
    /// Somebody new.
    pub fn new() -> Self {
        Self {
            email: format!("{}@example.com", random_text(12)),
            password: format!("Quiet-{}-lantern", random_text(12)),
        }
    }

    /// Signs up as a native client does: an API flow at `base`, no cookies.
    ///
    /// # Errors
    /// When an answer is not the one of a successful registration.
    pub async fn sign_up(&self, http: &Client, base: &str) -> Result<SignedIn> {
        let body = json!({
            "method": "password",
            "password": self.password,
            "traits": {"email": self.email},
        });
        let answer = native_flow(http, base, "registration", &body).await?;
        signed_in(&answer, answer.get("identity"))
    }

    /// Signs in as a native client does.
    ///
    /// # Errors
    /// When an answer is not the one of a successful login.
    pub async fn sign_in(&self, http: &Client, base: &str) -> Result<SignedIn> {
        let body = json!({"method": "password", "identifier": self.email, "password": self.password});
        let answer = native_flow(http, base, "login", &body).await?;
        signed_in(&answer, answer.pointer("/session/identity"))
    }

    /// Signs up as a browser app does (an SPA): a browser flow with cookies and the CSRF token. The client must
    /// keep cookies. Returns the identity's id.
    ///
    /// # Errors
    /// When an answer is not the one of a successful registration.
    pub async fn sign_up_in_browser(&self, http: &Client, base: &str) -> Result<String> {
        let flow = ok(http.get(format!("{base}/self-service/registration/browser")).header("accept", JSON)).await?;
        let body = json!({
            "method": "password",
            "password": self.password,
            "traits": {"email": self.email},
            "csrf_token": node(&flow, "csrf_token")?,
        });
        let answer = ok(http.post(action(&flow)?).header("accept", JSON).json(&body)).await?;
        text(answer.pointer("/identity/id"), "identity.id")
    }
}

impl Default for Person {
    fn default() -> Self {
        Self::new()
    }
}

const JSON: &str = "application/json";

/// A client that keeps no cookies, follows no redirects and uses no proxy.
///
/// # Errors
/// When it cannot be built.
pub fn native_client() -> Result<Client> {
    builder().build().context("no HTTP client")
}

/// A client that keeps cookies, as a browser does.
///
/// # Errors
/// When it cannot be built.
pub fn browser_client() -> Result<Client> {
    builder().cookie_store(true).build().context("no HTTP client")
}

fn builder() -> reqwest::ClientBuilder {
    Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).timeout(crate::PATIENCE)
}

async fn native_flow(http: &Client, base: &str, flow: &str, body: &Value) -> Result<Value> {
    let flow = ok(http.get(format!("{base}/self-service/{flow}/api"))).await?;
    ok(http.post(action(&flow)?).json(body)).await
}

fn signed_in(answer: &Value, identity: Option<&Value>) -> Result<SignedIn> {
    Ok(SignedIn {
        identity: text(identity.and_then(|identity| identity.get("id")), "identity.id")?,
        token: text(answer.get("session_token"), "session_token")?,
    })
}

fn action(flow: &Value) -> Result<String> {
    text(flow.pointer("/ui/action"), "ui.action")
}

/// The value of a flow's input.
///
/// # Errors
/// When the flow has no such input or it has no value.
pub fn node(flow: &Value, name: &str) -> Result<String> {
    let nodes = flow.pointer("/ui/nodes").and_then(Value::as_array).context("the flow has no ui.nodes")?;
    let attributes = nodes.iter().filter_map(|node| node.get("attributes"));
    let found = attributes.into_iter().find(|node| node.get("name").and_then(Value::as_str) == Some(name));
    text(found.and_then(|node| node.get("value")), name)
}

fn text(value: Option<&Value>, name: &str) -> Result<String> {
    value.and_then(Value::as_str).map(str::to_owned).with_context(|| format!("the answer has no {name}"))
}

/// Sends a request that must be answered with 200 and JSON.
///
/// # Errors
/// Shows status and body of any other answer.
pub async fn ok(request: RequestBuilder) -> Result<Value> {
    let (status, body) = answer(request).await?;
    ensure!(status == StatusCode::OK, "HTTP {status}: {body}");
    serde_json::from_str(&body).with_context(|| format!("not JSON: {body}"))
}

/// Sends a request and returns status and body.
///
/// # Errors
/// When there is no answer.
pub async fn answer(request: RequestBuilder) -> Result<(StatusCode, String)> {
    let response: Response = request.send().await.context("no answer")?;
    let status = response.status();
    let body = response.text().await.context("the answer ended early")?;
    Ok((status, body))
}

/// Asks the example API through the gateway who is calling; `request` carries the credentials.
///
/// # Errors
/// When the API does not answer with the caller.
pub async fn who_am_i(request: RequestBuilder) -> Result<String> {
    let body = ok(request.json(&me_query())).await?;
    match body.pointer("/data/me/id").and_then(Value::as_str) {
        Some(id) => Ok(id.to_owned()),
        None => bail!("not an answer of the example API: {body}"),
    }
}

/// The GraphQL query for the caller.
pub fn me_query() -> Value {
    json!({"query": "{ me { id } }"})
}

/// Lower-case letters and digits that nobody has drawn before.
pub fn random_text(length: usize) -> String {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).expect("the system gives randomness");
    bytes.iter().map(|byte| char::from(b"abcdefghijklmnopqrstuvwxyz012345"[usize::from(byte % 32)])).collect()
}
