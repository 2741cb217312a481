//! The content security policy of a page, made from the page itself.

use anyhow::{Context, Result};
use axum::http::HeaderValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// Allows what the bundle consists of and nothing else. Inline scripts (the bundler writes one that starts the
/// app) are allowed by the hash of their text, so a script that got into the page otherwise does not run.
pub(crate) fn policy(html: &str) -> Result<HeaderValue> {
    let hashes = inline_scripts(html)
        .map(|script| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(script))));
    let text = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{}; style-src 'self'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'",
        hashes.collect::<String>()
    );
    HeaderValue::from_str(&text).context("the content security policy cannot be a header")
}

/// The texts of the `<script>` elements that have no `src`.
fn inline_scripts(html: &str) -> impl Iterator<Item = &str> {
    html.split("<script").skip(1).filter_map(|rest| {
        let (attributes, rest) = rest.split_once('>')?;
        let (text, _) = rest.split_once("</script")?;
        let has_source = attributes
            .split_whitespace()
            .any(|part| part.starts_with("src=") || part == "src");
        (!has_source && !text.is_empty()).then_some(text)
    })
}

#[cfg(test)]
mod tests {
    use super::policy;

    #[test]
    fn inline_scripts_are_allowed_by_their_hash_and_others_by_their_origin() {
        let html = "<script src=\"/a.js\"></script><script type=\"module\">alert(1)</script>";
        let policy = policy(html).expect("a policy");
        let text = policy.to_str().expect("text");
        // Computed with: printf 'alert(1)' | openssl dgst -sha256 -binary | base64
        let hash = "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='";
        assert!(
            text.contains(&format!("script-src 'self' 'wasm-unsafe-eval' {hash};")),
            "{text}"
        );
        assert!(!text.contains("unsafe-inline"), "{text}");
    }
}
