//! Serves the bundled web app: static files with the caching, compression and security headers that they need.
//!
//! It holds no secrets and knows neither the identity server nor the gateway. Every page of the app is the same
//! `index.html`, so a path that is not a file and does not look like one gets that page.

mod csp;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, VARY};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower::ServiceExt;
use tower_http::services::{ServeDir, ServeFile};

/// An app in the bundle: the paths that belong to it and its page.
struct App {
    prefix: &'static str,
    page: PathBuf,
    policy: HeaderValue,
}

struct Site {
    apps: Vec<App>,
    folder: PathBuf,
}

/// The routes over a bundle's folder.
///
/// # Errors
/// When the folder has no `index.html` or a page cannot be read.
pub fn router(folder: &Path) -> Result<Router> {
    let mut apps = Vec::new();
    // The admin console is a bundle of its own when there is one; the longer prefix is looked at first.
    for (prefix, file) in [("/admin", "admin/index.html"), ("/", "index.html")] {
        let page = folder.join(file);
        if prefix == "/" || page.is_file() {
            let html = std::fs::read_to_string(&page).with_context(|| {
                format!(
                    "{} is not a bundle of the web app: cannot read {file}",
                    folder.display()
                )
            })?;
            apps.push(App {
                prefix,
                page,
                policy: csp::policy(&html)?,
            });
        }
    }
    let site = Arc::new(Site {
        apps,
        folder: folder.to_path_buf(),
    });
    Ok(Router::new()
        .fallback(serve)
        .with_state(site)
        .layer(middleware::from_fn(secured)))
}

impl Site {
    fn app(&self, path: &str) -> Option<&App> {
        self.apps.iter().find(|app| {
            let rest = path.strip_prefix(app.prefix);
            rest.is_some_and(|rest| app.prefix == "/" || rest.is_empty() || rest.starts_with('/'))
        })
    }
}

async fn serve(State(site): State<Arc<Site>>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let path = request.uri().path().to_owned();
    if path == "/health/alive" || path == "/health/ready" {
        return (StatusCode::OK, [(CACHE_CONTROL, "no-store")], "ok\n").into_response();
    }
    if looks_like_a_file(&path) && !path.ends_with(".html") {
        let files = ServeDir::new(&site.folder)
            .precompressed_br()
            .precompressed_gzip();
        let mut response = infallible(files.oneshot(request).await);
        let caching = if is_hashed(&path) {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
            response
                .headers_mut()
                .insert(CACHE_CONTROL, HeaderValue::from_static(caching));
        }
        return response;
    }
    let Some(app) = site.app(&path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let page = ServeFile::new(&app.page)
        .precompressed_br()
        .precompressed_gzip();
    let mut response = infallible(page.oneshot(request).await);
    response
        .headers_mut()
        .insert(CONTENT_SECURITY_POLICY, app.policy.clone());
    // Asked for again each time: it names the hashed files of the bundle that is served now.
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

fn infallible<B>(response: Result<axum::http::Response<B>, std::convert::Infallible>) -> Response
where
    B: axum::body::HttpBody<Data = axum::body::Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    let Ok(response) = response;
    let mut response = response.map(Body::new);
    response
        .headers_mut()
        .insert(VARY, HeaderValue::from_static("accept-encoding"));
    response
}

/// The headers that every answer carries.
async fn secured(request: Request, next: Next) -> Response {
    const HEADERS: [(&str, &str); 5] = [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        (
            "permissions-policy",
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
    ];
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    // What is not a page may load nothing, should a browser ever be made to show it as one.
    headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(
            "default-src 'none'; frame-ancestors 'none'",
        ));
    response
}

/// Whether the last part of a path has an extension.
fn looks_like_a_file(path: &str) -> bool {
    path.rsplit('/')
        .next()
        .is_some_and(|name| name.contains('.'))
}

/// Whether a name carries the hash of its content (`app-0f3a9c1d2e4b5a67.js`), so that it never changes.
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.split(['-', '.', '_'])
        .any(|part| part.len() >= 12 && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::is_hashed;

    #[test]
    fn only_names_with_a_content_hash_are_kept_for_ever() {
        assert!(is_hashed("/app-0f3a9c1d2e4b5a67.js"));
        assert!(is_hashed("/app-0f3a9c1d2e4b5a67_bg.wasm"));
        assert!(!is_hashed("/favicon.svg"));
        assert!(!is_hashed("/feed-face.css"));
    }
}
