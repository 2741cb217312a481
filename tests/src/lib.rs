//! The harness of the end-to-end tests: a whole stack of one's own for each story, real clients, and a real
//! browser.
//!
//! The stories are in `tests/`. They are `#[ignore]`d for a plain `cargo test`, because they need Envoy, a
//! browser, PostgreSQL and the built artefacts; `cargo xtask test` finds or installs those and runs them all.

pub mod browser;
pub mod person;
pub mod world;

pub use browser::Browser;
pub use person::Person;
pub use world::{Database, World};

use std::future::Future;
use std::time::Duration;

use anyhow::{Result, bail};

/// How long a harness waits for something that must happen. Not a promise of the product: a loaded machine is
/// slow, and a wait that is over early costs nothing.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Asks again and again until the answer is what is wanted.
///
/// # Errors
/// When the time is over; names what was waited for and the last answer.
pub async fn eventually<T, Asked>(
    what: &str,
    limit: Duration,
    mut ask: impl FnMut() -> Asked,
    wanted: impl Fn(&T) -> bool,
) -> Result<T>
where
    T: std::fmt::Debug,
    Asked: Future<Output = Result<T>>,
{
    let started = xtask::console::now();
    loop {
        let answer = ask().await;
        match answer {
            Ok(answer) if wanted(&answer) => return Ok(answer),
            other if started.elapsed() > limit => {
                bail!("{what}: not within {limit:?}; the last answer: {other:?}")
            }
            _ => tokio::time::sleep(Duration::from_millis(25)).await,
        }
    }
}
