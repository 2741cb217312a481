//! The hasher that the flows use.

use super::format::{ImportError, Stored};
use super::memory::Memory;
use super::pool::Pool;
use super::{argon2id, bcrypt};
use crate::config::{Config, HashAlgorithm};
use crate::model::Secret;
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use std::sync::Arc;
use std::time::Duration;

/// What new hashes use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Argon2id.
    Argon2,
    /// bcrypt, for passwords of up to 72 bytes.
    Bcrypt,
}

/// The parameters of Argon2id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argon2Options {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
    /// Length of the salt in bytes.
    pub salt_length: u32,
    /// Length of the hash in bytes.
    pub key_length: u32,
}

impl Argon2Options {
    /// The least that OWASP recommends (requirement 9).
    pub const OWASP_MINIMUM: Self =
        Self { memory_kib: 19 * 1024, iterations: 2, parallelism: 1, salt_length: 16, key_length: 32 };
}

impl Default for Argon2Options {
    fn default() -> Self {
        Self::OWASP_MINIMUM
    }
}

/// How to hash.
#[derive(Clone, Copy, Debug)]
pub struct HashOptions {
    /// What new hashes use.
    pub algorithm: Algorithm,
    /// For Argon2id.
    pub argon2: Argon2Options,
    /// For bcrypt; below 12 it is raised to 12 unless `dev`.
    pub bcrypt_cost: u32,
    /// How many hashes are computed at the same time.
    pub max_concurrent: usize,
    /// How long a hash may wait for its turn.
    pub max_wait: Duration,
    /// Whether this is a development set-up, in which weak and fast hashes are fine.
    pub dev: bool,
}

impl Default for HashOptions {
    fn default() -> Self {
        Self {
            algorithm: Algorithm::Argon2,
            argon2: Argon2Options::default(),
            bcrypt_cost: bcrypt::LEAST_COST,
            max_concurrent: std::thread::available_parallelism().map_or(1, usize::from),
            max_wait: Duration::from_secs(2),
            dev: false,
        }
    }
}

/// Why a password was neither hashed nor checked.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// Too many others are waiting.
    #[error("too many passwords are being hashed; try again in {} s", retry_after.as_secs().max(1))]
    Overloaded {
        /// When to try again.
        retry_after: Duration,
    },
    /// The configured algorithm cannot take a password of this length.
    #[error("bcrypt takes passwords of at most 72 bytes")]
    TooLong,
    /// The stored hash is in no known format.
    #[error("the stored hash cannot be used: {0}")]
    Stored(#[from] ImportError),
    /// The options or the machine do not allow it.
    #[error("hashing failed: {0}")]
    Failed(String),
}

