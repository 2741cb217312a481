//! PBKDF2 (RFC 8018) in three spellings: `$pbkdf2-sha256$i=N,l=LEN$salt$hash`, Django's
//! `pbkdf2_sha256$N$salt$hash` and werkzeug's `pbkdf2:sha256:N$salt$hex`.

use super::format::{ImportError, equal, number, padded_base64, parameters, raw_base64, unhex};
use hmac::Hmac;
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use sha3::{Sha3_224, Sha3_384};

/// The most rounds that can be imported, as in Kratos.
const MOST_ROUNDS: u32 = 10_000_000;
/// Longer keys only cost time.
const MOST_LENGTH: u32 = 128;

#[derive(Clone, Copy, Debug)]
enum Digest {
    Sha1,
    /// What Kratos calls `sha224` is SHA3-224.
    Sha3With224,
    Sha256,
    /// What Kratos calls `sha384` is SHA3-384.
    Sha3With384,
    Sha512,
}

/// A stored hash.
#[derive(Debug)]
pub(super) struct Stored {
    digest: Digest,
    rounds: u32,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Stored {
    /// Reads a hash; `None` when it is in none of the three spellings.
    pub(super) fn parse(text: &str) -> Option<Result<Self, ImportError>> {
        if let Some(rest) = text.strip_prefix("$pbkdf2-") {
            let (name, rest) = rest.split_once('$')?;
            let digest = match name {
                "sha1" => Digest::Sha1,
                "sha224" => Digest::Sha3With224,
                "sha256" => Digest::Sha256,
                "sha384" => Digest::Sha3With384,
                "sha512" => Digest::Sha512,
                _ => return None,
            };
            return Some(Self::read_phc(digest, rest));
        }
        if let Some(rest) = text.strip_prefix("pbkdf2_") {
            let (name, rest) = rest.split_once('$')?;
            return Some(Self::read_django(plain_digest(name)?, rest));
        }
        let (name, rest) = text.strip_prefix("pbkdf2:")?.split_once(':')?;
        Some(Self::read_werkzeug(plain_digest(name)?, rest))
    }

    fn read_phc(digest: Digest, rest: &str) -> Result<Self, ImportError> {
        let malformed = || ImportError::Malformed("expected $pbkdf2-sha256$i=…,l=…$salt$hash");
        let parts: Vec<&str> = rest.split('$').collect();
        let [settings, salt, hash] = parts.as_slice() else {
            return Err(malformed());
        };
        let [rounds, length] = parameters(settings, ["i", "l"]).ok_or_else(malformed)?;
        let length = number(length, MOST_LENGTH, "the length of PBKDF2 (l)")?;
        let stored = Self {
            digest,
            rounds: number(rounds, MOST_ROUNDS, "the rounds of PBKDF2 (i)")?,
            salt: raw_base64(salt).ok_or_else(malformed)?,
            hash: raw_base64(hash).ok_or_else(malformed)?,
        };
        if usize::try_from(length).is_ok_and(|length| length == stored.hash.len()) {
            Ok(stored)
        } else {
            Err(malformed())
        }
    }

    fn read_django(digest: Digest, rest: &str) -> Result<Self, ImportError> {
        let malformed = || ImportError::Malformed("expected pbkdf2_sha256$rounds$salt$hash");
        let parts: Vec<&str> = rest.split('$').collect();
        let [rounds, salt, hash] = parts.as_slice() else {
            return Err(malformed());
        };
        let rounds = number(rounds, MOST_ROUNDS, "the rounds of PBKDF2")?;
        let hash = padded_base64(hash).filter(|hash| !hash.is_empty()).ok_or_else(malformed)?;
        Self::of_text_salt(digest, rounds, salt, hash).ok_or_else(malformed)
    }

    fn read_werkzeug(digest: Digest, rest: &str) -> Result<Self, ImportError> {
        let malformed = || ImportError::Malformed("expected pbkdf2:sha256:rounds$salt$hash");
        let parts: Vec<&str> = rest.split('$').collect();
        let [rounds, salt, hash] = parts.as_slice() else {
            return Err(malformed());
        };
        let rounds = number(rounds, MOST_ROUNDS, "the rounds of PBKDF2")?;
        let hash = unhex(hash).ok_or_else(malformed)?;
        Self::of_text_salt(digest, rounds, salt, hash).ok_or_else(malformed)
    }

    fn of_text_salt(digest: Digest, rounds: u32, salt: &str, hash: Vec<u8>) -> Option<Self> {
        let fits = !salt.is_empty() && u32::try_from(hash.len()).is_ok_and(|length| length <= MOST_LENGTH);
        fits.then(|| Self { digest, rounds, salt: salt.as_bytes().to_vec(), hash })
    }

    pub(super) fn verify(&self, password: &[u8]) -> bool {
        let mut found = vec![0; self.hash.len()];
        let (salt, rounds) = (&self.salt, self.rounds);
        let done = match self.digest {
            Digest::Sha1 => ::pbkdf2::pbkdf2::<Hmac<Sha1>>(password, salt, rounds, &mut found),
            Digest::Sha3With224 => ::pbkdf2::pbkdf2::<Hmac<Sha3_224>>(password, salt, rounds, &mut found),
            Digest::Sha256 => ::pbkdf2::pbkdf2::<Hmac<Sha256>>(password, salt, rounds, &mut found),
            Digest::Sha3With384 => ::pbkdf2::pbkdf2::<Hmac<Sha3_384>>(password, salt, rounds, &mut found),
            Digest::Sha512 => ::pbkdf2::pbkdf2::<Hmac<Sha512>>(password, salt, rounds, &mut found),
        };
        done.is_ok() && equal(&found, &self.hash)
    }
}

/// The digests of Django and werkzeug, where the names mean what they say.
fn plain_digest(name: &str) -> Option<Digest> {
    match name {
        "sha1" => Some(Digest::Sha1),
        "sha256" => Some(Digest::Sha256),
        "sha512" => Some(Digest::Sha512),
        _ => None,
    }
}
