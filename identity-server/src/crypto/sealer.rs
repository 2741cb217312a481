//! Sealing what has to be read again but must never stand in the database in clear: flows with what was typed into
//! them, mails with their codes, second-factor secrets (requirement 26). XChaCha20-Poly1305 under a key derived
//! from `secrets.cipher`; the row that the value belongs to is associated data, so a sealed value moved to another
//! row cannot be opened there.

use crate::config::Config;
use crate::model::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rand::rngs::StdRng;
use rand::{RngCore as _, SeedableRng as _};
use sha2::{Digest as _, Sha256};
use std::sync::{Arc, PoisonError, RwLock};

const NONCE: usize = 24;
/// Marks the format, so that another one can come beside it.
const MARK: &str = "x1.";

/// Seals and opens. Cheap to clone.
#[derive(Clone)]
pub struct Sealer {
    keys: Arc<RwLock<Arc<[XChaCha20Poly1305]>>>,
}

impl Sealer {
    /// With the configured secrets: the first seals, all open. `secrets.cipher`, else `secrets.default`, else the
    /// cookie secrets.
    ///
    /// # Errors
    /// When no secret at all is configured.
    pub fn from_config(config: &Config) -> Result<Self, &'static str> {
        let secrets: Vec<&str> = config.secrets.cipher_secrets().map(crate::config::Secret::expose).collect();
        if secrets.is_empty() {
            return Err("secrets.cipher: needs at least one secret; `nexus-identity keys generate` makes one");
        }
        Ok(Self::new(&secrets))
    }

    /// With these secrets, newest first.
    #[must_use]
    pub fn new(secrets: &[&str]) -> Self {
        let key = |secret: &&str| {
            let key = Sha256::digest([b"nexus storage seal v1\0".as_slice(), secret.as_bytes()].concat());
            XChaCha20Poly1305::new(&key)
        };
        Self { keys: Arc::new(RwLock::new(secrets.iter().map(key).collect())) }
    }

    /// Takes over the secrets of another configuration, in every clone; without any it stays as it is.
    pub fn renew(&self, config: &Config) {
        if let Ok(fresh) = Self::from_config(config) {
            *self.keys.write().unwrap_or_else(PoisonError::into_inner) = fresh.keys();
        }
    }

    fn keys(&self) -> Arc<[XChaCha20Poly1305]> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// `text` sealed for `place`, e.g. `flow:<id>`.
    #[must_use]
    pub fn seal(&self, place: &str, text: &str) -> String {
        let mut nonce = [0; NONCE];
        StdRng::from_os_rng().fill_bytes(&mut nonce);
        let payload = Payload { msg: text.as_bytes(), aad: place.as_bytes() };
        let sealed = self.keys().first().and_then(|key| key.encrypt(XNonce::from_slice(&nonce), payload).ok());
        let Some(sealed) = sealed else { unreachable!("there is a key, and messages are far from gigabytes") };
        format!("{MARK}{}", URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// What [`Self::seal`] sealed for `place` under any of the secrets; `None` for anything else.
    #[must_use]
    pub fn open(&self, place: &str, sealed: &str) -> Option<Secret> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed.strip_prefix(MARK)?).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE)?;
        self.keys().iter().find_map(|key| {
            let payload = Payload { msg: sealed, aad: place.as_bytes() };
            String::from_utf8(key.decrypt(XNonce::from_slice(nonce), payload).ok()?).ok().map(Secret::from)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_under_an_old_secret_and_at_its_own_place_only() {
        let sealed = Sealer::new(&["old"]).seal("flow:1", "123456");
        let rotated = Sealer::new(&["new", "old"]);
        assert_eq!(rotated.open("flow:1", &sealed).expect("opens").expose(), "123456");
        assert!(rotated.open("flow:2", &sealed).is_none());
        assert!(Sealer::new(&["new"]).open("flow:1", &sealed).is_none());
        assert!(rotated.open("flow:1", "123456").is_none());
    }
}
