//! The served bundle, as a browser asks for it.

use std::fs;
use std::path::Path;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode};
use tower::ServiceExt;

const SCRIPT: &str = "app-0f3a9c1d2e4b5a67.js";

fn bundle(with_admin: bool) -> (tempfile::TempDir, Router) {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    write("index.html", "<title>app</title><script>start()</script>");
    write(SCRIPT, "plain");
    write(&format!("{SCRIPT}.br"), "brotli");
    write("favicon.svg", "<svg/>");
    if with_admin {
        write("admin/index.html", "<title>admin</title>");
    }
    let router = ui_server::router(folder.path()).expect("a bundle");
    (folder, router)
}

async fn get(router: &Router, path: &str, encoding: &str) -> Response<Body> {
    let request = Request::get(path)
        .header("accept-encoding", encoding)
        .body(Body::empty())
        .expect("a request");
    router.clone().oneshot(request).await.expect("an answer")
}

async fn text(response: Response<Body>) -> String {
    String::from_utf8(
        to_bytes(response.into_body(), 4096)
            .await
            .expect("a body")
            .to_vec(),
    )
    .expect("text")
}

fn header<'a>(response: &'a Response<Body>, name: &str) -> &'a str {
    response
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().expect("text"))
}

#[tokio::test]
async fn every_page_is_the_app_and_is_asked_for_anew() {
    let (_folder, router) = bundle(false);
    for path in [
        "/",
        "/login",
        "/registration?flow=1",
        "/settings/",
        "/admin/identities",
    ] {
        let response = get(&router, path, "").await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(header(&response, "cache-control"), "no-cache", "{path}");
        assert_eq!(header(&response, "content-type"), "text/html", "{path}");
        assert!(text(response).await.contains("<title>app"), "{path}");
    }
}

#[tokio::test]
async fn the_admin_console_has_its_own_page_when_it_is_bundled() {
    let (_folder, router) = bundle(true);
    for path in ["/admin", "/admin/identities"] {
        assert!(
            text(get(&router, path, "").await)
                .await
                .contains("<title>admin"),
            "{path}"
        );
    }
    assert!(
        text(get(&router, "/administer", "").await)
            .await
            .contains("<title>app")
    );
}

#[tokio::test]
async fn files_with_a_hash_are_kept_for_ever_and_come_compressed_when_the_browser_can() {
    let (_folder, router) = bundle(false);
    let response = get(&router, &format!("/{SCRIPT}"), "br, gzip").await;
    assert_eq!(
        header(&response, "cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(header(&response, "content-encoding"), "br");
    assert_eq!(header(&response, "vary"), "accept-encoding");
    assert_eq!(text(response).await, "brotli");
    assert_eq!(
        text(get(&router, &format!("/{SCRIPT}"), "gzip").await).await,
        "plain"
    );
    assert_eq!(
        header(&get(&router, "/favicon.svg", "").await, "cache-control"),
        "no-cache"
    );
}

#[tokio::test]
async fn a_missing_file_is_not_the_app() {
    let (_folder, router) = bundle(false);
    for path in [
        "/app-old.js",
        "/../Cargo.toml",
        "/%2e%2e/Cargo.toml",
        "/.env",
    ] {
        assert_eq!(
            get(&router, path, "").await.status(),
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn pages_run_only_the_scripts_of_the_bundle() {
    // ui.md 46
    let (_folder, router) = bundle(false);
    let page = get(&router, "/login", "").await;
    let policy = header(&page, "content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'sha256-"),
        "{policy}"
    );
    for part in [
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "connect-src 'self'",
    ] {
        assert!(policy.contains(part), "{part} is not in {policy}");
    }
    assert_eq!(header(&page, "x-content-type-options"), "nosniff");
    let missing = get(&router, "/missing.js", "").await;
    assert_eq!(
        header(&missing, "content-security-policy"),
        "default-src 'none'; frame-ancestors 'none'"
    );
}

#[tokio::test]
async fn only_reading_is_answered() {
    let (_folder, router) = bundle(false);
    let request = Request::post("/login")
        .body(Body::empty())
        .expect("a request");
    let response = router.oneshot(request).await.expect("an answer");
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[test]
fn a_folder_without_a_bundle_is_refused_at_start() {
    let error = ui_server::router(Path::new("/nonexistent"))
        .expect_err("no bundle")
        .to_string();
    assert!(error.contains("/nonexistent is not a bundle"), "{error}");
}
