//! Where rules are kept: `file://`, `http(s)://`, `inline://`.

use access_rules::{
    document::{Place, Problem},
    rules::RuleFile,
};
use anyhow::Context;
use base64::Engine as _;
use std::{path::PathBuf, time::Duration};

/// A place where rules are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Repository {
    /// A file, watched.
    File(PathBuf),
    /// A URL, read when the configuration is.
    Http(String),
    /// The rules themselves.
    Inline(RuleFile),
}

/// No rule file is larger than this.
const MAX_SIZE: usize = 64 << 20;

impl Repository {
    /// Reads the URL of a repository.
    pub(crate) fn parse(url: &str, place: &Place) -> Result<Self, Problem> {
        let wrong = |message: String| Problem::error(place, "access_rules.repositories", message);
        match url.split_once("://") {
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            Some(("http" | "https", _)) => Ok(Self::Http(url.to_owned())),
            Some(("inline", text)) => {
                use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
                let bytes = [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD]
                    .iter()
                    .find_map(|engine| engine.decode(text).ok());
                let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
                let text = text.ok_or_else(|| wrong("what follows inline:// must be the rules in Base64".into()))?;
                Ok(Self::Inline(RuleFile { name: "inline rules".into(), text }))
            }
            Some((scheme @ ("s3" | "gs" | "azblob"), _)) => {
                Err(wrong(format!("{scheme}:// repositories are not supported"))
                    .mend("put the rules into a file, or serve them over https://"))
            }
            _ => Err(wrong(format!("{url:?} names no repository"))
                .mend("write file:///path, https://…, or inline://<Base64>")),
        }
    }

    /// Reads the rules.
    pub(crate) async fn read(&self) -> anyhow::Result<RuleFile> {
        match self {
            Self::Inline(file) => Ok(file.clone()),
            Self::File(path) => {
                let name = path.display().to_string();
                if path.is_dir() {
                    anyhow::bail!("{name} is a folder; name each rule file");
                }
                let text = tokio::fs::read_to_string(path).await.with_context(|| format!("cannot read {name}"))?;
                Ok(RuleFile { name, text })
            }
            Self::Http(url) => {
                let client =
                    reqwest::Client::builder().timeout(Duration::from_secs(15)).build().context("no HTTP client")?;
                let mut last = None;
                for pause in [0u64, 1, 2, 4] {
                    tokio::time::sleep(Duration::from_secs(pause)).await;
                    match fetch(&client, url).await {
                        Ok(text) => return Ok(RuleFile { name: url.clone(), text }),
                        Err(error) => last = Some(error),
                    }
                }
                Err(last.unwrap_or_else(|| anyhow::anyhow!("not asked"))).with_context(|| format!("cannot fetch {url}"))
            }
        }
    }
}

async fn fetch(client: &reqwest::Client, url: &str) -> anyhow::Result<String> {
    let answer = client.get(url).send().await?.error_for_status()?;
    let bytes = answer.bytes().await?;
    anyhow::ensure!(bytes.len() <= MAX_SIZE, "the answer is larger than {MAX_SIZE} bytes");
    Ok(String::from_utf8(bytes.to_vec())?)
}
