//! Files of a single-page app: hashed names are kept for ever, pages are never kept, compressed copies are sent where
//! they are there, and paths of pages lead to the app.

use crate::config::FilesConfig;
use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use std::path::{Component, Path, PathBuf};

/// Scripts and styles of its own only; WebAssembly may be compiled; nobody may frame it.
pub(crate) const CSP: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
                              font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; \
                              frame-ancestors 'none'";

/// The router.
pub(crate) fn router(config: FilesConfig) -> Router {
    Router::new().fallback(move |request: Request| {
        let config = config.clone();
        async move { answer(&config, request.method(), request.uri().path(), request.headers()).await }
    })
}

async fn answer(config: &FilesConfig, method: &Method, path: &str, headers: &HeaderMap) -> Response {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    let (file, is_page) = match page(config, path) {
        Some(file) => (config.root.join(file), true),
        None => match asset(&config.root, path) {
            Some(file) => (file, false),
            None => return hardened(config, StatusCode::NOT_FOUND.into_response()),
        },
    };
    let mut answer = match read(&file, headers).await {
        Some(answer) => answer,
        None => return hardened(config, StatusCode::NOT_FOUND.into_response()),
    };
    let keep = if !is_page && is_hashed(&file) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let keep = if is_page { "no-store" } else { keep };
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    if *method == Method::HEAD {
        *answer.body_mut() = Body::empty();
    }
    hardened(config, answer)
}

/// The file that serves a page: the longest configured path that the path is, or lies below.
fn page<'c>(config: &'c FilesConfig, path: &str) -> Option<&'c str> {
    let lies_below = |page: &str| {
        path == page
            || path.strip_prefix(page).is_some_and(|rest| page.ends_with('/') || rest.starts_with('/'))
                && !has_extension(path)
    };
    config
        .pages
        .iter()
        .find(|(page, _)| if page == "/" { path == "/" } else { lies_below(page) })
        .map(|(_, file)| file.as_str())
}

fn has_extension(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.contains('.'))
}

/// The file at a path below the root. Hidden files and anything that leads out of the root are not there.
fn asset(root: &Path, path: &str) -> Option<PathBuf> {
    let relative = Path::new(path.strip_prefix('/')?);
    let plain = relative
        .components()
        .all(|part| matches!(part, Component::Normal(name) if !name.to_string_lossy().starts_with('.')));
    // Pages are served by their paths only, so that they always come with their headers.
    let is_page = matches!(relative.extension().and_then(|e| e.to_str()), None | Some("html" | "br" | "gz"));
    (plain && !path.contains(['%', '\\']) && !is_page).then(|| root.join(relative))
}

/// Names with a hash in them (`app-0123456789abcdef.js`, `app-0123456789abcdef_bg.wasm`) never change their content.
fn is_hashed(file: &Path) -> bool {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.split(['-', '.', '_']).any(|part| part.len() >= 8 && part.bytes().all(|b| b.is_ascii_hexdigit()))
}

async fn read(file: &Path, headers: &HeaderMap) -> Option<Response> {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let accepts = |name: &str| {
        accepted.split(',').any(|part| {
            let mut pieces = part.split(';').map(str::trim);
            pieces.next() == Some(name)
                && !pieces.any(|parameter| matches!(parameter, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        })
    };
    let kind = kind(file)?;
    let mut found = None;
    for (encoding, suffix) in [("br", ".br"), ("gzip", ".gz")] {
        if accepts(encoding) {
            let mut compressed = file.as_os_str().to_owned();
            compressed.push(suffix);
            if let Ok(bytes) = tokio::fs::read(&compressed).await {
                found = Some((bytes, Some(encoding)));
                break;
            }
        }
    }
    let (bytes, encoding) = match found {
        Some(found) => found,
        None => (tokio::fs::read(file).await.ok()?, None),
    };
    let mut answer = bytes.into_response();
    let map = answer.headers_mut();
    map.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    map.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Some(encoding) = encoding {
        map.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Some(answer)
}

/// Files of other kinds are not served.
fn kind(file: &Path) -> Option<&'static str> {
    Some(match file.extension()?.to_str()? {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "webmanifest" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => return None,
    })
}

fn hardened(config: &FilesConfig, mut answer: Response) -> Response {
    let map = answer.headers_mut();
    if let Ok(csp) = HeaderValue::from_str(&config.csp) {
        map.insert(header::CONTENT_SECURITY_POLICY, csp);
    }
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=()"),
    ] {
        map.insert(name, HeaderValue::from_static(value));
    }
    answer
}
