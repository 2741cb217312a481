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
