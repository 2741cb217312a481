//! Randomness, token hashes, keyed hashes and authenticated encryption.

pub mod cookie;
pub mod sealer;
pub mod token;

pub use sealer::Sealer;
use sha2::{Digest as _, Sha256};

/// SHA-256 of `text` in lower-case hex: how session tokens are kept. They carry 190 bits of entropy, so a slow hash
/// would add nothing.
#[must_use]
pub fn sha256_hex(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// `bytes` in lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// HMAC-SHA-256 of `text` under a key derived from `secret` for one `purpose`, in lower-case hex.
#[must_use]
pub fn keyed_hash(secret: &str, purpose: &str, text: &str) -> String {
    use hmac::{Hmac, Mac as _};
    let key = Sha256::digest([purpose.as_bytes(), b"\0", secret.as_bytes()].concat());
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else { unreachable!("HMAC takes keys of any length") };
    mac.update(text.as_bytes());
    hex(&mac.finalize().into_bytes())
}
