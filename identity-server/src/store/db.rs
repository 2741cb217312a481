//! Connections: a pool for reads, and for writes either a pool (PostgreSQL) or one writer that commits what arrives
//! together in one transaction (SQLite). `synchronous=FULL` costs a disk flush per commit, so sharing a commit is
//! what makes SQLite fast without giving up durability.

use super::{Change, StoreError, apply};
use crate::crypto::Sealer;
use backon::{ExponentialBuilder, Retryable as _};
use sqlx::any::AnyPoolOptions;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, Connection as _, Executor as _};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Which database this is, for the few statements that must differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Dialect {
    Sqlite,
    Postgres,
}

/// A parsed data source name, in Kratos' spelling.
#[derive(Clone)]
pub struct Dsn {
    /// The database.
    pub dialect: Dialect,
    url: String,
    max_connections: u32,
    in_memory: bool,
}

impl Dsn {
    /// Whether the database vanishes with its connection.
    #[must_use]
    pub fn is_in_memory(&self) -> bool {
        self.in_memory
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Parses `memory`, `sqlite://path?…` or `postgres://…?max_conns=…`. Parameters of Go drivers that mean nothing
    /// here (`_fk`, `_journal`, …) are dropped: foreign keys, WAL and full durability are always on.
    ///
    /// # Errors
    /// A sentence that says what is wrong, without the DSN's password.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (base, query) = text.split_once('?').unwrap_or((text, ""));
        let parameters: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let max = parameters.iter().find(|(key, _)| key == "max_conns").map(|(_, value)| value.parse::<u32>());
        let max_connections = match max {
            None => None,
            Some(Ok(count)) if count > 0 => Some(count),
            Some(_) => return Err("max_conns: expected a number above 0".into()),
        };
        if text == "memory"
            || base == "sqlite://:memory:"
            || parameters.iter().any(|p| p.0 == "mode" && p.1 == "memory")
        {
            let url = "sqlite::memory:".into();
            return Ok(Self { dialect: Dialect::Sqlite, url, max_connections: 1, in_memory: true });
        }
        if let Some(path) = base.strip_prefix("sqlite://").or_else(|| base.strip_prefix("sqlite:")) {
            if path.is_empty() {
                return Err("sqlite:// names no file; write e.g. sqlite:///var/lib/nexus/identity.sqlite".into());
            }
            let url = format!("sqlite://{path}?mode=rwc");
            let max_connections = max_connections.unwrap_or(8);
            return Ok(Self { dialect: Dialect::Sqlite, url, max_connections, in_memory: false });
        }
        if base.starts_with("postgres://") || base.starts_with("postgresql://") {
            let mut kept = url::form_urlencoded::Serializer::new(String::new());
            for (key, value) in parameters.iter().filter(|(key, _)| !key.starts_with("max_")) {
                kept.append_pair(key, value);
            }
            let query = kept.finish();
            let url = if query.is_empty() { base.to_owned() } else { format!("{base}?{query}") };
            return Ok(Self {
                dialect: Dialect::Postgres,
                url,
                max_connections: max_connections.unwrap_or(20),
                in_memory: false,
            });
        }
        let scheme = base.split_once(':').map_or(base, |(scheme, _)| scheme);
        Err(format!("`{scheme}` is no database that this server knows; write `memory`, `sqlite://…` or `postgres://…`"))
    }
}

/// A handle to the database.
#[derive(Clone)]
pub struct Db {
    dialect: Dialect,
    read: AnyPool,
    writer: Writer,
    sealer: Sealer,
}

#[derive(Clone)]
enum Writer {
    /// SQLite: the task that owns the one writing connection.
    Group(mpsc::Sender<Job>),
    /// PostgreSQL.
    Pool(AnyPool),
}

struct Job {
    changes: Vec<Change>,
    done: oneshot::Sender<Result<(), StoreError>>,
}

/// How many submissions share one commit at most.
const GROUP: usize = 128;
/// How many may wait for the writer before callers wait to hand theirs over.
const QUEUE: usize = 4096;

