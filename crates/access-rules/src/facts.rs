//! What session stores said, kept for a while: facts about who is asking, never verdicts.
//!
//! Two kinds of stores. A store with a change feed (the identity server) tells which sessions and identities have
//! changed; its entries live as long as the session, and count only while the feed has been heard within the bound.
//! Any other store's entries live for a fixed time.

use crate::effect::Moment;
use go_template::Value;
use std::{
    collections::{HashMap, VecDeque},
    hash::{BuildHasherDefault, Hasher},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// A UUID as its sixteen bytes.
pub type Id = [u8; 16];

/// Reads a UUID in its usual spelling.
pub fn parse_id(text: &str) -> Option<Id> {
    let mut id = Id::default();
    let mut digits = text.bytes().filter(|b| *b != b'-').map(|b| char::from(b).to_digit(16));
    for byte in &mut id {
        let (high, low) = (digits.next()??, digits.next()??);
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    digits.next().is_none().then_some(id)
}

/// Who is asking.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The subject; never empty.
    pub subject: Arc<str>,
    /// What else the store said.
    pub extra: Value,
    /// The session's id, where the store names one.
    pub session: Option<Id>,
    /// The identity's id, where the store names one.
    pub identity: Option<Id>,
    /// When the session ends by itself.
    pub expires: Option<Moment>,
}

/// How long answers of a store are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keeping {
    /// Whether the change feed covers the store.
    pub feed: bool,
    /// How long a session is kept at most, in milliseconds.
    pub ttl_ms: u64,
    /// How long a refusal (401) is kept, in milliseconds.
    pub refusal_ttl_ms: u64,
}

/// What was kept.
#[derive(Clone, Debug)]
pub enum Kept {
    /// A session.
    Session(Arc<Facts>),
    /// The store knows no such session.
    Refusal,
}

/// The hasher for keys that are random already.
#[derive(Default)]
struct FirstBytes(u64);

impl Hasher for FirstBytes {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().take(8).fold(0, |sum, byte| (sum << 8) | u64::from(*byte));
    }
}

type Places<V> = HashMap<Id, V, BuildHasherDefault<FirstBytes>>;

struct Entry {
    kept: Kept,
    until: Moment,
    feed: bool,
    weight: usize,
    /// Raised on use, lowered when the hand passes: the entry goes when it is met unused.
    used: bool,
}

/// A change in the feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// One session has ended or changed.
    Session(Id),
    /// All sessions of an identity have changed.
    Identity(Id),
}

/// Counts for metrics; they only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Answered from memory.
    pub hits: u64,
    /// Not in memory, or too old.
    pub misses: u64,
    /// Entries dropped because of the feed.
    pub revoked: u64,
    /// Entries dropped for want of room.
    pub evicted: u64,
}

/// Kept answers with bounded memory, and the state of the change feed.
pub struct FactCache(Mutex<Inner>);

struct Inner {
    entries: Places<Entry>,
    hand: VecDeque<Id>,
    by_session: Places<Vec<Id>>,
    by_identity: Places<Vec<Id>>,
    weight: usize,
    max_weight: usize,
    max_entries: usize,
    /// How old the last word of the feed may be.
    bound: Duration,
    /// Everything that changed before this moment is known; `None` before the feed was first heard.
    as_of: Option<Moment>,
    /// Counts the changes that were heard, so that an answer that was under way meanwhile can be told.
    heard: u64,
    /// The changes heard last, with their count.
    recent: VecDeque<(u64, Change)>,
    /// The highest count that has left `recent`.
    forgotten: u64,
    counts: Counts,
}

/// Changes remembered for answers that are under way.
const MAX_RECENT: usize = 4096;

