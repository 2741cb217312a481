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
    String::from_utf8(bytes).map_err(|_| "the document is no UTF-8 text".into())
}

/// The bytes behind `url`.
///
/// # Errors
/// A sentence that says what is wrong; it holds no credentials of the URL.
pub async fn bytes(url: &str) -> Result<Vec<u8>, String> {
    let bytes = match url.split_once("://") {
        Some(("file", path)) => read_file(path).await?,
        Some(("base64", text)) => [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD]
            .iter()
            .find_map(|engine| engine.decode(text.trim()).ok())
            .ok_or("the text after base64:// is no base64")?,
        Some(("http" | "https", _)) => download(url).await?,
        _ => return Err("expected a URL that begins with file://, base64://, https:// or http://".into()),
    };
    if bytes.len() > MAX_DOCUMENT {
        return Err(format!("the document has {} bytes, at most {MAX_DOCUMENT} are allowed", bytes.len()));
    }
    Ok(bytes)
}

async fn read_file(path: &str) -> Result<Vec<u8>, String> {
    let path = percent_decoded(path);
    let length = tokio::fs::metadata(&path).await.map_err(|fault| format!("cannot read {path}: {fault}"))?.len();
    if length > MAX_DOCUMENT as u64 {
        return Err(format!("{path} has {length} bytes, at most {MAX_DOCUMENT} are allowed"));
    }
    tokio::fs::read(&path).await.map_err(|fault| format!("cannot read {path}: {fault}"))
}

/// A file name with its escapes resolved; kept as it is if a file of that very name exists or the escapes are broken.
fn percent_decoded(path: &str) -> String {
    if !path.contains('%') || std::path::Path::new(path).exists() {
        return path.to_owned();
    }
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, tail @ ..] = rest {
        match tail {
            [high, low, after @ ..] if *first == b'%' => {
                let digits = [*high, *low];
                let Some(byte) = std::str::from_utf8(&digits).ok().and_then(|d| u8::from_str_radix(d, 16).ok()) else {
                    return path.to_owned();
                };
                bytes.push(byte);
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| path.to_owned())
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
