//! Key sets from URLs, kept for a while: fetched by one request for all, looked at again once in a while for a key
//! that is not known, and used a bounded time longer when their URL does not answer.

use crate::{
    effect::{Callout, Effect, Host, Line, Moment, Reply},
    endpoint::Endpoint,
    keys::KeySet,
    state::State,
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Key sets that were fetched.
#[derive(Default)]
pub(crate) struct KeyStore(Mutex<HashMap<String, Fetched>>);

#[derive(Clone)]
struct Fetched {
    /// When a fetch was last begun.
    tried: Moment,
    /// The set and when it came.
    set: Option<(Moment, Arc<KeySet>)>,
}

/// A key that is not in a set is looked for again only after this.
const AGAIN: Duration = Duration::from_secs(5);
/// A set that does not come is asked for again after this.
const RETRY: Duration = Duration::from_secs(1);
/// How long a set may be used when its URL does not answer.
const STALE: Duration = Duration::from_secs(3600);
/// No key set is larger than this.
const MAX_SIZE: usize = 256 * 1024;

/// Where keys come from.
#[derive(Debug)]
pub(crate) struct Source {
    url: String,
    kind: SourceKind,
}

#[derive(Debug)]
enum SourceKind {
    /// Read when the rules were.
    Known(Arc<KeySet>),
    Remote(Arc<Endpoint>),
}

impl Source {
    /// A source by its URL; files were read by whoever made the plan.
    pub(crate) fn compile(url: &str, read: &BTreeMap<String, serde_json::Value>) -> Result<Self, String> {
        let kind = match url.split_once("://") {
            Some(("http" | "https", _)) => SourceKind::Remote(Arc::new(Endpoint::parse(url)?)),
            Some(("file" | "inline", _)) => {
                let set = read.get(url).ok_or_else(|| format!("the key set at {url} was not read"))?;
                SourceKind::Known(Arc::new(KeySet::parse(set.to_string().as_bytes())?))
            }
            _ => return Err(format!("{url:?} names no key set; write file:///path or https://…")),
        };
        Ok(Self { url: url.to_owned(), kind })
    }

    /// What is called for it.
    pub(crate) fn endpoint(&self) -> Option<Arc<Endpoint>> {
        match &self.kind {
            SourceKind::Known(_) => None,
            SourceKind::Remote(endpoint) => Some(Arc::clone(endpoint)),
        }
    }

    /// The set, when it needs no fetch.
    pub(crate) fn known(&self) -> Option<Arc<KeySet>> {
        match &self.kind {
            SourceKind::Known(set) => Some(Arc::clone(set)),
            SourceKind::Remote(_) => None,
        }
    }
}

/// How sets are kept and waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    pub(crate) ttl: Duration,
    pub(crate) wait: Duration,
}

/// The sets of all sources; those that are missing, too old, or lack what `wanted` looks for are fetched, all at once.
pub(crate) async fn sets(
    sources: &[Source],
    patience: Patience,
    wanted: impl Fn(&KeySet) -> bool,
    state: &State,
    host: &Arc<dyn Host>,
    line: &Line,
) -> Vec<Arc<KeySet>> {
    let now = host.now();
    let mut fresh = Vec::new();
    for source in sources {
        match &source.kind {
            SourceKind::Known(set) => fresh.push(Arc::clone(set)),
            SourceKind::Remote(_) => {
                if let Some((came, set)) = state.keys.get(&source.url, state, &**host).and_then(|fetched| fetched.set)
                    && now.saturating_sub(came) < patience.ttl
                {
                    fresh.push(set);
                }
            }
        }
    }
    if fresh.iter().any(|set| wanted(set)) {
        return fresh;
    }
    let due: Vec<Due> = sources
        .iter()
        .filter_map(|source| {
            let SourceKind::Remote(endpoint) = &source.kind else { return None };
            let tried = state
                .keys
                .get(&source.url, state, &**host)
                .map(|fetched| (fetched.tried, fetched.set.map(|(came, _)| came)));
            let due = match tried {
                None => true,
                // Never came, or too old: after a moment. There and lacking the key: after the same moment.
                Some((tried, None)) => now.saturating_sub(tried) >= RETRY,
                Some((tried, Some(came))) => {
                    now.saturating_sub(tried) >= AGAIN || now.saturating_sub(came) >= patience.ttl
                }
            };
            due.then(|| Due { url: source.url.clone(), endpoint: Arc::clone(endpoint), patience })
        })
        .collect();
    fetch(due, state, host, line).await;
    let known = |source: &Source| match &source.kind {
        SourceKind::Known(set) => Some(Arc::clone(set)),
        SourceKind::Remote(_) => {
            let (came, set) = state.keys.get(&source.url, state, &**host)?.set?;
            (now.saturating_sub(came) < STALE).then_some(set)
        }
    };
    sources.iter().filter_map(known).collect()
}

