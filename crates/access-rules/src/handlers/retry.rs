//! `retry`: how long a call may take in all. A real deadline, and no more; see docs/compatibility.md.

use crate::document::{Key, Shape, TextKind, duration, key};
use std::time::Duration;

const DURATION: Shape = Shape::Text(TextKind::Duration);
pub(super) const RETRY: Shape = Shape::Object(KEYS);
const KEYS: &[Key] = &[key("give_up_after", &DURATION), key("max_delay", &DURATION)];

/// How patient a call is.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Retry {
    give_up_after: Option<String>,
    #[expect(dead_code, reason = "known to the schema; calls that failed are not made anew")]
    max_delay: Option<String>,
}

impl Retry {
    /// The deadline of the call.
    pub(super) fn deadline(retry: Option<&Self>, default: Duration) -> Duration {
        retry.and_then(|retry| duration(retry.give_up_after.as_deref()?)).unwrap_or(default)
    }
}

/// Whether an answer is kept, and how long.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cache {
    #[serde(default)]
    enabled: bool,
    ttl: Option<String>,
    #[expect(dead_code, reason = "known to the schema; the memory is bounded as a whole")]
    max_tokens: Option<i64>,
    #[expect(dead_code, reason = "known to the schema; the memory is bounded as a whole")]
    max_cost: Option<i64>,
}

impl Cache {
    /// How long an answer is kept: at most so long, and never longer than it holds by itself.
    pub(super) fn keeps(cache: Option<&Self>) -> Option<Option<Duration>> {
        let cache = cache.filter(|cache| cache.enabled)?;
        Some(cache.ttl.as_deref().and_then(duration))
    }
}
