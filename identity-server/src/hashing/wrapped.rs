//! Known hashes over a digest of the password, or behind another prefix: Django's `bcrypt_sha256$`, `bcrypt$` and
//! `argon2$`, WordPress' `$wp$2y$`.

use super::format::ImportError;
use super::memory::Memory;
use super::{argon2id, bcrypt};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256, Sha384};

/// A stored hash.
#[derive(Debug)]
pub(super) enum Stored {
    /// bcrypt over the hex SHA-256 of the password.
    DjangoSha256(bcrypt::Stored),
    Bcrypt(bcrypt::Stored),
    Argon2(argon2id::Stored),
    /// bcrypt over the base64 HMAC-SHA-384 of the password.
    WordPress(bcrypt::Stored),
}

impl Stored {
    /// Reads a hash; `None` when it is none of these.
    pub(super) fn parse(text: &str) -> Option<Result<Self, ImportError>> {
        if let Some(rest) = text.strip_prefix("bcrypt_sha256$$") {
            return Some(bcrypt::Stored::parse(rest)?.map(Self::DjangoSha256));
        }
        if let Some(rest) = text.strip_prefix("bcrypt$$") {
            return Some(bcrypt::Stored::parse(rest)?.map(Self::Bcrypt));
        }
        if let Some(rest) = text.strip_prefix("argon2$") {
            return Some(argon2id::Stored::parse(rest)?.map(Self::Argon2));
        }
        let rest = text.strip_prefix("$wp$")?;
        Some(bcrypt::Stored::parse(rest)?.map(Self::WordPress))
    }

    pub(super) fn verify(&self, password: &[u8], memory: &Memory) -> bool {
        match self {
            Self::DjangoSha256(stored) => {
                let digest: String = Sha256::digest(password).iter().map(|byte| format!("{byte:02x}")).collect();
                stored.verify(digest.as_bytes())
            }
            Self::Bcrypt(stored) => stored.verify(password),
            Self::Argon2(stored) => stored.verify(password, memory),
            Self::WordPress(stored) => {
                // WordPress trims passwords; a key of any length fits HMAC.
                let Ok(mac) = Hmac::<Sha384>::new_from_slice(b"wp-sha384") else {
                    return false;
                };
                let digest = mac.chain_update(password.trim_ascii()).finalize().into_bytes();
                stored.verify(STANDARD.encode(digest).as_bytes())
            }
        }
    }
}
