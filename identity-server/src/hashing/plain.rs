//! One round of a digest over password and salt: `$md5$…`, `$sha256$pf=…$salt$hash`, LDAP's `{SSHA256}…` and
//! `$hmac-sha256$…`. They are weak, so a sign-in replaces them at once.

use super::format::{ImportError, equal, padded_base64, unhex};
use hmac::{Hmac, Mac as _};
use md4::Md4;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha224, Sha256, Sha384, Sha512};

#[derive(Clone, Copy, Debug)]
enum Digest {
    Md4,
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl Digest {
    fn named(name: &str) -> Option<Self> {
        match name {
            "md4" => Some(Self::Md4),
            "md5" => Some(Self::Md5),
            "sha1" => Some(Self::Sha1),
            "sha224" => Some(Self::Sha224),
            "sha256" => Some(Self::Sha256),
            "sha384" => Some(Self::Sha384),
            "sha512" => Some(Self::Sha512),
            _ => None,
        }
    }

    const fn length(self) -> usize {
        match self {
            Self::Md4 | Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    fn of(self, text: &[u8]) -> Vec<u8> {
        match self {
            Self::Md4 => Md4::digest(text).to_vec(),
            Self::Md5 => Md5::digest(text).to_vec(),
            Self::Sha1 => Sha1::digest(text).to_vec(),
            Self::Sha224 => Sha224::digest(text).to_vec(),
            Self::Sha256 => Sha256::digest(text).to_vec(),
            Self::Sha384 => Sha384::digest(text).to_vec(),
            Self::Sha512 => Sha512::digest(text).to_vec(),
        }
    }

    fn hmac(self, key: &[u8], text: &[u8]) -> Vec<u8> {
        macro_rules! mac {
            ($digest:ty) => {
                // HMAC takes keys of any length, so this has no error to report.
                Hmac::<$digest>::new_from_slice(key)
                    .map(|mac| mac.chain_update(text).finalize().into_bytes().to_vec())
                    .unwrap_or_default()
            };
        }
        match self {
            Self::Md4 => mac!(Md4),
            Self::Md5 => mac!(Md5),
            Self::Sha1 => mac!(Sha1),
            Self::Sha224 => mac!(Sha224),
            Self::Sha256 => mac!(Sha256),
            Self::Sha384 => mac!(Sha384),
            Self::Sha512 => mac!(Sha512),
        }
    }
}

/// What is digested.
#[derive(Debug)]
enum Input {
    Password,
    /// A text with `{SALT}` and `{PASSWORD}` in it.
    Pattern {
        pattern: Vec<u8>,
        salt: Vec<u8>,
    },
    /// The password and then the salt.
    Ldap {
        salt: Vec<u8>,
    },
    Hmac {
        key: Vec<u8>,
    },
}

/// A stored hash.
#[derive(Debug)]
pub(super) struct Stored {
    digest: Digest,
    input: Input,
    hash: Vec<u8>,
}

impl Stored {
    /// Reads a hash; `None` when it is in none of these formats.
    pub(super) fn parse(text: &str) -> Option<Result<Self, ImportError>> {
        if let Some(rest) = text.strip_prefix('{') {
            let (name, rest) = rest.split_once('}')?;
            let digest = match name {
                "SSHA" => Digest::Sha1,
                "SSHA256" => Digest::Sha256,
                "SSHA512" => Digest::Sha512,
                _ => return None,
            };
            return Some(Self::read_ldap(digest, rest));
        }
        let (name, rest) = text.strip_prefix('$')?.split_once('$')?;
        if let Some(name) = name.strip_prefix("hmac-") {
            return Some(Self::read_hmac(Digest::named(name)?, rest));
        }
        matches!(name, "md5" | "sha1" | "sha256" | "sha512").then_some(())?;
        Some(Self::read_pattern(Digest::named(name)?, rest))
    }

    fn read_ldap(digest: Digest, rest: &str) -> Result<Self, ImportError> {
        let malformed = ImportError::Malformed("expected {SSHA} and base64 of hash and salt");
        match padded_base64(rest) {
            Some(mut hash) if hash.len() > digest.length() => {
                let salt = hash.split_off(digest.length());
                Ok(Self { digest, input: Input::Ldap { salt }, hash })
            }
            _ => Err(malformed),
        }
    }

    fn read_hmac(digest: Digest, rest: &str) -> Result<Self, ImportError> {
        let read = || {
            let (hash, key) = rest.split_once('$')?;
            let hash = unhex(std::str::from_utf8(&padded_base64(hash)?).ok()?)?;
            let key = padded_base64(key)?;
            (hash.len() == digest.length()).then_some(Self { digest, input: Input::Hmac { key }, hash })
        };
        read().ok_or(ImportError::Malformed("expected $hmac-sha256$base64 of the hex digest$base64 of the key"))
    }

    fn read_pattern(digest: Digest, rest: &str) -> Result<Self, ImportError> {
        let read = || {
            let parts: Vec<&str> = rest.split('$').collect();
            let (input, hash) = match parts.as_slice() {
                [hash] => (Input::Password, hash),
                [pattern, salt, hash] => {
                    let pattern = padded_base64(pattern.strip_prefix("pf=")?)?;
                    let has_password = std::str::from_utf8(&pattern).ok()?.contains("{PASSWORD}");
                    has_password.then_some(())?;
                    (Input::Pattern { pattern, salt: padded_base64(salt)? }, hash)
                }
                _ => return None,
            };
            let hash = padded_base64(hash)?;
            (hash.len() == digest.length()).then_some(Self { digest, input, hash })
        };
        read().ok_or(ImportError::Malformed(
            "expected $sha256$pf=base64 of a text with {SALT} and {PASSWORD}$base64 of the salt$base64 of the hash",
        ))
    }

    pub(super) fn verify(&self, password: &[u8]) -> bool {
        let found = match &self.input {
            Input::Password => self.digest.of(password),
            Input::Pattern { pattern, salt } => self.digest.of(&fill_in(pattern, salt, password)),
            Input::Ldap { salt } => self.digest.of(&[password, salt].concat()),
            Input::Hmac { key } => self.digest.hmac(key, password),
        };
        equal(&found, &self.hash)
    }
}

/// The pattern with salt and password in place. What is put in is not searched again: a password may contain
/// `{SALT}`.
fn fill_in(pattern: &[u8], salt: &[u8], password: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(pattern.len() + salt.len() + password.len());
    let mut rest = pattern;
    while let [first, tail @ ..] = rest {
        if let Some(after) = rest.strip_prefix(b"{SALT}") {
            out.extend_from_slice(salt);
            rest = after;
        } else if let Some(after) = rest.strip_prefix(b"{PASSWORD}") {
            out.extend_from_slice(password);
            rest = after;
        } else {
            out.push(*first);
            rest = tail;
        }
    }
    out
}