/// Hashes and checks passwords.
#[derive(Clone)]
pub struct Hasher {
    options: HashOptions,
    pool: Pool,
    memory: Arc<Memory>,
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The memory holds what passwords were hashed to.
        f.debug_struct("Hasher").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Hasher {
    /// The hasher that the configuration describes. Argon2 parameters below the OWASP minimum are raised to it and
    /// told in the log, except in development.
    #[must_use]
    pub fn from_config(config: &Config) -> Self {
        let hashers = &config.hashers;
        let argon2 = Argon2Options {
            memory_kib: u32::try_from(hashers.argon2.memory >> 10).unwrap_or(u32::MAX),
            iterations: hashers.argon2.iterations,
            parallelism: hashers.argon2.parallelism,
            salt_length: hashers.argon2.salt_length,
            key_length: hashers.argon2.key_length,
        };
        let defaults = HashOptions::default();
        let options = HashOptions {
            algorithm: match hashers.algorithm {
                HashAlgorithm::Argon2 => Algorithm::Argon2,
                HashAlgorithm::Bcrypt => Algorithm::Bcrypt,
            },
            argon2,
            bcrypt_cost: hashers.bcrypt.cost,
            max_concurrent: config.nexus.hashing.max_concurrent.unwrap_or(defaults.max_concurrent),
            max_wait: config.nexus.hashing.max_wait,
            dev: config.dev,
        };
        Self::new(options).unwrap_or_else(|error| {
            tracing::warn!(%error, "hashers.argon2 is replaced by the OWASP minimum");
            Self::with(HashOptions { argon2: Argon2Options::OWASP_MINIMUM, ..options })
        })
    }

    /// A hasher with these options.
    ///
    /// # Errors
    /// When Argon2 cannot run with them, or they are below the OWASP minimum and this is no development set-up
    /// (requirement 9).
    pub fn new(options: HashOptions) -> Result<Self, HashError> {
        let least = Argon2Options::OWASP_MINIMUM;
        let argon2 = options.argon2;
        // More memory may make up for fewer passes: OWASP's list has 46 MiB with one pass as an equal.
        let weak = u64::from(argon2.memory_kib) * u64::from(argon2.iterations)
            < u64::from(least.memory_kib) * u64::from(least.iterations)
            || argon2.memory_kib < 7 * 1024
            || argon2.salt_length < least.salt_length
            || argon2.key_length < 16;
        if options.algorithm == Algorithm::Argon2 {
            if weak && !options.dev {
                return Err(HashError::Failed(format!(
                    "hashers.argon2 is {} KiB, {} iterations, salt of {} and key of {} bytes, weaker than the least \
                     that OWASP recommends ({} KiB with {} iterations, or more of one for less of the other; salt of \
                     {}, key of 16 bytes)",
                    argon2.memory_kib,
                    argon2.iterations,
                    argon2.salt_length,
                    argon2.key_length,
                    least.memory_kib,
                    least.iterations,
                    least.salt_length,
                )));
            }
            argon2id::check(&argon2).map_err(HashError::Failed)?;
        }
        Ok(Self::with(options))
    }

    fn with(options: HashOptions) -> Self {
        let least_cost = if options.dev { bcrypt::LEAST_DEV_COST } else { bcrypt::LEAST_COST };
        let bcrypt_cost = options.bcrypt_cost.clamp(least_cost, bcrypt::MOST_COST);
        let options = HashOptions { bcrypt_cost, ..options };
        Self {
            options,
            pool: Pool::new(options.max_concurrent, memory_of(&options), options.max_wait),
            memory: Arc::new(Memory::new(options.max_concurrent)),
        }
    }

    /// How busy it is.
    #[must_use]
    pub fn load(&self) -> super::Load {
        self.pool.load()
    }

    /// The longest password in bytes that new hashes can take, if there is a limit.
    #[must_use]
    pub fn max_password_length(&self) -> Option<usize> {
        (self.options.algorithm == Algorithm::Bcrypt).then_some(bcrypt::MAX_PASSWORD)
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// [`HashError::Overloaded`] when it would have to wait too long, [`HashError::TooLong`] for bcrypt.
    pub async fn hash(&self, password: &Secret) -> Result<String, HashError> {
        if self.max_password_length().is_some_and(|max| password.expose().len() > max) {
            return Err(HashError::TooLong);
        }
        let options = self.options;
        self.run(memory_of(&options), password, move |password, memory| new_hash(&options, password, memory)).await?
    }

    /// Checks a password against a stored hash of any format. `false` when it is another one.
    ///
    /// # Errors
    /// As [`Self::hash`]; also when the stored hash is unreadable.
    pub async fn verify(&self, password: &Secret, hash: &str) -> Result<bool, HashError> {
        let stored = Stored::parse(hash)?;
        self.run(stored.memory(), password, move |password, memory| stored.verify(password, memory)).await
    }

    /// Does the work of a check for somebody who does not exist or has no password, so that the time tells nothing
    /// (requirement 16).
    ///
    /// # Errors
    /// As [`Self::hash`].
    pub async fn verify_nobody(&self, password: &Secret) -> Result<(), HashError> {
        let options = self.options;
        // What is checked is thrown away, so a password that bcrypt could not take may be cut.
        self.run(memory_of(&options), password, move |password, memory| {
            let cut = password.get(..bcrypt::MAX_PASSWORD.min(password.len())).unwrap_or(password);
            let password = if options.algorithm == Algorithm::Bcrypt { cut } else { password };
            std::hint::black_box(new_hash(&options, password, memory).is_ok());
        })
        .await
    }

    /// Whether a hash should be replaced at the next sign-in (requirement 10): it is of another algorithm, or a
    /// weaker Argon2id than configured. bcrypt of another cost stays, as in Kratos.
    #[must_use]
    pub fn needs_rehash(&self, hash: &str) -> bool {
        match (self.options.algorithm, Stored::parse(hash)) {
            (Algorithm::Argon2, Ok(Stored::Argon2(stored))) => stored.is_weaker_than(&self.options.argon2),
            (Algorithm::Bcrypt, Ok(Stored::Bcrypt(_))) => false,
            _ => true,
        }
    }

    /// Whether a hash can be imported.
    ///
    /// # Errors
    /// When its format is unknown, its parts cannot be read, or checking it would cost too much.
    pub fn check_import(hash: &str) -> Result<(), ImportError> {
        Stored::parse(hash).map(|_| ())
    }

    async fn run<T: Send + 'static>(
        &self,
        bytes: usize,
        password: &Secret,
        work: impl FnOnce(&[u8], &Memory) -> T + Send + 'static,
    ) -> Result<T, HashError> {
        let (password, memory) = (password.clone(), Arc::clone(&self.memory));
        self.pool.run(bytes, move || work(password.expose().as_bytes(), &memory)).await
    }
}

/// How many bytes of memory a new hash takes.
fn memory_of(options: &HashOptions) -> usize {
    match options.algorithm {
        Algorithm::Argon2 => usize::try_from(options.argon2.memory_kib).unwrap_or(usize::MAX >> 10) << 10,
        Algorithm::Bcrypt => 0,
    }
}

fn new_hash(options: &HashOptions, password: &[u8], memory: &Memory) -> Result<String, HashError> {
    let fill = |salt: &mut [u8]| OsRng.try_fill_bytes(salt).map_err(|error| HashError::Failed(error.to_string()));
    match options.algorithm {
        Algorithm::Argon2 => {
            let mut salt = vec![0; usize::try_from(options.argon2.salt_length).unwrap_or(usize::MAX)];
            fill(&mut salt)?;
            argon2id::hash(&options.argon2, &salt, password, memory).map_err(HashError::Failed)
        }
        Algorithm::Bcrypt => {
            let mut salt = [0; 16];
            fill(&mut salt)?;
            bcrypt::hash(options.bcrypt_cost, salt, password).map_err(HashError::Failed)
        }
    }
}
