//! Sealed cookie values: XChaCha20-Poly1305 under a key derived from `secrets.cookie`, the cookie's name bound in as
//! associated data, so that the value of one cookie is worth nothing in another.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rand::RngCore;
use sha2::{Digest as _, Sha256};

const NONCE: usize = 24;

fn cipher(secret: &str) -> XChaCha20Poly1305 {
    let key = Sha256::digest([b"nexus cookie seal v1\0".as_slice(), secret.as_bytes()].concat());
    XChaCha20Poly1305::new(&key)
}

/// Seals `value` for the cookie `name` under the first of the secrets.
pub fn seal(rng: &mut impl RngCore, secret: &str, name: &str, value: &str) -> String {
    let mut nonce = [0; NONCE];
    rng.fill_bytes(&mut nonce);
    let payload = Payload { msg: value.as_bytes(), aad: name.as_bytes() };
    let Ok(sealed) = cipher(secret).encrypt(XNonce::from_slice(&nonce), payload) else {
        unreachable!("sealing fails only for messages of gigabytes")
    };
    URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat())
}

/// Opens what [`seal`] made under any of `secrets` (newest first); `None` for anything else.
pub fn open<'s>(secrets: impl IntoIterator<Item = &'s str>, name: &str, sealed: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let (nonce, sealed) = bytes.split_at_checked(NONCE)?;
    secrets.into_iter().find_map(|secret| {
        let payload = Payload { msg: sealed, aad: name.as_bytes() };
        String::from_utf8(cipher(secret).decrypt(XNonce::from_slice(nonce), payload).ok()?).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;

    #[test]
    fn a_sealed_value_opens_under_an_old_secret_and_its_own_name_only() {
        let mut rng = rand::rngs::StdRng::seed_from_u64(1);
        let sealed = seal(&mut rng, "old-secret-of-16+", "session", "token");
        assert_eq!(open(["new-secret-of-16+", "old-secret-of-16+"], "session", &sealed).as_deref(), Some("token"));
        assert_eq!(open(["new-secret-of-16+"], "session", &sealed), None);
        assert_eq!(open(["old-secret-of-16+"], "csrf", &sealed), None);
        assert_eq!(open(["old-secret-of-16+"], "session", "not sealed at all"), None);
    }
}
