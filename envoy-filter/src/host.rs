//! Clock and randomness of Envoy.

use access_rules::{Host, Moment};
use proxy_wasm::hostcalls;
use std::time::{Duration, UNIX_EPOCH};

/// The host of the engine.
pub(crate) struct Envoy;

impl Host for Envoy {
    fn now(&self) -> Moment {
        // Without a clock nothing is fresh: the end of time makes every kept fact too old.
        hostcalls::get_current_time()
            .ok()
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
            .unwrap_or(Duration::MAX)
    }

    fn random(&self) -> [u8; 16] {
        random()
    }

    fn recall(&self, key: &[u8; 16]) -> Option<(Vec<u8>, Moment)> {
        let (bytes, _) = hostcalls::get_shared_data(&bucket(key)).ok()?;
        records(&bytes?)
            .find(|record| record.key == key)
            .map(|record| (record.bytes.to_vec(), Duration::from_nanos(record.until)))
    }

    fn remember(&self, key: &[u8; 16], bytes: &[u8], until: Moment) {
        let name = bucket(key);
        let (before, cas) = hostcalls::get_shared_data(&name).unwrap_or_default();
        let now = u64::try_from(self.now().as_nanos()).unwrap_or(u64::MAX);
        let until = u64::try_from(until.as_nanos()).unwrap_or(u64::MAX);
        let mut out = Vec::new();
        write(&Record { key, until, bytes }, &mut out);
        for record in records(&before.unwrap_or_default()) {
            if record.key != key && record.until > now && out.len() + record.bytes.len() + 28 <= MAX_BUCKET {
                write(&record, &mut out);
            }
        }
        if out.len() <= MAX_BUCKET {
            // Whoever loses this race only lets others ask once more.
            let _ = hostcalls::set_shared_data(&name, Some(&out), cas);
        }
    }
}

/// Envoy never frees a key of the memory that workers share, so there is a fixed number of them, each with a few
/// records of a bounded size.
const BUCKETS: u16 = 512;
const MAX_BUCKET: usize = 64 * 1024;

struct Record<'r> {
    key: &'r [u8],
    until: u64,
    bytes: &'r [u8],
}

fn bucket(key: &[u8; 16]) -> String {
    let [first, second, ..] = *key;
    format!("nexus.kept.{}", u16::from_le_bytes([first, second]) % BUCKETS)
}

fn write(record: &Record<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(record.key);
    out.extend_from_slice(&record.until.to_le_bytes());
    out.extend_from_slice(&u32::try_from(record.bytes.len()).unwrap_or(0).to_le_bytes());
    out.extend_from_slice(record.bytes);
}

fn records(mut rest: &[u8]) -> impl Iterator<Item = Record<'_>> {
    std::iter::from_fn(move || {
        let (key, after) = rest.split_at_checked(16)?;
        let (until, after) = after.split_at_checked(8)?;
        let (size, after) = after.split_at_checked(4)?;
        let size = usize::try_from(u32::from_le_bytes(size.try_into().ok()?)).ok()?;
        let (bytes, after) = after.split_at_checked(size)?;
        rest = after;
        Some(Record { key, until: u64::from_le_bytes(until.try_into().ok()?), bytes })
    })
}

/// The secret that hides credentials in keys, the same for all workers of this Envoy.
pub(crate) fn secret() -> [u8; 16] {
    const KEY: &str = "nexus.secret";
    let read = || {
        hostcalls::get_shared_data(KEY).ok().and_then(|(bytes, cas)| Some((<[u8; 16]>::try_from(bytes?).ok()?, cas)))
    };
    if let Some((secret, _)) = read() {
        return secret;
    }
    let own = random();
    // The first worker wins; the others take over what it wrote.
    let _ = hostcalls::set_shared_data(KEY, Some(&own), None);
    read().map_or(own, |(secret, _)| secret)
}

/// Sixteen random bytes.
pub(crate) fn random() -> [u8; 16] {
    let mut bytes = [0; 16];
    if getrandom::fill(&mut bytes).is_err() {
        // The VM cannot do its work without randomness; it is refused when it starts, see `vm::start`.
        log::error!("no randomness");
    }
    bytes
}
