//! Answers kept for a fixed time: introspection, client credentials, hydrated sessions, signed tokens, key sets.
//!
//! Each worker keeps its own; the host may pass them on between workers. Keys are keyed hashes of everything that can
//! change the answer.

use crate::{
    effect::{Host, Moment},
    facts::Id,
};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

struct Entry {
    bytes: Arc<[u8]>,
    until: Moment,
}

#[derive(Default)]
struct Inner {
    entries: HashMap<Id, Entry>,
    order: VecDeque<Id>,
    weight: usize,
}

/// Answers kept for a fixed time, with bounded memory: the oldest go first.
#[derive(Default)]
pub(crate) struct Memory(Mutex<Inner>);

/// Bytes that are kept.
const MAX_WEIGHT: usize = 8 << 20;
const OVERHEAD: usize = 96;

impl Memory {
    /// What is kept under a key, here or by another worker.
    pub(crate) fn get(&self, host: &dyn Host, key: &Id) -> Option<Arc<[u8]>> {
        let now = host.now();
        {
            let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(entry) = inner.entries.get(key)
                && entry.until > now
            {
                return Some(Arc::clone(&entry.bytes));
            }
        }
        let (bytes, until) = host.recall(key)?;
        if until <= now {
            return None;
        }
        let bytes: Arc<[u8]> = bytes.into();
        self.keep(*key, Arc::clone(&bytes), until);
        Some(bytes)
    }

    /// Keeps something until a moment, here and for other workers.
    pub(crate) fn put(&self, host: &dyn Host, key: Id, bytes: Vec<u8>, until: Moment) {
        if until <= host.now() || bytes.len() > MAX_WEIGHT / 16 {
            return;
        }
        host.remember(&key, &bytes, until);
        self.keep(key, bytes.into(), until);
    }

    fn keep(&self, key: Id, bytes: Arc<[u8]>, until: Moment) {
        let inner = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.weight += bytes.len() + OVERHEAD;
        if let Some(old) = inner.entries.insert(key, Entry { bytes, until }) {
            inner.weight = inner.weight.saturating_sub(old.bytes.len() + OVERHEAD);
        } else {
            inner.order.push_back(key);
        }
        while inner.weight > MAX_WEIGHT {
            let Some(oldest) = inner.order.pop_front() else { break };
            if let Some(old) = inner.entries.remove(&oldest) {
                inner.weight = inner.weight.saturating_sub(old.bytes.len() + OVERHEAD);
            }
        }
    }
}
