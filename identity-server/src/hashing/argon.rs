//! Argon2 (RFC 9106) in PHC strings.

use super::HashError;
use crate::config;
use crate::model::Secret;
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};

/// Bounds for hashes from elsewhere: a login must not cost more than this.
const MAX_MEMORY_KIB: u32 = 1 << 20;
const MAX_ITERATIONS: u32 = 10;
const MAX_PARALLELISM: u32 = 16;

/// The costs of new hashes.
#[derive(Clone)]
pub(super) struct Parameters {
    memory_kib: u32,
    iterations: u32,
    parallelism: u32,
    salt_length: usize,
    key_length: usize,
}

impl Parameters {
    /// What is configured, but no less than OWASP's minimum of 19 MiB and two passes (requirement 9).
    pub(super) fn from_config(config: &config::Argon2) -> Self {
        Self {
            memory_kib: u32::try_from(config.memory >> 10).unwrap_or(MAX_MEMORY_KIB).clamp(19 << 10, MAX_MEMORY_KIB),
            iterations: config.iterations.clamp(if config.memory >= 46 << 20 { 1 } else { 2 }, MAX_ITERATIONS),
            parallelism: config.parallelism.clamp(1, MAX_PARALLELISM),
            salt_length: (config.salt_length as usize).clamp(16, 48),
            key_length: (config.key_length as usize).clamp(16, 64),
        }
    }

    pub(super) fn hash(&self, password: &Secret) -> Result<String, HashError> {
        use rand::{RngCore as _, SeedableRng as _};
        let failed = |error: &dyn std::fmt::Display| HashError::Failed(error.to_string());
        let parameters = Params::new(self.memory_kib, self.iterations, self.parallelism, Some(self.key_length))
            .map_err(|error| failed(&error))?;
        let mut salt = vec![0; self.salt_length];
        rand::rngs::StdRng::from_os_rng().fill_bytes(&mut salt);
        let salt = SaltString::encode_b64(&salt).map_err(|error| failed(&error))?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
        let hash = argon.hash_password(password.expose().as_bytes(), &salt).map_err(|error| failed(&error))?;
        Ok(hash.to_string())
    }

    /// Whether a hash is of another kind or of lower costs than new ones.
    pub(super) fn is_stronger_than(&self, encoded: &str) -> bool {
        let Ok(hash) = PasswordHash::new(encoded) else {
            return true;
        };
        let Ok(found) = Params::try_from(&hash) else {
            return true;
        };
        hash.algorithm.as_str() != "argon2id" || found.m_cost() < self.memory_kib || found.t_cost() < self.iterations
    }
}

/// Whether a hash can be read and stays within bounds.
pub(super) fn check(encoded: &str) -> Result<(), String> {
    let hash = PasswordHash::new(encoded).map_err(|error| error.to_string())?;
    Algorithm::try_from(hash.algorithm).map_err(|error| error.to_string())?;
    let found = Params::try_from(&hash).map_err(|error| error.to_string())?;
    let fits =
        found.m_cost() <= MAX_MEMORY_KIB && found.t_cost() <= MAX_ITERATIONS && found.p_cost() <= MAX_PARALLELISM;
    if fits { Ok(()) } else { Err("its costs are above 1 GiB, 10 passes or 16 lanes".into()) }
}

/// Whether `password` is the one of `encoded`; compared in constant time.
pub(super) fn verify(password: &Secret, encoded: &str) -> Result<bool, HashError> {
    check(encoded).map_err(HashError::Failed)?;
    let hash = PasswordHash::new(encoded).map_err(|error| HashError::Failed(error.to_string()))?;
    match Argon2::default().verify_password(password.expose().as_bytes(), &hash) {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::Password) => Ok(false),
        Err(error) => Err(HashError::Failed(error.to_string())),
    }
}
