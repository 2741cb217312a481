//! `nexus.throttle` and `nexus.audit`.

use super::duration;
use serde::Deserialize;
use std::time::Duration;

/// `nexus.throttle`: how often something may be tried.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Throttle {
    /// Whether tries are counted at all.
    pub enabled: bool,
    /// Wrong passwords of one account.
    pub password: Rate,
    /// Wrong one-time codes of one account or address, over all flows.
    pub code: Rate,
    /// Wrong authenticator and backup codes of one account.
    pub second_factor: Rate,
    /// Codes and links sent to one recipient.
    pub message: Rate,
    /// Wrong tries and messages asked for from one client address (of IPv6: one /64 network).
    pub address: Rate,
    /// NIST SP 800-63B: after so many wrong tries of one account in a row there is a long pause.
    pub consecutive: u32,
    /// That pause.
    #[serde(deserialize_with = "duration::de")]
    pub pause: Duration,
}

impl Default for Throttle {
    fn default() -> Self {
        let minutes = |limit, minutes: u64| Rate { limit, window: Duration::from_secs(minutes * 60) };
        Self {
            enabled: true,
            password: minutes(10, 15),
            code: minutes(20, 60),
            second_factor: minutes(10, 15),
            message: minutes(20, 60),
            address: minutes(600, 15),
            consecutive: 100,
            pause: Duration::from_secs(24 * 3600),
        }
    }
}

/// `limit` at once, and then as many again within `window`, evenly.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(from = "Partial")]
pub struct Rate {
    /// How many.
    pub limit: u32,
    /// In how long.
    pub window: Duration,
}

#[derive(Deserialize)]
struct Partial {
    #[serde(default = "ten")]
    limit: u32,
    #[serde(default, deserialize_with = "duration::de_option")]
    window: Option<Duration>,
}

fn ten() -> u32 {
    10
}

impl From<Partial> for Rate {
    fn from(partial: Partial) -> Self {
        Self { limit: partial.limit.max(1), window: partial.window.unwrap_or(Duration::from_secs(900)) }
    }
}

/// `nexus.audit`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Audit {
    /// How long events are kept; for ever when it is 0.
    #[serde(deserialize_with = "duration::de")]
    pub retention: Duration,
}

impl Default for Audit {
    fn default() -> Self {
        Self { retention: Duration::from_secs(400 * 24 * 3600) }
    }
}
