//! The feed of changed sessions inside Envoy: one worker holds a lease and asks; what it hears stands in the memory
//! that workers share, and every worker looks there at each tick.

use crate::{config::FeedConfig, host::random, vm};
use access_rules::{
    Moment,
    facts::FactCache,
    feed::{Follower, Page, Published, question},
};
use proxy_wasm::{hostcalls, types::MapType};
use std::{collections::BTreeMap, time::Duration};

/// Where this worker stands.
#[derive(Default)]
pub(crate) struct FeedState {
    follower: Follower,
    /// The config that the state belongs to.
    config: Option<FeedConfig>,
    asks: Option<Asks>,
    last_asked: Moment,
    me: u64,
    warned: bool,
}

struct Asks {
    token: u32,
    asked: Moment,
}

/// A worker that has not renewed its lease for this long has lost it.
const LEASE: Duration = Duration::from_millis(1500);
const LEASE_KEY: &str = "nexus.feed.lease";

fn key(config: &FeedConfig) -> String {
    format!("nexus.feed.{}{}", config.endpoint.cluster(), config.endpoint.path)
}

/// Follows what was published, and asks when it is this worker's turn.
pub(crate) fn tick(config: &FeedConfig) {
    let now = vm::with(|vm| vm.host.now());
    vm::with(|vm| {
        if vm.feed.config.as_ref() != Some(config) {
            vm.state.facts.reset(None);
            vm.feed = FeedState { config: Some(config.clone()), me: vm.feed.me, ..FeedState::default() };
        }
    });
    let published = read(config);
    if let Some(published) = &published {
        vm::with(|vm| vm.feed.follower.follow(published, &vm.state.facts));
    }
    if holds_lease(now) {
        ask(config, published.as_ref(), now);
    }
}

fn first(bytes: [u8; 16]) -> [u8; 8] {
    let mut out = [0; 8];
    out.iter_mut().zip(bytes).for_each(|(slot, byte)| *slot = byte);
    out
}

fn read(config: &FeedConfig) -> Option<Published> {
    let (bytes, _) = hostcalls::get_shared_data(&key(config)).ok()?;
    Published::decode(&bytes?)
}

/// Takes or keeps the lease. The compare-and-swap makes sure that one worker alone wins.
pub(crate) fn holds_lease(now: Moment) -> bool {
    let me = vm::with(|vm| {
        if vm.feed.me == 0 {
            vm.feed.me = u64::from_le_bytes(first(random())).max(1);
        }
        vm.feed.me
    });
    let (bytes, cas) = hostcalls::get_shared_data(LEASE_KEY).unwrap_or_default();
    let number =
        |bytes: &[u8], at: usize| bytes.get(at..at + 8).and_then(|b| b.try_into().ok()).map(u64::from_le_bytes);
    let held = bytes.as_deref().and_then(|bytes| Some((number(bytes, 0)?, Duration::from_nanos(number(bytes, 8)?))));
    match held {
        Some((holder, until)) if holder == me && until > now + LEASE / 2 => return true,
        Some((holder, until)) if holder != me && until > now => return false,
        _ => {}
    }
    let until = u64::try_from((now + LEASE).as_nanos()).unwrap_or(u64::MAX);
    let mut lease = me.to_le_bytes().to_vec();
    lease.extend_from_slice(&until.to_le_bytes());
    hostcalls::set_shared_data(LEASE_KEY, Some(&lease), cas).is_ok()
}

fn ask(config: &FeedConfig, published: Option<&Published>, now: Moment) {
    let due = vm::with(|vm| vm.feed.asks.is_none() && now.saturating_sub(vm.feed.last_asked) >= config.interval);
    if due {
        send(config, published, now);
    }
}

fn send(config: &FeedConfig, published: Option<&Published>, now: Moment) {
    let target = question(&config.endpoint.path, published.map(|published| published.cursor.as_str()));
    let authority = config.endpoint.authority();
    let headers = vec![
        (":method", "GET"),
        (":path", target.as_str()),
        (":authority", authority.as_str()),
        (":scheme", config.endpoint.scheme()),
        ("accept", "application/json"),
    ];
    vm::with(|vm| vm.feed.last_asked = now);
    match hostcalls::dispatch_http_call(&config.endpoint.cluster(), headers, None, Vec::new(), config.deadline) {
        Ok(token) => vm::with(|vm| vm.feed.asks = Some(Asks { token, asked: now })),
        Err(_) => failed("it cannot be asked"),
    }
}

