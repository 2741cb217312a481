//! The admin API of a running server, as commands call it.

use super::config_files::ConfigFiles;
use anyhow::{Context as _, bail};
use http::StatusCode;
use serde_json::Value;
use url::Url;

/// Which server.
#[derive(clap::Args, Clone)]
pub(crate) struct Endpoint {
    #[command(flatten)]
    pub(crate) files: ConfigFiles,
    /// The admin API; without it the configuration tells
    #[arg(long, short = 'e', env = "KRATOS_ADMIN_URL", value_name = "URL")]
    endpoint: Option<Url>,
}

impl Endpoint {
    /// A client of it.
    pub(crate) fn connect(&self) -> anyhow::Result<AdminApi> {
        let base = match &self.endpoint {
            Some(url) => url.clone(),
            None => self.files.load(false)?.config.admin_url(),
        };
        // A provider that is installed already serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(AdminApi { client: reqwest::Client::builder().build()?, base })
    }
}

/// A client of the admin API.
pub(crate) struct AdminApi {
    client: reqwest::Client,
    base: Url,
}

/// What the server answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
    /// The `page_token` of the next page, where there is one.
    pub(crate) next_page: Option<String>,
}

impl Answer {
    /// Why it did not succeed, as the server says it.
    pub(crate) fn reason(&self) -> String {
        reason_of(self.body.get("error").unwrap_or(&Value::Null))
    }

    /// The body of a success.
    ///
    /// # Errors
    /// With the server's reason for anything else; `what` names what was asked for.
    pub(crate) fn success(self, what: &str) -> anyhow::Result<Value> {
        if self.status.is_success() { Ok(self.body) } else { bail!("{what}: {} ({})", self.reason(), self.status) }
    }
}

/// The sentence of an error.
pub(crate) fn reason_of(error: &Value) -> String {
    let text = ["reason", "message"].iter().find_map(|key| error.get(key)?.as_str().filter(|text| !text.is_empty()));
    text.unwrap_or("no reason given").to_owned()
}

impl AdminApi {
    fn url(&self, path: &str) -> anyhow::Result<Url> {
        Ok(Url::parse(&format!("{}/{path}", self.base.as_str().trim_end_matches('/')))?)
    }

    /// `GET` with a query.
    pub(crate) async fn get(&self, path: &str, query: &[(&str, &str)]) -> anyhow::Result<Answer> {
        self.answer(path, self.client.get(self.url(path)?).query(query)).await
    }

    /// `POST` of a body.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        self.answer(path, self.client.post(self.url(path)?).json(body)).await
    }

    /// `PATCH` of a body.
    pub(crate) async fn patch(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        self.answer(path, self.client.patch(self.url(path)?).json(body)).await
    }

    /// `DELETE`.
    pub(crate) async fn delete(&self, path: &str) -> anyhow::Result<Answer> {
        self.answer(path, self.client.delete(self.url(path)?)).await
    }

    async fn answer(&self, path: &str, request: reqwest::RequestBuilder) -> anyhow::Result<Answer> {
        let answer = request.send().await;
        let answer = answer.with_context(|| format!("no admin API at {}; is the server running?", self.base))?;
        let status = answer.status();
        let next_page = answer.headers().get("link").and_then(|link| next_of(link.to_str().ok()?));
        let text = answer.text().await.with_context(|| format!("/{path}: the answer was cut off"))?;
        let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap_or(Value::Null) };
        if status == StatusCode::NOT_FOUND && body.is_null() {
            bail!("the server at {} does not know /{path}; is it the admin port of this version?", self.base);
        }
        if body.is_null() && !text.trim().is_empty() && text.trim() != "null" {
            bail!("/{path} answered {status} without JSON");
        }
        Ok(Answer { status, body, next_page })
    }
}

/// The page token of `rel="next"`.
fn next_of(link: &str) -> Option<String> {
    let next = link.split(',').find(|part| part.ends_with("rel=\"next\""))?;
    let place = next.trim().strip_prefix('<')?.split_once('>')?.0;
    let query = place.split_once('?')?.1;
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, _)| name == "page_token").map(|(_, token)| token.into_owned())
}
