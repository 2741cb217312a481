//! Telling the formats of stored hashes apart, and what their parsers share.

use super::memory::Memory;
use super::{argon2id, bcrypt, pbkdf2, phpass, plain, scrypt, unix, wrapped};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use subtle::ConstantTimeEq as _;

/// Why a hash cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// No known format begins like this.
    #[error("the password hash does not match any known hash format")]
    UnknownFormat,
    /// The format is known, but its parts are not as expected. Says what is expected.
    #[error("the password hash could not be parsed: {0}")]
    Malformed(&'static str),
    /// Checking it would take too long or too much memory.
    #[error("the password hash is too expensive to check: {0}")]
    TooExpensive(String),
}

/// A stored hash of any format.
#[derive(Debug)]
pub(super) enum Stored {
    Argon2(argon2id::Stored),
    Bcrypt(bcrypt::Stored),
    Pbkdf2(pbkdf2::Stored),
    Scrypt(scrypt::Stored),
    Plain(plain::Stored),
    Unix(unix::Stored),
    Phpass(phpass::Stored),
    Wrapped(wrapped::Stored),
}

impl Stored {
    /// Reads a stored hash.
    pub(super) fn parse(hash: &str) -> Result<Self, ImportError> {
        let own = |body: &str| {
            bcrypt::Stored::parse(body)
                .map(|stored| stored.map(Self::Bcrypt))
                .or_else(|| argon2id::Stored::parse(body).map(|stored| stored.map(Self::Argon2)))
        };
        hash.strip_prefix('$')
            .and_then(own)
            .or_else(|| pbkdf2::Stored::parse(hash).map(|stored| stored.map(Self::Pbkdf2)))
            .or_else(|| scrypt::Stored::parse(hash).map(|stored| stored.map(Self::Scrypt)))
            .or_else(|| plain::Stored::parse(hash).map(|stored| stored.map(Self::Plain)))
            .or_else(|| unix::Stored::parse(hash).map(|stored| stored.map(Self::Unix)))
            .or_else(|| phpass::Stored::parse(hash).map(|stored| stored.map(Self::Phpass)))
            .or_else(|| wrapped::Stored::parse(hash).map(|stored| stored.map(Self::Wrapped)))
            .unwrap_or(Err(ImportError::UnknownFormat))
    }

    /// How many bytes of memory a check takes; what is little counts as nothing.
    pub(super) fn memory(&self) -> usize {
        match self {
            Self::Argon2(stored) | Self::Wrapped(wrapped::Stored::Argon2(stored)) => stored.memory(),
            Self::Scrypt(stored) => stored.memory(),
            _ => 0,
        }
    }

    /// Whether `password` is the one that was hashed.
    pub(super) fn verify(&self, password: &[u8], memory: &Memory) -> bool {
        match self {
            Self::Argon2(stored) => stored.verify(password, memory),
            Self::Bcrypt(stored) => stored.verify(password),
            Self::Pbkdf2(stored) => stored.verify(password),
            Self::Scrypt(stored) => stored.verify(password),
            Self::Plain(stored) => stored.verify(password),
            Self::Unix(stored) => stored.verify(password),
            Self::Phpass(stored) => stored.verify(password),
            Self::Wrapped(stored) => stored.verify(password, memory),
        }
    }
}

/// Compares in constant time (requirement 28).
pub(super) fn equal(found: &[u8], expected: &[u8]) -> bool {
    !expected.is_empty() && bool::from(found.ct_eq(expected))
}

/// Base64 without padding, not empty.
pub(super) fn raw_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD_NO_PAD.decode(text).ok().filter(|bytes| !bytes.is_empty())
}

/// Base64 with padding; may be empty.
pub(super) fn padded_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Hex digits, not empty.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    if text.is_empty() || !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

/// The values of `a=1,b=2` for these keys in this order.
pub(super) fn parameters<'a, const N: usize>(text: &'a str, keys: [&str; N]) -> Option<[&'a str; N]> {
    let mut values = [""; N];
    let mut parts = text.split(',');
    for (value, key) in values.iter_mut().zip(keys) {
        *value = parts.next()?.strip_prefix(key)?.strip_prefix('=')?;
    }
    parts.next().is_none().then_some(values)
}

/// A positive number of at most `most`; `what` names it.
pub(super) fn number(text: &str, most: u32, what: &str) -> Result<u32, ImportError> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ImportError::Malformed("expected positive numbers as parameters"));
    }
    match text.parse::<u32>() {
        Ok(0) => Err(ImportError::Malformed("expected positive numbers as parameters")),
        Ok(value) if value <= most => Ok(value),
        _ => Err(ImportError::TooExpensive(format!("{what} is {text}, at most {most} is allowed"))),
    }
}
