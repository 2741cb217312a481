//! `hashers` and `ciphers`.

use super::size;
use serde::Deserialize;

/// `hashers`. Kratos' default is bcrypt; ours is Argon2id, and bcrypt hashes verify all the same.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct Hashers {
    pub algorithm: HashAlgorithm,
    pub argon2: Argon2,
    pub bcrypt: Bcrypt,
}

/// What new passwords are hashed with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum HashAlgorithm {
    #[default]
    Argon2,
    Bcrypt,
}

/// `hashers.argon2`; the default is OWASP's first choice: 19 MiB, two passes, one lane.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Argon2 {
    /// In bytes.
    #[serde(deserialize_with = "size::de")]
    pub memory: u64,
    /// Passes.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
    /// In bytes.
    pub salt_length: u32,
    /// In bytes.
    pub key_length: u32,
}

impl Default for Argon2 {
    fn default() -> Self {
        Self { memory: 19 << 20, iterations: 2, parallelism: 1, salt_length: 16, key_length: 32 }
    }
}

/// `hashers.bcrypt`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Bcrypt {
    /// The base-2 logarithm of the number of rounds.
    pub cost: u32,
}

impl Default for Bcrypt {
    fn default() -> Self {
        Self { cost: 12 }
    }
}

/// `ciphers`: how stored secrets are encrypted.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct Ciphers {
    pub algorithm: CipherAlgorithm,
}

/// `ciphers.algorithm`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CipherAlgorithm {
    /// Nothing is encrypted.
    Noop,
    /// AES-256-GCM.
    Aes,
    /// XChaCha20-Poly1305; our default, where Kratos' is `noop`.
    #[default]
    #[serde(rename = "xchacha20-poly1305")]
    XChaCha20Poly1305,
}
