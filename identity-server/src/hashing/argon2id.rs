//! Argon2 (RFC 9106): `$argon2id$v=19$m=65536,t=2,p=1$salt$hash`, also `$argon2i$`.

use super::Argon2Options;
use super::format::{ImportError, equal, number, parameters, raw_base64};
use super::memory::Memory;
use argon2::{Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// Bounds of what can be imported, as in Kratos: an import must not be a way to tie the server up.
const MOST_MEMORY_KIB: u32 = 1024 * 1024;
const MOST_ITERATIONS: u32 = 10;
const MOST_LANES: u32 = 16;

/// A stored hash.
#[derive(Debug)]
pub(super) struct Stored {
    algorithm: argon2::Algorithm,
    version: Version,
    memory_kib: u32,
    iterations: u32,
    parallelism: u32,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Stored {
    /// Reads what follows the first `$`; `None` when it is no Argon2.
    pub(super) fn parse(body: &str) -> Option<Result<Self, ImportError>> {
        let (name, rest) = body.split_once('$')?;
        let algorithm = match name {
            "argon2id" => argon2::Algorithm::Argon2id,
            "argon2i" => argon2::Algorithm::Argon2i,
            _ => return None,
        };
        Some(Self::read(algorithm, rest))
    }

    fn read(algorithm: argon2::Algorithm, rest: &str) -> Result<Self, ImportError> {
        let malformed = || ImportError::Malformed("expected $argon2id$v=19$m=…,t=…,p=…$salt$hash");
        let parts: Vec<&str> = rest.split('$').collect();
        let [version, settings, salt, hash] = parts.as_slice() else {
            return Err(malformed());
        };
        let version = match *version {
            "v=19" => Version::V0x13,
            "v=16" => Version::V0x10,
            _ => return Err(malformed()),
        };
        let [memory_kib, iterations, parallelism] = parameters(settings, ["m", "t", "p"]).ok_or_else(malformed)?;
        let stored = Self {
            algorithm,
            version,
            memory_kib: number(memory_kib, MOST_MEMORY_KIB, "the memory of Argon2 (m, in KiB)")?,
            iterations: number(iterations, MOST_ITERATIONS, "the iterations of Argon2 (t)")?,
            parallelism: number(parallelism, MOST_LANES, "the parallelism of Argon2 (p)")?,
            salt: raw_base64(salt).ok_or_else(malformed)?,
            hash: raw_base64(hash).ok_or_else(malformed)?,
        };
        stored.context().map_err(|_| malformed())?;
        if stored.salt.len() < argon2::MIN_SALT_LEN { Err(malformed()) } else { Ok(stored) }
    }

    fn context(&self) -> Result<Argon2<'static>, argon2::Error> {
        let params = Params::new(self.memory_kib, self.iterations, self.parallelism, Some(self.hash.len()))?;
        Ok(Argon2::new(self.algorithm, self.version, params))
    }

    /// In bytes.
    pub(super) fn memory(&self) -> usize {
        usize::try_from(self.memory_kib).unwrap_or(usize::MAX >> 10) << 10
    }

    pub(super) fn verify(&self, password: &[u8], memory: &Memory) -> bool {
        let mut found = vec![0; self.hash.len()];
        let Ok(context) = self.context() else {
            return false;
        };
        compute(&context, &self.salt, password, &mut found, memory).is_ok() && equal(&found, &self.hash)
    }

    pub(super) fn is_weaker_than(&self, wanted: &Argon2Options) -> bool {
        self.algorithm != argon2::Algorithm::Argon2id
            || self.version != Version::V0x13
            || self.memory_kib < wanted.memory_kib
            || self.iterations < wanted.iterations
            || self.hash.len() < usize::try_from(wanted.key_length).unwrap_or(usize::MAX)
    }
}

fn context(options: &Argon2Options) -> Result<Argon2<'static>, String> {
    let length = usize::try_from(options.key_length).map_err(|error| error.to_string())?;
    let params = Params::new(options.memory_kib, options.iterations, options.parallelism, Some(length))
        .map_err(|error| format!("hashers.argon2 cannot be used: {error}"))?;
    Ok(Argon2::new(argon2::Algorithm::Argon2id, Version::V0x13, params))
}

fn compute(
    context: &Argon2<'_>,
    salt: &[u8],
    password: &[u8],
    out: &mut [u8],
    memory: &Memory,
) -> Result<(), argon2::Error> {
    memory.with(context.params().block_count(), |blocks| {
        context.hash_password_into_with_memory(password, salt, out, blocks)
    })
}

/// Whether Argon2 can run with these options.
pub(super) fn check(options: &Argon2Options) -> Result<(), String> {
    if options.parallelism > MOST_LANES || options.memory_kib > MOST_MEMORY_KIB || options.salt_length > 64 {
        return Err("hashers.argon2 asks for more than 1 GiB, 16 lanes or a salt of 64 bytes".into());
    }
    context(options).map(|_| ())
}

/// A new hash.
pub(super) fn hash(options: &Argon2Options, salt: &[u8], password: &[u8], memory: &Memory) -> Result<String, String> {
    let mut out = vec![0; usize::try_from(options.key_length).map_err(|error| error.to_string())?];
    compute(&context(options)?, salt, password, &mut out, memory).map_err(|error| error.to_string())?;
    Ok(format!(
        "$argon2id$v=19$m={},t={},p={}${}${}",
        options.memory_kib,
        options.iterations,
        options.parallelism,
        STANDARD_NO_PAD.encode(salt),
        STANDARD_NO_PAD.encode(&out)
    ))
}
