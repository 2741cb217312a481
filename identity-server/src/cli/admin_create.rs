//! `admin create`: an administrator's identity and a link that signs in once, over the admin API of a running server.

use super::config_files::ConfigFiles;
use super::output;
use anyhow::{Context as _, bail};
use http::StatusCode;
use serde_json::{Value, json};
use url::Url;

/// The arguments.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    files: ConfigFiles,
    /// The administrator's e-mail address
    #[arg(long)]
    email: String,
    /// The admin API; without it the configuration tells
    #[arg(long, env = "KRATOS_ADMIN_URL", value_name = "URL")]
    endpoint: Option<Url>,
}

/// Makes the identity unless it is there, marks it as administrator, and prints a recovery link.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let endpoint = match args.endpoint {
        Some(url) => url,
        None => args.files.load(false)?.config.admin_url(),
    };
    // A provider that is installed already serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let api = AdminApi { client: reqwest::Client::builder().build()?, base: endpoint };
    let found = api.get("admin/identities", &[("credentials_identifier", &args.email)]).await?;
    let id = match found.as_array().and_then(|list| list.first()) {
        Some(identity) => {
            if identity.pointer("/metadata_public/role").and_then(Value::as_str) != Some("admin") {
                bail!("{} is somebody who is no administrator; choose another address", args.email);
            }
            text(identity, "id")?
        }
        None => {
            let body = json!({
                "schema_id": "default",
                "traits": { "email": args.email },
                "metadata_public": { "role": "admin" },
            });
            text(&api.post("admin/identities", &body).await?, "id")?
        }
    };
    let recovery = api.post("admin/recovery/code", &json!({ "identity_id": id })).await?;
    let (link, code) = (text(&recovery, "recovery_link")?, text(&recovery, "recovery_code")?);
    output::print(&format!("administrator: {}\nsign in once: {link}\ncode: {code}", args.email));
    Ok(())
}

fn text(value: &Value, key: &str) -> anyhow::Result<String> {
    let found = value.get(key).and_then(Value::as_str).map(str::to_owned);
    found.with_context(|| format!("the admin API's answer has no `{key}`"))
}

struct AdminApi {
    client: reqwest::Client,
    base: Url,
}

impl AdminApi {
    fn url(&self, path: &str) -> anyhow::Result<Url> {
        Ok(Url::parse(&format!("{}/{path}", self.base.as_str().trim_end_matches('/')))?)
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> anyhow::Result<Value> {
        let url = self.url(path)?;
        self.answer(path, self.client.get(url).query(query)).await
    }

    async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let url = self.url(path)?;
        self.answer(path, self.client.post(url).json(body)).await
    }

    async fn answer(&self, path: &str, request: reqwest::RequestBuilder) -> anyhow::Result<Value> {
        let answer = request.send().await;
        let answer = answer.with_context(|| format!("no admin API at {}; is the server running?", self.base))?;
        let status = answer.status();
        if status == StatusCode::NOT_FOUND {
            bail!("the server at {} does not know /{path}; is it the admin port of this version?", self.base);
        }
        let body: Value = answer.json().await.with_context(|| format!("/{path} answered {status} without JSON"))?;
        if !status.is_success() {
            let reason = ["/error/reason", "/error/message"].iter().find_map(|path| body.pointer(path)?.as_str());
            bail!("/{path} answered {status}: {}", reason.unwrap_or("no reason given"));
        }
        Ok(body)
    }
}
