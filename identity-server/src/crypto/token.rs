//! Random ids, tokens and codes.

use crate::model::Secret;
use rand::{Rng, RngCore};
use uuid::Uuid;

const ALPHANUMERIC: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A version 4 UUID (RFC 9562 §5.4) from `rng`.
pub fn uuid(rng: &mut impl RngCore) -> Uuid {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// `length` letters and digits: 5.95 bits each.
pub fn alphanumeric(rng: &mut impl RngCore, length: usize) -> String {
    (0..length).map(|_| char::from(ALPHANUMERIC[rng.random_range(0..ALPHANUMERIC.len())])).collect()
}

/// A session token, `ory_st_` and 32 letters and digits (190 bits).
pub fn session_token(rng: &mut impl RngCore) -> Secret {
    Secret::new(format!("ory_st_{}", alphanumeric(rng, 32)))
}

/// A one-time code of six digits (20 bits).
pub fn six_digits(rng: &mut impl RngCore) -> Secret {
    Secret::new(format!("{:06}", rng.random_range(0..1_000_000u32)))
}