/// Tells once that the feed fails: from then on, sessions are asked for at the store again.
fn failed(why: &str) {
    if vm::with(|vm| !std::mem::replace(&mut vm.feed.warned, true)) {
        log::warn!(
            "the feed of changed sessions fails ({why}); sessions are not taken from memory until it answers again"
        );
    }
}

/// The answer to a question of the feed; `false` when the call was another one.
pub(crate) fn answered(token: u32, headers: usize, body: usize) -> bool {
    let Some((asked, config, now, epoch)) = vm::with(|vm| {
        if vm.feed.asks.as_ref().is_none_or(|asks| asks.token != token) {
            return None;
        }
        let asked = vm.feed.asks.take()?.asked;
        Some((asked, vm.feed.config.clone()?, vm.host.now(), u64::from_le_bytes(first(random()))))
    }) else {
        return false;
    };
    let status = (headers > 0)
        .then(|| hostcalls::get_map_value_bytes(MapType::HttpCallResponseHeaders, ":status").ok().flatten())
        .flatten();
    if status.as_deref() != Some(b"200") {
        failed(&format!(
            "status {}",
            status.map_or_else(|| "none".into(), |s| String::from_utf8_lossy(&s).into_owned())
        ));
        return true;
    }
    let body = hostcalls::get_buffer(proxy_wasm::types::BufferType::HttpCallResponseBody, 0, body)
        .ok()
        .flatten()
        .unwrap_or_default();
    let page = match Page::parse(&body) {
        Ok(page) => page,
        Err(error) => {
            failed(&format!("its answer cannot be read: {error}"));
            return true;
        }
    };
    if vm::with(|vm| std::mem::replace(&mut vm.feed.warned, false)) {
        log::info!("the feed of changed sessions answers again");
    }
    let more = page.more;
    let mut published = read(&config).unwrap_or_default();
    published.take(page, asked, now, epoch);
    // Only the holder of the lease writes, so there is nobody to compare with.
    let _ = hostcalls::set_shared_data(&key(&config), Some(&published.encode()), None);
    vm::with(|vm| vm.feed.follower.follow(&published, &vm.state.facts));
    if more {
        send(&config, Some(&published), now);
    }
    true
}

/// Numbers for Envoy's statistics: counters by their growth, gauges by their value.
#[derive(Default)]
pub(crate) struct Metrics {
    ids: BTreeMap<&'static str, u32>,
    told: access_rules::facts::Counts,
}

impl Metrics {
    /// Brings Envoy's statistics up to date.
    pub(crate) fn tick(&mut self, facts: &FactCache, now: Moment) {
        use proxy_wasm::types::MetricType::{Counter, Gauge};
        let ((counts, entries, bytes), age) = (facts.counts(), facts.feed_age(now));
        let told = std::mem::replace(&mut self.told, counts);
        for (name, growth) in [
            ("nexus.session_cache.hits", counts.hits - told.hits),
            ("nexus.session_cache.misses", counts.misses - told.misses),
            ("nexus.session_cache.revoked", counts.revoked - told.revoked),
            ("nexus.session_cache.evicted", counts.evicted - told.evicted),
        ] {
            if let (Some(id), Ok(growth)) = (self.id(Counter, name), i64::try_from(growth))
                && growth > 0
            {
                let _ = hostcalls::increment_metric(id, growth);
            }
        }
        let age = age.map_or(u64::MAX, |age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX));
        for (name, value) in [
            ("nexus.session_cache.entries", entries as u64),
            ("nexus.session_cache.bytes", bytes as u64),
            ("nexus.session_feed.age_ms", age),
        ] {
            if let Some(id) = self.id(Gauge, name) {
                let _ = hostcalls::record_metric(id, value);
            }
        }
    }

    fn id(&mut self, kind: proxy_wasm::types::MetricType, name: &'static str) -> Option<u32> {
        if let Some(id) = self.ids.get(name) {
            return Some(*id);
        }
        let id = hostcalls::define_metric(kind, name).ok()?;
        self.ids.insert(name, id);
        Some(id)
    }
}
