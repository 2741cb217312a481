//! Password hashing in a bounded pool.
//!
//! A hash costs tens of milliseconds of a core and many megabytes of memory on purpose, so no more of them run at once
//! than the machine bears; who would wait too long is told to come back (requirement 11).

mod argon;

use crate::config::{Config, HashAlgorithm};
use crate::model::Secret;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Below this bcrypt is too fast; lower configured costs are raised outside development, as in Kratos.
const BCRYPT_FLOOR: u32 = 12;
/// bcrypt reads no more bytes of a password than this.
pub const BCRYPT_MAX_BYTES: usize = 72;

/// Why a password was not hashed.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// Too many wait already.
    #[error("too many passwords are being hashed")]
    Overloaded {
        /// When to try again.
        retry_after: Duration,
    },
    /// The hash cannot be computed or read.
    #[error("hashing failed: {0}")]
    Failed(String),
}

/// Why a hash cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The prefix says nothing.
    #[error("the given hashed password does not match any known hash format")]
    Unknown,
    /// The format is known but this is no hash of it.
    #[error("the given hashed password could not be parsed: {0}")]
    Unreadable(String),
}

/// Hashes and checks passwords. Cheap to clone.
#[derive(Clone)]
pub struct Hasher {
    recipe: Recipe,
    places: Arc<Semaphore>,
    max_wait: Duration,
    /// A hash of nothing in particular: what the password of somebody unknown is checked against.
    nobody: Arc<str>,
}

#[derive(Clone)]
enum Recipe {
    Argon2(argon::Parameters),
    Bcrypt(u32),
}

impl Recipe {
    fn hash(&self, password: &Secret) -> Result<String, HashError> {
        match self {
            Self::Argon2(parameters) => parameters.hash(password),
            Self::Bcrypt(cost) => {
                bcrypt::hash(password.expose(), *cost).map_err(|error| HashError::Failed(error.to_string()))
            }
        }
    }
}

impl Hasher {
    /// The hasher that the configuration describes.
    #[must_use]
    pub fn from_config(config: &Config) -> Self {
        let hashers = &config.hashers;
        let recipe = match hashers.algorithm {
            HashAlgorithm::Argon2 => Recipe::Argon2(argon::Parameters::from_config(&hashers.argon2)),
            HashAlgorithm::Bcrypt if config.dev => Recipe::Bcrypt(hashers.bcrypt.cost.clamp(4, 31)),
            HashAlgorithm::Bcrypt => Recipe::Bcrypt(hashers.bcrypt.cost.clamp(BCRYPT_FLOOR, 31)),
        };
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let places = config.nexus.hashing.max_concurrent.unwrap_or(cores).max(1);
        let nobody = recipe.hash(&Secret::new("nobody has this password")).unwrap_or_default();
        Self {
            recipe,
            places: Arc::new(Semaphore::new(places)),
            max_wait: config.nexus.hashing.max_wait,
            nobody: nobody.into(),
        }
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// [`HashError::Overloaded`] when the wait would be too long.
    pub async fn hash(&self, password: &Secret) -> Result<String, HashError> {
        let (recipe, password) = (self.recipe.clone(), password.clone());
        self.run(move || recipe.hash(&password)).await?
    }

    /// Whether `password` is the one of `encoded`.
    ///
    /// # Errors
    /// [`HashError::Overloaded`], and [`HashError::Failed`] for a hash of an unknown form.
    pub async fn verify(&self, password: &Secret, encoded: &str) -> Result<bool, HashError> {
        let (password, encoded) = (password.clone(), encoded.to_owned());
        self.run(move || verify(&password, &encoded)).await?
    }

    /// The same work as [`Self::verify`] for somebody who does not exist (requirement 16).
    ///
    /// # Errors
    /// [`HashError::Overloaded`], as for anybody.
    pub async fn verify_nobody(&self, password: &Secret) -> Result<(), HashError> {
        self.verify(password, &self.nobody).await.map(drop)
    }

    /// Whether a hash that was just verified should be made anew: it is of another algorithm, or of weaker argon2
    /// parameters. A bcrypt hash of another cost stays, as in Kratos.
    #[must_use]
    pub fn needs_rehash(&self, encoded: &str) -> bool {
        match &self.recipe {
            Recipe::Bcrypt(_) => !is_bcrypt(encoded),
            Recipe::Argon2(parameters) => parameters.is_stronger_than(encoded),
        }
    }

    /// Whether a hash from elsewhere can be verified here.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check_import(&self, encoded: &str) -> Result<(), ImportError> {
        if is_bcrypt(encoded) {
            let parts: Result<bcrypt::HashParts, _> = encoded.parse();
            return parts.map(drop).map_err(|error| ImportError::Unreadable(error.to_string()));
        }
        if encoded.starts_with("$argon2") {
            return argon::check(encoded).map_err(ImportError::Unreadable);
        }
        Err(ImportError::Unknown)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, HashError> {
        let overloaded = || HashError::Overloaded { retry_after: self.max_wait.max(Duration::from_secs(1)) };
        let place = tokio::time::timeout(self.max_wait, self.places.clone().acquire_owned());
        let place = place.await.map_err(|_| overloaded())?.map_err(|_| overloaded())?;
        let done = tokio::task::spawn_blocking(move || {
            let outcome = work();
            drop(place);
            outcome
        });
        done.await.map_err(|error| HashError::Failed(error.to_string()))
    }
}

fn is_bcrypt(encoded: &str) -> bool {
    ["$2a$", "$2b$", "$2x$", "$2y$"].iter().any(|prefix| encoded.starts_with(prefix))
}

fn verify(password: &Secret, encoded: &str) -> Result<bool, HashError> {
    if is_bcrypt(encoded) {
        return bcrypt::verify(password.expose(), encoded).map_err(|error| HashError::Failed(error.to_string()));
    }
    argon::verify(password, encoded)
}
