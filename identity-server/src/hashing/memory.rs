//! The memory that Argon2 fills, kept between hashes.
//!
//! Asking the system for tens of megabytes and giving them back at every login costs about a tenth of the hash in page
//! faults. What is kept is bounded: as many blocks of memory as hashes run at once, none larger than [`MAX_KEPT`].

use argon2::Block;
use std::sync::{Mutex, PoisonError};

/// Larger pieces (only imported hashes need them) are given back; in blocks of 1 KiB.
const MAX_KEPT: usize = 256 << 10;

pub(super) struct Memory {
    free: Mutex<Vec<Vec<Block>>>,
    places: usize,
}

impl Memory {
    pub(super) fn new(places: usize) -> Self {
        Self { free: Mutex::new(Vec::new()), places }
    }

    /// Runs `work` with `blocks` KiB. Their content is of no meaning: Argon2 overwrites all of it in its first pass.
    pub(super) fn with<T>(&self, blocks: usize, work: impl FnOnce(&mut [Block]) -> T) -> T {
        let mut piece = self.lock().pop().unwrap_or_default();
        if piece.len() < blocks {
            // A larger piece takes its place; the old content is not copied.
            piece = vec![Block::default(); blocks];
        }
        let outcome = work(&mut piece[..blocks]);
        let mut free = self.lock();
        if piece.len() <= MAX_KEPT && free.len() < self.places {
            free.push(piece);
        }
        outcome
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Block>>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
