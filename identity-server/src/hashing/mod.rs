//! Password hashing: the two algorithms that new hashes use, and every format that can be imported.
//!
//! Requirement 11: hashing is bounded. At most `max_concurrent` hashes are computed at a time, on threads of their
//! own and within a budget of memory; who would wait longer than `max_wait` is turned away with
//! [`HashError::Overloaded`], and at once where that can be told.
//!
//! A password is hashed exactly as it was received (ASVS 6.2.9), without Unicode normalisation: Kratos does so,
//! imported hashes were made so, and a normalisation that turns out wrong cannot be undone.

mod argon2id;
mod bcrypt;
mod format;
mod hasher;
mod memory;
mod pbkdf2;
mod phpass;
mod plain;
mod pool;
mod scrypt;
#[cfg(test)]
mod tests;
mod unix;
mod wrapped;

pub use format::ImportError;
pub use hasher::{Algorithm, Argon2Options, HashError, HashOptions, Hasher};

/// The longest password that bcrypt can take, in bytes.
pub const BCRYPT_MAX_BYTES: usize = bcrypt::MAX_PASSWORD;

/// How busy hashing is.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Hashes that run.
    pub running: usize,
    /// Callers that wait.
    pub waiting: usize,
    /// How many may run at a time.
    pub places: usize,
}
