//! The identity server's feed of changed sessions: reading it, and passing it on to all workers of an Envoy.
//!
//! One worker asks (it holds a lease) and publishes what it heard; every worker follows what was published.

use crate::{
    effect::Moment,
    facts::{Change, FactCache, Id, parse_id},
};
use serde::Deserialize;
use std::{collections::VecDeque, time::Duration};

/// An answer of the feed.
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    /// Where to go on.
    pub cursor: String,
    /// The cursor that was asked with is too old: changes may have been missed.
    pub reset: bool,
    /// There are more changes already.
    pub more: bool,
    /// The changes, in order.
    pub changes: Vec<Change>,
}

#[derive(Deserialize)]
struct RawPage {
    cursor: String,
    #[serde(default)]
    reset: bool,
    #[serde(default)]
    more: bool,
    #[serde(default)]
    changes: Vec<RawChange>,
}

#[derive(Deserialize)]
struct RawChange {
    kind: String,
    session_id: Option<String>,
    identity_id: Option<String>,
}

impl Page {
    /// Reads an answer. A change that cannot be understood counts as lost: the page then asks for a reset.
    ///
    /// # Errors
    /// For anything that is no answer of the feed.
    pub fn parse(body: &[u8]) -> Result<Self, String> {
        let raw: RawPage = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        let (mut reset, mut changes) = (raw.reset, Vec::with_capacity(raw.changes.len()));
        for change in raw.changes {
            let id = |text: Option<String>| text.and_then(|text| parse_id(&text));
            let found = match change.kind.as_str() {
                "session" => id(change.session_id).map(Change::Session),
                "identity" => id(change.identity_id).map(Change::Identity),
                _ => None,
            };
            match found {
                Some(change) => changes.push(change),
                None => reset = true,
            }
        }
        Ok(Self { cursor: raw.cursor, reset, more: raw.more, changes })
    }
}

/// Path and query of the next question.
pub fn question(path: &str, cursor: Option<&str>) -> String {
    match cursor {
        Some(cursor) => format!("{path}?limit=1000&since={}", crate::request::form_encoded(cursor)),
        None => format!("{path}?limit=1000"),
    }
}

/// What is published: where the feed stands, and the changes of the last seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// Another one after every reset.
    pub epoch: u64,
    /// The count of the last change.
    pub last: u64,
    /// Every change before this moment is among those counted.
    pub as_of: Moment,
    /// Where to go on.
    pub cursor: String,
    /// The changes heard last, each with the moment when it was heard.
    pub recent: VecDeque<(Moment, Change)>,
}

/// A worker that has not looked for this long starts anew.
const REMEMBERED: Duration = Duration::from_secs(10);
/// More changes than this are not passed on one by one.
const MAX_RECENT: usize = 4096;

impl Published {
    /// Takes in an answer of the feed to a question that was asked at `asked`. `epoch` is a random number for the case
    /// that a new epoch begins.
    pub fn take(&mut self, page: Page, asked: Moment, now: Moment, epoch: u64) {
        if page.reset || self.epoch == 0 {
            self.epoch = epoch.max(1);
            self.last = 0;
            self.recent.clear();
        }
        if !page.reset {
            self.last += page.changes.len() as u64;
            self.recent.extend(page.changes.into_iter().map(|change| (now, change)));
        }
        self.cursor = page.cursor;
        if !page.more {
            self.as_of = asked;
        }
        while self.recent.len() > MAX_RECENT
            || self.recent.front().is_some_and(|(heard, _)| now.saturating_sub(*heard) > REMEMBERED)
        {
            self.recent.pop_front();
        }
    }

    /// As bytes, for the memory that workers share.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64 + self.cursor.len() + self.recent.len() * 25);
        for number in [self.epoch, self.last, nanos(self.as_of), self.cursor.len() as u64] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(self.cursor.as_bytes());
        for (heard, change) in &self.recent {
            let (kind, id) = match change {
                Change::Session(id) => (0u8, id),
                Change::Identity(id) => (1, id),
            };
            out.extend_from_slice(&nanos(*heard).to_le_bytes());
            out.push(kind);
            out.extend_from_slice(id);
        }
        out
    }

    /// From bytes; `None` for what was not made by [`Published::encode`].
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let number = |at: usize| bytes.get(at..at + 8).and_then(|b| b.try_into().ok()).map(u64::from_le_bytes);
        let size = usize::try_from(number(24)?).ok()?;
        let cursor = std::str::from_utf8(bytes.get(32..32usize.checked_add(size)?)?).ok()?.to_owned();
        let mut recent = VecDeque::new();
        for entry in bytes.get(32 + size..)?.chunks(25) {
            let heard = entry.get(..8).and_then(|b| b.try_into().ok()).map(u64::from_le_bytes)?;
            let id: Id = entry.get(9..25)?.try_into().ok()?;
            let change = match entry.get(8)? {
                0 => Change::Session(id),
                1 => Change::Identity(id),
                _ => return None,
            };
            recent.push_back((Duration::from_nanos(heard), change));
        }
        Some(Self { epoch: number(0)?, last: number(8)?, as_of: Duration::from_nanos(number(16)?), cursor, recent })
    }
}

fn nanos(moment: Moment) -> u64 {
    u64::try_from(moment.as_nanos()).unwrap_or(u64::MAX)
}

/// How far a worker has followed what was published.
#[derive(Clone, Copy, Debug, Default)]
pub struct Follower {
    epoch: u64,
    last: u64,
}

impl Follower {
    /// Brings a cache up to what was published.
    pub fn follow(&mut self, published: &Published, facts: &FactCache) {
        let behind = published.last.saturating_sub(self.last);
        let lost =
            published.epoch != self.epoch || published.last < self.last || behind > published.recent.len() as u64;
        if lost {
            facts.reset(Some(published.as_of));
        } else {
            let skip = published.recent.len().saturating_sub(usize::try_from(behind).unwrap_or(usize::MAX));
            let changes: Vec<Change> = published.recent.iter().skip(skip).map(|(_, change)| *change).collect();
            facts.hear(&changes, published.as_of);
        }
        (self.epoch, self.last) = (published.epoch, published.last);
    }
}
