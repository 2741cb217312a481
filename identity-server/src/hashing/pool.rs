//! How many hashes run at once, how much memory they take, and who is turned away.

use super::HashError;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

/// Memory is counted in these units.
const MIB: usize = 1 << 20;
/// The memory of all running hashes together is at least this; the largest importable hash needs it.
const LEAST_MEMORY: usize = 1 << 30;
/// No more than this wait, whatever they cost.
const MAX_WAITING: usize = 10_000;
/// Nobody waits longer, whatever is configured: connections end before.
const MAX_WAIT: Duration = Duration::from_secs(3600);

/// A bounded pool of blocking threads. Clones share it.
#[derive(Clone)]
pub(super) struct Pool(Arc<Inner>);

struct Inner {
    places: usize,
    running: Arc<Semaphore>,
    memory: Arc<Semaphore>,
    memory_mib: usize,
    max_wait: Duration,
    waiting: AtomicUsize,
    /// Moving average of how long one hash takes, in microseconds; 0 before the first.
    usual: AtomicU64,
}

/// Counts one waiting caller for as long as it lives, also when the caller goes away.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Pool {
    /// `places` hashes at a time, each usually of `memory` bytes; nobody waits longer than `max_wait`.
    pub(super) fn new(places: usize, memory: usize, max_wait: Duration) -> Self {
        let places = places.clamp(1, 1024);
        let memory_mib = (places * memory).max(LEAST_MEMORY).div_ceil(MIB).min(Semaphore::MAX_PERMITS);
        Self(Arc::new(Inner {
            places,
            running: Arc::new(Semaphore::new(places)),
            memory: Arc::new(Semaphore::new(memory_mib)),
            memory_mib,
            max_wait: max_wait.min(MAX_WAIT),
            waiting: AtomicUsize::new(0),
            usual: AtomicU64::new(0),
        }))
    }

    /// Runs `work`, which takes `memory` bytes, on a thread that may block. Work that has begun is finished and holds
    /// its place even when the caller has gone.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        memory: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashError> {
        let (place, room) = self.place(memory).await?;
        let inner = self.0.clone();
        let done = tokio::task::spawn_blocking(move || {
            let begun = Instant::now();
            let outcome = work();
            inner.took(begun.elapsed());
            drop((place, room));
            outcome
        });
        done.await.map_err(|error| HashError::Failed(error.to_string()))
    }

    /// What runs and waits at the moment.
    pub(super) fn load(&self) -> super::Load {
        let inner = &*self.0;
        let running = inner.places.saturating_sub(inner.running.available_permits());
        super::Load { running, waiting: inner.waiting.load(Ordering::Relaxed), places: inner.places }
    }

    async fn place(&self, memory: usize) -> Result<(OwnedSemaphorePermit, OwnedSemaphorePermit), HashError> {
        let inner = &*self.0;
        let before = inner.waiting.fetch_add(1, Ordering::Relaxed);
        let waiting = Waiting(&inner.waiting);
        // Whoever could not be served in time learns it now instead of at the end of the wait.
        let expected = inner.expected_wait(before);
        let overloaded = || HashError::Overloaded { retry_after: whole_seconds(expected) };
        if before >= MAX_WAITING || (inner.running.available_permits() == 0 && expected > inner.max_wait) {
            return Err(overloaded());
        }
        let deadline = Instant::now() + inner.max_wait;
        let mib = memory.div_ceil(MIB).clamp(1, inner.memory_mib);
        let mib = u32::try_from(mib).unwrap_or(u32::MAX);
        let place = timeout_at(deadline, inner.running.clone().acquire_owned()).await;
        let place = place.map_err(|_| overloaded())?.map_err(|_| overloaded())?;
        let room = timeout_at(deadline, inner.memory.clone().acquire_many_owned(mib)).await;
        let room = room.map_err(|_| overloaded())?.map_err(|_| overloaded())?;
        drop(waiting);
        Ok((place, room))
    }
}

impl Inner {
    /// How long the caller behind `before` others would wait.
    fn expected_wait(&self, before: usize) -> Duration {
        let rounds = before.div_ceil(self.places) as u64 + 1;
        Duration::from_micros(self.usual.load(Ordering::Relaxed).saturating_mul(rounds))
    }

    fn took(&self, time: Duration) {
        let time = u64::try_from(time.as_micros()).unwrap_or(u64::MAX).max(1);
        let usual = self.usual.load(Ordering::Relaxed);
        let next = if usual == 0 { time } else { usual.saturating_mul(7).saturating_add(time) / 8 };
        self.usual.store(next.max(1), Ordering::Relaxed);
    }
}

/// `Retry-After` has no fractions: up, and at least one second.
fn whole_seconds(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs() + u64::from(time.subsec_nanos() > 0)).max(Duration::from_secs(1))
}
