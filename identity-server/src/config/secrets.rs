//! `secrets`, and the type of every configured value that must not be shown.

use serde::Deserialize;
use zeroize::Zeroize;

/// A configured secret: wiped when dropped, and `Debug` shows that it is there and nothing else.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps `text`.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself; the caller sees to it that it goes nowhere else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// `secrets`: in each list the first signs or encrypts, all verify or decrypt.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct Secrets {
    pub default: Vec<Secret>,
    pub cookie: Vec<Secret>,
    /// Exactly 32 bytes each.
    pub cipher: Vec<Secret>,
    pub pagination: Vec<Secret>,
}

impl Secrets {
    /// `secrets.cookie`, or `secrets.default` when there is none.
    pub fn cookie_secrets(&self) -> impl Iterator<Item = &Secret> {
        if self.cookie.is_empty() { self.default.iter() } else { self.cookie.iter() }
    }

    /// `secrets.cipher`, or `secrets.default` when there is none, or the cookie secrets.
    pub fn cipher_secrets(&self) -> impl Iterator<Item = &Secret> {
        let lists = [&self.cipher, &self.default, &self.cookie];
        lists.into_iter().find(|list| !list.is_empty()).into_iter().flatten()
    }

    /// `secrets.pagination`, or `secrets.default` when there is none.
    pub fn pagination_secrets(&self) -> impl Iterator<Item = &Secret> {
        if self.pagination.is_empty() { self.default.iter() } else { self.pagination.iter() }
    }
}