impl Db {
    /// Connects.
    pub async fn open(dsn: &Dsn, sealer: Sealer) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let dialect = dsn.dialect;
        let options = AnyPoolOptions::new()
            .max_connections(dsn.max_connections)
            .test_before_acquire(dialect == Dialect::Postgres);
        if dialect == Dialect::Postgres {
            let pool = options.connect(&dsn.url).await?;
            return Ok(Self { dialect, read: pool.clone(), writer: Writer::Pool(pool), sealer });
        }
        if dsn.in_memory {
            // One connection holds the whole database, so it must never be closed.
            let pool = options.idle_timeout(None).max_lifetime(None).min_connections(1).connect(&dsn.url).await?;
            return Ok(Self { dialect, read: pool.clone(), writer: Writer::Pool(pool), sealer });
        }
        let mut connection = AnyConnection::connect(&dsn.url).await?;
        for pragma in [
            "PRAGMA journal_mode=WAL",
            "PRAGMA synchronous=FULL",
            "PRAGMA foreign_keys=ON",
            "PRAGMA busy_timeout=10000",
        ] {
            connection.execute(pragma).await?;
        }
        let read = options
            .after_connect(|connection, _| {
                Box::pin(async move {
                    for pragma in ["PRAGMA query_only=ON", "PRAGMA busy_timeout=10000"] {
                        connection.execute(pragma).await?;
                    }
                    Ok(())
                })
            })
            .connect(&dsn.url)
            .await?;
        let (sender, jobs) = mpsc::channel(QUEUE);
        tokio::spawn(write_in_groups(connection, jobs, sealer.clone()));
        Ok(Self { dialect, read, writer: Writer::Group(sender), sealer })
    }

    /// Which database this is.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// A connection to read from.
    pub async fn read(&self) -> Result<PoolConnection<Any>, StoreError> {
        Ok(self.read.acquire().await?)
    }

    /// A connection of its own that may write: for migrations.
    pub(super) async fn exclusive(dsn: &Dsn) -> Result<AnyConnection, StoreError> {
        sqlx::any::install_default_drivers();
        Ok(AnyConnection::connect(&dsn.url).await?)
    }

    /// The pool, for databases that live in one connection.
    pub(super) fn pool(&self) -> &AnyPool {
        &self.read
    }

    pub(super) async fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        let gone = || StoreError::Database("the writer has stopped".into());
        match &self.writer {
            Writer::Group(jobs) => {
                let (done, answer) = oneshot::channel();
                jobs.send(Job { changes, done }).await.map_err(|_| gone())?;
                answer.await.map_err(|_| gone())?
            }
            Writer::Pool(pool) => {
                // The pauses grow and differ: two that come back at the same moment are in each other's way again.
                let pauses = ExponentialBuilder::default()
                    .with_min_delay(Duration::from_millis(20))
                    .with_max_times(5)
                    .with_jitter();
                let undone = |error: &StoreError| matches!(error, StoreError::Undone);
                (|| self.commit_once(pool, &changes)).retry(pauses).when(undone).await
            }
        }
    }

    async fn commit_once(&self, pool: &AnyPool, changes: &[Change]) -> Result<(), StoreError> {
        let mut transaction = pool.begin().await?;
        for change in changes {
            apply::apply(&mut transaction, &self.sealer, change).await?;
        }
        Ok(transaction.commit().await?)
    }
}

/// Takes submissions as they come; those that wait together are committed together. One that fails is undone alone.
async fn write_in_groups(mut connection: AnyConnection, mut jobs: mpsc::Receiver<Job>, sealer: Sealer) {
    let mut group = Vec::with_capacity(GROUP);
    while jobs.recv_many(&mut group, GROUP).await > 0 {
        let mut results = Vec::with_capacity(group.len());
        let committed = async {
            // What may be lost need not wait for the disk; the pragma counts for whole transactions only.
            let relaxed = group.iter().flat_map(|job| &job.changes).all(Change::may_be_lost);
            if relaxed {
                connection.execute("PRAGMA synchronous=NORMAL").await?;
            }
            connection.execute("BEGIN IMMEDIATE").await?;
            for job in &group {
                results.push(apply_alone(&mut connection, &sealer, &job.changes).await?);
            }
            connection.execute("COMMIT").await?;
            if relaxed {
                connection.execute("PRAGMA synchronous=FULL").await?;
            }
            Ok::<_, sqlx::Error>(())
        }
        .await;
        let failure = committed.err().map(|error| error.to_string());
        if failure.is_some() {
            // The transaction may or may not be open still; an error here says that it is not.
            drop(connection.execute("ROLLBACK").await);
            drop(connection.execute("PRAGMA synchronous=FULL").await);
        }
        let mut results = results.into_iter();
        for job in group.drain(..) {
            let result = match &failure {
                Some(reason) => Err(StoreError::Database(reason.clone())),
                None => results.next().unwrap_or_else(|| Err(StoreError::Database("not applied".into()))),
            };
            // Nobody listens when the client has gone; what was asked for is committed all the same.
            drop(job.done.send(result));
        }
    }
}

/// The outer error ends the whole group; the inner one undoes these changes only.
async fn apply_alone(
    connection: &mut AnyConnection,
    sealer: &Sealer,
    changes: &[Change],
) -> Result<Result<(), StoreError>, sqlx::Error> {
    connection.execute("SAVEPOINT job").await?;
    for change in changes {
        if let Err(error) = apply::apply(connection, sealer, change).await {
            connection.execute("ROLLBACK TO job").await?;
            connection.execute("RELEASE job").await?;
            return Ok(Err(error));
        }
    }
    connection.execute("RELEASE job").await?;
    Ok(Ok(()))
}
