//! Counters of tries. A counter is one number, the moment until which the allowed tries are used up: each try moves it
//! by the time in which one try comes back, and a try that would move it beyond the window is refused (the generic
//! cell rate algorithm).

use super::codec::{Columns as _, micros};
use super::{Store, StoreError};
use identity_api::Timestamp;
use sqlx::query;
use std::time::Duration;

/// One try.
#[derive(Clone, Debug)]
pub struct Try {
    /// Which counter.
    pub key: String,
    /// When.
    pub now: Timestamp,
    /// How soon one try comes back.
    pub interval: Duration,
    /// How soon all have come back.
    pub window: Duration,
    /// After so many tries in a row there is this long a pause on top.
    pub pause: Option<(u32, Duration)>,
}

/// A length as microseconds.
pub(super) fn length(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX / 4).min(i64::MAX / 4)
}

impl Store {
    /// How long until another try is allowed; nothing when it is now.
    pub async fn wait_for_try(&self, tried: &Try) -> Result<Duration, StoreError> {
        let row = query("SELECT used_until FROM throttle WHERE key = $1")
            .bind(tried.key.clone())
            .fetch_optional(&mut *self.db.read().await?)
            .await?;
        let Some(row) = row else { return Ok(Duration::ZERO) };
        let free = row.int("used_until")? + length(tried.interval) - length(tried.window);
        Ok(Duration::from_micros(u64::try_from(free - micros(tried.now)).unwrap_or_default()))
    }
}
