//! Password hashing: the two algorithms that new hashes use, and every format that can be imported.
//!
//! Requirement 11: hashing is bounded. At most `max_concurrent` hashes are computed at a time, on threads of their
//! own; who waits longer than `max_wait` is turned away with [`HashError::Overloaded`].

mod argon2id;
mod bcrypt;
mod format;
mod hasher;
mod pbkdf2;
mod phpass;
mod plain;
mod scrypt;
#[cfg(test)]
mod tests;
mod unix;
mod wrapped;

pub use format::ImportError;
pub use hasher::{Algorithm, Argon2Options, HashError, HashOptions, Hasher};

/// The longest password that bcrypt can take, in bytes.
pub const BCRYPT_MAX_BYTES: usize = bcrypt::MAX_PASSWORD;
