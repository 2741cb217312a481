//! Reading what a configuration refers to by URL: `file://`, `base64://`, `http(s)://`.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use std::time::Duration;

/// The largest document, in bytes; Kratos' limit.
const MAX_DOCUMENT: usize = 1024 * 1024;
/// How long a web server may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The text behind `url`.
///
/// # Errors
/// A sentence that says what is wrong; it holds no credentials of the URL.
pub async fn text(url: &str) -> Result<String, String> {
    let bytes = bytes(url).await?;
    if bytes.len() > MAX_DOCUMENT {
        return Err(format!("the document has {} bytes, at most {MAX_DOCUMENT} are allowed", bytes.len()));
    }
    String::from_utf8(bytes).map_err(|_| "the document is no UTF-8 text".into())
}

async fn bytes(url: &str) -> Result<Vec<u8>, String> {
    match url.split_once("://") {
        Some(("file", path)) => tokio::fs::read(path).await.map_err(|fault| format!("cannot read {path}: {fault}")),
        Some(("base64", text)) => [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD]
            .iter()
            .find_map(|engine| engine.decode(text.trim()).ok())
            .ok_or_else(|| "the text after base64:// is no base64".into()),
        Some(("http" | "https", _)) => download(url).await,
        _ => Err("expected a URL that begins with file://, base64://, https:// or http://".into()),
    }
}

async fn download(url: &str) -> Result<Vec<u8>, String> {
    let fault = |fault: reqwest::Error| format!("cannot download it: {}", fault.without_url());
    // An error means that a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::limited(5))
        .build()
        .map_err(fault)?;
    let mut response = client.get(url).send().await.map_err(fault)?;
    if !response.status().is_success() {
        return Err(format!("the server answered {}, expected 200", response.status()));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(fault)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_DOCUMENT {
            return Err(format!("the document has more than {MAX_DOCUMENT} bytes"));
        }
    }
    Ok(bytes)
}
