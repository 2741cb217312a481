//! What outlives a request and a rule set: kept facts, and the secret that hides credentials in their keys.

use crate::{
    facts::{FactCache, Id},
    keep::Memory,
    key_store::KeyStore,
};
use siphasher::sip128::{Hasher128, SipHasher24};
use std::{hash::Hasher, time::Duration};

/// What all requests of a host share.
pub struct State {
    /// Answers of session stores.
    pub facts: FactCache,
    pub(crate) memory: Memory,
    pub(crate) keys: KeyStore,
    secret: [u8; 16],
}

impl State {
    /// A new state; `secret` are sixteen random bytes.
    pub fn new(secret: [u8; 16]) -> Self {
        Self {
            facts: FactCache::new(10_000, 8 << 20, Duration::from_secs(1)),
            memory: Memory::default(),
            keys: KeyStore::default(),
            secret,
        }
    }

    /// A key for something that holds credentials: keyed, so that nobody can find two inputs with one key, and so
    /// that no credential stays in memory.
    pub(crate) fn key(&self) -> KeyMaker {
        KeyMaker(SipHasher24::new_with_key(&self.secret))
    }
}

/// Makes a key from parts; the parts cannot run into each other.
pub(crate) struct KeyMaker(SipHasher24);

impl KeyMaker {
    pub(crate) fn part(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.write(&(bytes.len() as u64).to_le_bytes());
        self.0.write(bytes);
        self
    }

    pub(crate) fn done(&self) -> Id {
        self.0.finish128().as_bytes()
    }
}
