//! PHPass, the "portable" hashes of WordPress and phpBB (`$P$`, `$H$`, MD5), and Drupal 7's `$S$` (SHA-512). One
//! letter gives the exponent of the rounds, eight more are the salt.

use super::format::{ImportError, equal};
use super::unix::{letter_value, push_letters};
use md5::{Digest as _, Md5};
use sha2::Sha512;

/// PHPass itself goes from 7 to 30; beyond 2^19 a check would take seconds.
const EXPONENTS: std::ops::RangeInclusive<u32> = 7..=19;
/// Drupal hashes nothing longer.
const MAX_PASSWORD: usize = 4096;

/// A stored hash.
#[derive(Debug)]
pub(super) struct Stored {
    is_drupal: bool,
    exponent: u32,
    salt: String,
    hash: String,
}

impl Stored {
    /// Reads a hash; `None` when it is none of these.
    pub(super) fn parse(text: &str) -> Option<Result<Self, ImportError>> {
        let is_drupal = text.starts_with("$S$");
        let rest = text.strip_prefix("$S$").or(text.strip_prefix("$P$")).or(text.strip_prefix("$H$"))?;
        Some(Self::read(is_drupal, rest))
    }

    fn read(is_drupal: bool, rest: &str) -> Result<Self, ImportError> {
        let malformed = || ImportError::Malformed("expected $P$, a letter, 8 letters of salt and the hash");
        let length = if is_drupal { 52 } else { 31 };
        if rest.len() != length || !rest.bytes().all(|letter| letter_value(letter).is_some()) {
            return Err(malformed());
        }
        let exponent = rest.bytes().next().and_then(letter_value).ok_or_else(malformed)?;
        if exponent > *EXPONENTS.end() {
            let limit = EXPONENTS.end();
            return Err(ImportError::TooExpensive(format!(
                "it has 2^{exponent} rounds, at most 2^{limit} are allowed"
            )));
        }
        if !EXPONENTS.contains(&exponent) {
            return Err(malformed());
        }
        Ok(Self { is_drupal, exponent, salt: rest[1..9].into(), hash: rest[9..].into() })
    }

    pub(super) fn verify(&self, password: &[u8]) -> bool {
        if password.len() > MAX_PASSWORD {
            return false;
        }
        let digest = |text: &[u8]| {
            if self.is_drupal { Sha512::digest(text).to_vec() } else { Md5::digest(text).to_vec() }
        };
        let mut state = digest(&[self.salt.as_bytes(), password].concat());
        for _ in 0..1u32 << self.exponent {
            state = digest(&[&state, password].concat());
        }
        let mut found = String::new();
        for chunk in state.chunks(3) {
            let word = chunk.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte));
            push_letters(&mut found, word, chunk.len() + 1);
        }
        // Drupal cuts its hashes to 55 characters in all.
        found.truncate(self.hash.len());
        equal(found.as_bytes(), self.hash.as_bytes())
    }
}
