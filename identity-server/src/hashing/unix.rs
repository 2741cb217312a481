//! The hashes of Unix' `crypt`, wrapped as Kratos takes them: `$md5-crypt$salt$hash`,
//! `$sha256-crypt$rounds=N$salt$hash`, `$sha512-crypt$…`.

use super::format::{ImportError, equal, number};
use md5::{Digest as _, Md5};
use sha_crypt::{Sha256Params, Sha512Params, sha256_crypt_b64, sha512_crypt_b64};

/// The most rounds that can be imported: seconds of one processor.
const MOST_ROUNDS: u32 = 5_000_000;
const LEAST_ROUNDS: u32 = 1_000;
/// What counts when a hash names no rounds.
const DEFAULT_ROUNDS: u32 = 5_000;
/// The alphabet of `crypt`.
const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// SHA-crypt's work grows with the square of the password's length, so longer ones do not match.
const MAX_PASSWORD: usize = 1024;

#[derive(Clone, Copy, Debug)]
enum Kind {
    Md5,
    Sha256,
    Sha512,
}

/// A stored hash.
#[derive(Debug)]
pub(super) struct Stored {
    kind: Kind,
    rounds: u32,
    salt: String,
    hash: String,
}

impl Stored {
    /// Reads a hash; `None` when it is none of these.
    pub(super) fn parse(text: &str) -> Option<Result<Self, ImportError>> {
        let (name, rest) = text.strip_prefix('$')?.split_once('$')?;
        let kind = match name {
            "md5-crypt" => Kind::Md5,
            "sha256-crypt" => Kind::Sha256,
            "sha512-crypt" => Kind::Sha512,
            _ => return None,
        };
        Some(Self::read(kind, rest))
    }

    fn read(kind: Kind, rest: &str) -> Result<Self, ImportError> {
        let malformed = || ImportError::Malformed("expected $sha512-crypt$rounds=…$salt$hash");
        let (rounds, rest) = match rest.strip_prefix("rounds=") {
            Some(rest) if !matches!(kind, Kind::Md5) => {
                let (rounds, rest) = rest.split_once('$').ok_or_else(malformed)?;
                (number(rounds, MOST_ROUNDS, "the rounds of crypt")?.max(LEAST_ROUNDS), rest)
            }
            _ => (DEFAULT_ROUNDS, rest),
        };
        let (salt, hash) = rest.split_once('$').ok_or_else(malformed)?;
        let (salt_length, hash_length) = match kind {
            Kind::Md5 => (8, 22),
            Kind::Sha256 => (16, 43),
            Kind::Sha512 => (16, 86),
        };
        let fits = salt.len() <= salt_length
            && salt.bytes().all(|byte| byte.is_ascii_graphic())
            && hash.len() == hash_length
            && hash.bytes().all(|byte| ALPHABET.contains(&byte));
        if !fits {
            return Err(malformed());
        }
        Ok(Self { kind, rounds, salt: salt.into(), hash: hash.into() })
    }

    pub(super) fn verify(&self, password: &[u8]) -> bool {
        if password.len() > MAX_PASSWORD {
            return false;
        }
        let (salt, rounds) = (self.salt.as_bytes(), usize::try_from(self.rounds).unwrap_or(usize::MAX));
        let found = match self.kind {
            Kind::Md5 => Some(md5_crypt(password, salt)),
            Kind::Sha256 => {
                Sha256Params::new(rounds).ok().and_then(|params| sha256_crypt_b64(password, salt, &params).ok())
            }
            Kind::Sha512 => {
                Sha512Params::new(rounds).ok().and_then(|params| sha512_crypt_b64(password, salt, &params).ok())
            }
        };
        found.is_some_and(|found| equal(found.as_bytes(), self.hash.as_bytes()))
    }
}

/// The algorithm of FreeBSD's `$1$`, with its odd order of everything.
fn md5_crypt(password: &[u8], salt: &[u8]) -> String {
    let inner = Md5::new().chain_update(password).chain_update(salt).chain_update(password).finalize();
    let mut outer = Md5::new().chain_update(password).chain_update(b"$1$").chain_update(salt);
    for chunk in password.chunks(16) {
        outer.update(&inner[..chunk.len()]);
    }
    let mut bits = password.len();
    while bits > 0 {
        // A zero byte for each set bit, the first letter of the password for each other.
        outer.update(if bits & 1 == 1 { &[0][..] } else { &password[..1] });
        bits >>= 1;
    }
    let mut state = outer.finalize();
    for round in 0..1000 {
        let mut next = Md5::new();
        if round % 2 == 1 {
            next.update(password)
        } else {
            next.update(state)
        }
        if round % 3 != 0 {
            next.update(salt);
        }
        if round % 7 != 0 {
            next.update(password);
        }
        if round % 2 == 1 {
            next.update(state)
        } else {
            next.update(password)
        }
        state = next.finalize();
    }
    let mut out = String::with_capacity(22);
    for [a, b, c] in [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5]] {
        let word = u32::from(state[a]) << 16 | u32::from(state[b]) << 8 | u32::from(state[c]);
        push_letters(&mut out, word, 4);
    }
    push_letters(&mut out, u32::from(state[11]), 2);
    out
}

/// Appends `count` letters of six bits each, lowest first.
pub(super) fn push_letters(out: &mut String, mut word: u32, count: usize) {
    for _ in 0..count {
        out.push(char::from(ALPHABET[(word & 63) as usize]));
        word >>= 6;
    }
}

/// The value of a letter of the alphabet.
pub(super) fn letter_value(letter: u8) -> Option<u32> {
    ALPHABET.iter().position(|known| *known == letter).and_then(|index| u32::try_from(index).ok())
}