impl FactCache {
    /// An empty cache with bounds on its memory, and on the staleness of entries under the feed.
    pub fn new(max_entries: usize, max_weight: usize, bound: Duration) -> Self {
        Self(Mutex::new(Inner {
            entries: Places::default(),
            hand: VecDeque::new(),
            by_session: Places::default(),
            by_identity: Places::default(),
            weight: 0,
            max_weight,
            max_entries,
            bound,
            as_of: None,
            heard: 0,
            recent: VecDeque::new(),
            forgotten: 0,
            counts: Counts::default(),
        }))
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the bounds; what no longer fits is dropped.
    pub fn configure(&self, max_entries: usize, max_weight: usize, bound: Duration) {
        let mut inner = self.inner();
        (inner.max_entries, inner.max_weight, inner.bound) = (max_entries, max_weight, bound);
        inner.make_room();
    }

    /// What is kept under a key and may still be used.
    pub fn get(&self, key: &Id, now: Moment) -> Option<Kept> {
        let inner = &mut *self.inner();
        let fresh = inner.feed_is_fresh(now);
        let found = match inner.entries.get_mut(key) {
            Some(entry) if entry.until > now && (!entry.feed || fresh) => {
                entry.used = true;
                Some(entry.kept.clone())
            }
            Some(entry) if entry.until <= now => {
                inner.remove(key);
                None
            }
            _ => None,
        };
        match found {
            Some(_) => inner.counts.hits += 1,
            None => inner.counts.misses += 1,
        }
        found
    }

    /// The count of changes heard so far: taken before a store is asked, and handed to [`FactCache::put`]. `None`
    /// before the feed was first heard: an answer to a question from then may miss changes that are never told.
    pub fn mark(&self) -> Option<u64> {
        let inner = self.inner();
        inner.as_of.map(|_| inner.heard)
    }

    /// Keeps a store's answer. `asked` is the moment and `mark` the count of changes when the store was asked: an
    /// answer that a change has overtaken is not kept. Whether it was overtaken is the result.
    pub fn put(&self, key: Id, kept: Kept, keeping: Keeping, asked: Moment, mark: Option<u64>) -> bool {
        let inner = &mut *self.inner();
        let (ids, expires) = match &kept {
            Kept::Session(facts) => {
                ([facts.session.map(Change::Session), facts.identity.map(Change::Identity)], facts.expires)
            }
            Kept::Refusal => ([None, None], None),
        };
        if keeping.feed {
            let Some(mark) = mark else { return false };
            let overtaken = mark < inner.forgotten
                || inner
                    .recent
                    .iter()
                    .rev()
                    .take_while(|(count, _)| *count > mark)
                    .any(|(_, change)| ids.contains(&Some(*change)));
            if overtaken {
                return true;
            }
            // What names no session cannot be revoked.
            if matches!(kept, Kept::Session(_)) && ids == [None, None] {
                return false;
            }
        }
        let ttl = Duration::from_millis(if matches!(kept, Kept::Session(_)) {
            keeping.ttl_ms
        } else {
            keeping.refusal_ttl_ms
        });
        let until = expires.map_or(asked + ttl, |end| end.min(asked + ttl));
        if until <= asked {
            return false;
        }
        let weight = match &kept {
            Kept::Session(facts) => 160 + facts.subject.len() + facts.extra.weight(),
            Kept::Refusal => 96,
        };
        if weight > inner.max_weight / 4 {
            return false;
        }
        inner.remove(&key);
        for id in ids.iter().flatten() {
            inner.index(id).push(key);
        }
        inner.weight += weight;
        inner.hand.push_back(key);
        inner.entries.insert(key, Entry { kept, until, feed: keeping.feed, weight, used: false });
        inner.make_room();
        false
    }

    /// Takes in what the feed said. `as_of` is a moment up to which every change is among those heard so far.
    pub fn hear(&self, changes: &[Change], as_of: Moment) {
        let inner = &mut *self.inner();
        for change in changes {
            inner.heard += 1;
            let count = inner.heard;
            inner.recent.push_back((count, *change));
            if inner.recent.len() > MAX_RECENT
                && let Some((count, _)) = inner.recent.pop_front()
            {
                inner.forgotten = count;
            }
            let keys = std::mem::take(inner.index(change));
            match change {
                Change::Session(id) => inner.by_session.remove(id),
                Change::Identity(id) => inner.by_identity.remove(id),
            };
            for key in keys {
                if inner.remove(&key) {
                    inner.counts.revoked += 1;
                }
            }
        }
        if inner.as_of.is_none_or(|before| as_of > before) {
            inner.as_of = Some(as_of);
        }
    }

    /// The feed has lost its thread: nothing that is kept under it can be trusted, nor what is under way.
    pub fn reset(&self, as_of: Option<Moment>) {
        let inner = &mut *self.inner();
        let gone: Vec<Id> = inner.entries.iter().filter(|(_, entry)| entry.feed).map(|(key, _)| *key).collect();
        for key in gone {
            inner.remove(&key);
        }
        inner.heard += 1;
        inner.forgotten = inner.heard;
        inner.recent.clear();
        inner.as_of = as_of;
    }

    /// How old the last word of the feed is.
    pub fn feed_age(&self, now: Moment) -> Option<Duration> {
        self.inner().as_of.map(|as_of| now.saturating_sub(as_of))
    }

    /// Counts so far, the number of entries, and their weight in bytes.
    pub fn counts(&self) -> (Counts, usize, usize) {
        let inner = self.inner();
        (inner.counts, inner.entries.len(), inner.weight)
    }
}

impl Inner {
    fn feed_is_fresh(&self, now: Moment) -> bool {
        self.as_of.is_some_and(|as_of| now.saturating_sub(as_of) <= self.bound)
    }

    fn index(&mut self, id: &Change) -> &mut Vec<Id> {
        match id {
            Change::Session(id) => self.by_session.entry(*id).or_default(),
            Change::Identity(id) => self.by_identity.entry(*id).or_default(),
        }
    }

    fn remove(&mut self, key: &Id) -> bool {
        let Some(entry) = self.entries.remove(key) else { return false };
        self.weight = self.weight.saturating_sub(entry.weight);
        if let Kept::Session(facts) = &entry.kept {
            for (index, id) in [(&mut self.by_session, facts.session), (&mut self.by_identity, facts.identity)] {
                if let Some(id) = id
                    && let Some(keys) = index.get_mut(&id)
                {
                    keys.retain(|known| known != key);
                    if keys.is_empty() {
                        index.remove(&id);
                    }
                }
            }
        }
        true
    }

    /// Second chance: the hand goes round; what was used since it last came by stays once more.
    fn make_room(&mut self) {
        while self.weight > self.max_weight
            || self.entries.len() > self.max_entries
            || self.hand.len() > 2 * self.max_entries + 16
        {
            let Some(key) = self.hand.pop_front() else { break };
            match self.entries.get_mut(&key) {
                None => {}
                Some(entry) if entry.used => {
                    entry.used = false;
                    self.hand.push_back(key);
                }
                Some(_) => {
                    self.remove(&key);
                    self.counts.evicted += 1;
                }
            }
        }
    }
}