/// A set that is to be fetched.
#[derive(Clone, Debug)]
pub(crate) struct Due {
    url: String,
    endpoint: Arc<Endpoint>,
    patience: Patience,
}

impl Due {
    /// Whether both are the same set.
    pub(crate) fn is_of(&self, other: &Self) -> bool {
        self.url == other.url
    }

    /// Two rules keep one set: the shorter time counts.
    pub(crate) fn hurry(&mut self, other: &Self) {
        self.patience.ttl = self.patience.ttl.min(other.patience.ttl);
        self.patience.wait = self.patience.wait.max(other.patience.wait);
    }
}

impl Source {
    /// What is fetched for it, from time to time.
    pub(crate) fn remote(&self, patience: Patience) -> Option<Due> {
        let endpoint = self.endpoint()?;
        Some(Due { url: self.url.clone(), endpoint, patience })
    }
}

/// Fetches sets before they are too old, so that no request has to wait for them.
pub(crate) async fn keep_fresh(sources: &[Due], state: &State, host: &Arc<dyn Host>, line: &Line) {
    let now = host.now();
    let due = sources.iter().filter(|source| {
        let half = source.patience.ttl / 2;
        match state.keys.get(&source.url, state, &**host) {
            None => true,
            Some(Fetched { tried, set: None }) => now.saturating_sub(tried) >= RETRY,
            Some(Fetched { tried, set: Some((came, _)) }) => {
                now.saturating_sub(came) >= half && now.saturating_sub(tried) >= RETRY
            }
        }
    });
    fetch(due.cloned().collect(), state, host, line).await;
}

/// Fetches sets, all at once. What is no set changes nothing.
async fn fetch(due: Vec<Due>, state: &State, host: &Arc<dyn Host>, line: &Line) {
    if due.is_empty() {
        return;
    }
    let now = host.now();
    let callouts = due.iter().map(|due| Callout {
        endpoint: Arc::clone(&due.endpoint),
        method: "GET".into(),
        target: due.endpoint.target(),
        headers: vec![("accept".into(), b"application/json".to_vec())],
        body: Vec::new(),
        deadline: due.patience.wait,
        share: Some(state.key().part(b"keys").part(due.url.as_bytes()).done()),
    });
    let callouts = callouts.collect();
    for due in &due {
        state.keys.tried(&due.url, now);
    }
    let Reply::Called(answers) = line.ask(Effect::Call(callouts)).await else { return };
    for (due, answer) in due.iter().zip(answers) {
        let body = answer.ok().filter(|answer| answer.status == 200).and_then(|answer| answer.plain_body(MAX_SIZE));
        if let Some(body) = body
            && let Ok(set) = KeySet::parse(&body)
        {
            state.keys.came(&due.url, now, Arc::new(set));
            state.memory.put(&**host, key_of(state, &due.url), stamped(now, &body), now + due.patience.ttl);
        }
    }
}

fn key_of(state: &State, url: &str) -> crate::facts::Id {
    state.key().part(b"key set").part(url.as_bytes()).done()
}

fn stamped(now: Moment, body: &[u8]) -> Vec<u8> {
    let mut out = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX).to_le_bytes().to_vec();
    out.extend_from_slice(body);
    out
}

impl KeyStore {
    /// What is known of a URL, here or from another worker.
    fn get(&self, url: &str, state: &State, host: &dyn Host) -> Option<Fetched> {
        let own = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(url).cloned();
        let bytes = state.memory.get(host, &key_of(state, url));
        let shared = bytes.as_deref().and_then(|bytes| {
            let (stamp, body) = bytes.split_at_checked(8)?;
            let came = Duration::from_nanos(u64::from_le_bytes(stamp.try_into().ok()?));
            Some((came, body))
        });
        let newer =
            |came: Moment| own.as_ref().and_then(|own| own.set.as_ref()).is_none_or(|(before, _)| *before < came);
        if let Some((came, body)) = shared
            && newer(came)
            && let Ok(set) = KeySet::parse(body)
        {
            self.came(url, came, Arc::new(set));
            return self.0.lock().unwrap_or_else(PoisonError::into_inner).get(url).cloned();
        }
        own
    }

    fn tried(&self, url: &str, now: Moment) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.entry(url.to_owned()).or_insert(Fetched { tried: now, set: None }).tried = now;
    }

    fn came(&self, url: &str, now: Moment, set: Arc<KeySet>) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fetched = inner.entry(url.to_owned()).or_insert(Fetched { tried: now, set: None });
        fetched.tried = fetched.tried.max(now);
        fetched.set = Some((now, set));
    }
}
