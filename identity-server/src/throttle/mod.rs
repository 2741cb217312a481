//! Throttling: wrong tries are counted per account and per client address, in the database, before the check.
//!
//! One statement counts and compares, so tries at the same moment on any number of servers cannot slip past the limit
//! (requirement 13). Accounts are known by their id, not by what was typed (12); names that nobody has are counted the
//! same way under a keyed hash, with the same answers (16, 18). Each class of credential has a counter of its own, so
//! that guessing one does not lock the others (14).

mod key;

use crate::config::{Config, Rate};
use crate::http::app::App;
use crate::http::context;
use crate::http::error::ApiError;
use crate::store::{Change, StoreError, Try};
use identity_api::Timestamp;
use std::time::Duration;
use uuid::Uuid;

/// What is guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A password, wherever it is asked for: login, confirmation, settings (15).
    Password,
    /// A one-time code or link.
    Code,
    /// A code of an authenticator app, or a backup code.
    SecondFactor,
}

impl Class {
    pub(super) const ALL: [Self; 3] = [Self::Password, Self::Code, Self::SecondFactor];

    /// The name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Code => "code",
            Self::SecondFactor => "second_factor",
        }
    }
}

/// Whose credential is guessed.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'s> {
    /// An account.
    Identity(Uuid),
    /// A name or address that no account has.
    Unknown(&'s str),
}

impl<'s> Subject<'s> {
    /// The account, or what was typed.
    #[must_use]
    pub fn of(identity: Option<Uuid>, typed: &'s str) -> Self {
        identity.map_or(Self::Unknown(typed), Self::Identity)
    }
}

/// A try that was counted: only who has one may check a credential.
#[must_use = "a right guess must be told, or it counts as a wrong one"]
pub struct Permit {
    account: Option<String>,
    address: Option<(String, Duration)>,
}

impl Permit {
    /// The guess was right: the account's counter starts anew and the address gets its try back. Commit these with
    /// what the guess leads to. The address comes first, as where tries are counted: transactions that take the same
    /// rows in one order never wait for each other in a ring.
    #[must_use]
    pub fn succeeded(self) -> Vec<Change> {
        let account = self.account.map(|key| Change::ForgetTries { keys: vec![key] });
        let address = self.address.map(|(key, interval)| Change::RefundTry { key, interval });
        address.into_iter().chain(account).collect()
    }
}

/// Counts a try before the credential is checked.
///
/// # Errors
/// 429 with `Retry-After` when there were too many; the same for accounts that exist and that do not.
pub async fn attempt(app: &App, config: &Config, class: Class, subject: Subject<'_>) -> Result<Permit, ApiError> {
    let throttle = &config.nexus.throttle;
    if !throttle.enabled {
        return Ok(Permit { account: None, address: None });
    }
    let rate = match class {
        Class::Password => throttle.password,
        Class::Code => throttle.code,
        Class::SecondFactor => throttle.second_factor,
    };
    let key = key::account(config, class.as_str(), subject);
    let tried = Tried { key, rate, pause: Some((throttle.consecutive.max(1), throttle.pause)) };
    let address = count(app, config, tried).await?;
    Ok(Permit { account: Some(key::account(config, class.as_str(), subject)), address })
}

/// Counts a message to `recipient` before it is queued (19).
///
/// # Errors
/// 429 with `Retry-After` when too many were sent there or asked for from this client.
pub async fn message(app: &App, config: &Config, recipient: &str) -> Result<(), ApiError> {
    let throttle = &config.nexus.throttle;
    if !throttle.enabled {
        return Ok(());
    }
    let key = key::account(config, "message", Subject::Unknown(recipient));
    count(app, config, Tried { key, rate: throttle.message, pause: None }).await.map(drop)
}

/// All counters of an account start anew: after a recovery, or because an administrator says so.
#[must_use]
pub fn forgive(identity: Uuid) -> Change {
    let keys = Class::ALL.iter().map(|class| key::identity(class.as_str(), identity)).collect();
    Change::ForgetTries { keys }
}

struct Tried {
    key: String,
    rate: Rate,
    pause: Option<(u32, Duration)>,
}

/// Counts for the client address and for `tried`, both or neither.
async fn count(app: &App, config: &Config, tried: Tried) -> Result<Option<(String, Duration)>, ApiError> {
    let now = app.now();
    let rate = config.nexus.throttle.address;
    let client = context::current().and_then(|request| request.client);
    let address = client.map(|client| (key::address(client), rate.window / rate.limit));
    let mut tries = Vec::new();
    if let Some((key, interval)) = &address {
        tries.push(Try { key: key.clone(), now, interval: *interval, window: rate.window, pause: None });
    }
    let interval = tried.rate.window / tried.rate.limit;
    let pause = tried.pause.map(|(after, pause)| (after, pause.saturating_sub(tried.rate.window)));
    tries.push(Try { key: tried.key, now, interval, window: tried.rate.window, pause });
    let changes = tries.iter().cloned().map(Change::CountAttempt).collect();
    match app.store.commit(changes).await {
        Ok(()) => Ok(address),
        Err(StoreError::Stale) => {
            let mut wait = Duration::from_secs(1);
            for one in &tries {
                wait = wait.max(app.store.wait_for_try(one).await?);
            }
            Err(ApiError::throttled(wait))
        }
        Err(error) => Err(error.into()),
    }
}

/// Removes counters that have run out; run now and then.
///
/// # Errors
/// When the store fails.
pub async fn clean(app: &App, now: Timestamp) -> Result<(), StoreError> {
    app.store.commit(vec![Change::DropOldTries { before: now - Duration::from_secs(7 * 24 * 3600) }]).await
}
