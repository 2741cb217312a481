//! Reading schema documents from files, `base64://` texts and web servers.

use super::SchemaError;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::Value;
use std::time::Duration;

/// The largest document, in bytes; Kratos' limit.
const MAX_DOCUMENT: usize = 1024 * 1024;
/// How long a web server may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Reads the document of schema `id` from `url`. Returns it with a short name of its source for messages.
///
/// # Errors
/// When it cannot be read, is too large or is no JSON.
pub(super) async fn read(id: &str, url: &str) -> Result<(Value, String), SchemaError> {
    let name = if url.starts_with("base64://") { "base64://…".to_owned() } else { url.to_owned() };
    let error =
        |problem: String| SchemaError { id: id.into(), source_name: name.clone(), pointer: String::new(), problem };
    let bytes = match url.split_once("://") {
        Some(("file", path)) => read_file(path).await.map_err(&error)?,
        Some(("base64", text)) => {
            decode_base64(text).ok_or_else(|| error("the text after base64:// is no base64".into()))?
        }
        Some(("http" | "https", _)) => download(url).await.map_err(&error)?,
        _ => {
            let problem = "expected a URL that begins with file://, base64://, https:// or http://";
            return Err(error(problem.into()));
        }
    };
    if bytes.len() > MAX_DOCUMENT {
        return Err(error(format!("the document has {} bytes, at most {MAX_DOCUMENT} are allowed", bytes.len())));
    }
    let document = serde_json::from_slice(&bytes).map_err(|fault| error(format!("this is no JSON: {fault}")))?;
    Ok((document, name))
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

fn decode_base64(text: &str) -> Option<Vec<u8>> {
    [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD].iter().find_map(|engine| engine.decode(text.trim()).ok())
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
