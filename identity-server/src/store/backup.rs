//! Copies of an SQLite database.

use super::{Db, Dialect, Dsn, StoreError};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _};
use std::path::{Path, PathBuf};

impl super::Store {
    /// Writes a copy of the database as it is at this moment to `file`, which must not exist. Servers go on reading
    /// and writing meanwhile.
    ///
    /// # Errors
    /// When this is no SQLite file or the copy cannot be written.
    pub async fn back_up(dsn: &Dsn, file: &Path) -> Result<(), StoreError> {
        let mut connection = Db::exclusive(dsn).await?;
        connection.execute("PRAGMA busy_timeout=60000").await?;
        let name = file.display().to_string().replace('\'', "''");
        connection.execute(AssertSqlSafe(format!("VACUUM INTO '{name}'"))).await?;
        connection.close().await?;
        Self::check_copy(file).await
    }

    /// Whether `file` is a whole SQLite database with our tables.
    ///
    /// # Errors
    /// With what SQLite finds wrong.
    pub async fn check_copy(file: &Path) -> Result<(), StoreError> {
        let dsn = Dsn::parse(&format!("sqlite://{}", file.display())).map_err(StoreError::Corrupt)?;
        let mut connection = Db::exclusive(&dsn).await?;
        let found: String = connection.fetch_one("PRAGMA integrity_check").await?.try_get(0)?;
        if found != "ok" {
            return Err(StoreError::Corrupt(found));
        }
        connection.execute("SELECT 1 FROM identities WHERE 1 = 0").await?;
        Ok(connection.close().await?)
    }

    /// Whether anybody else has the database open, e.g. a server that runs.
    ///
    /// # Errors
    /// When the database cannot be opened at all.
    pub async fn is_in_use(dsn: &Dsn) -> Result<bool, StoreError> {
        let mut connection = Db::exclusive(dsn).await?;
        // Whoever has the file open holds a shared lock on it, which keeps out an exclusive one.
        connection.execute("PRAGMA busy_timeout=0").await?;
        connection.execute("PRAGMA locking_mode=EXCLUSIVE").await?;
        let free = connection.execute("BEGIN EXCLUSIVE").await.is_ok();
        if free {
            connection.execute("ROLLBACK").await?;
        }
        connection.close().await?;
        Ok(!free)
    }
}

impl Dsn {
    /// The file of an SQLite database; `None` for anything else.
    #[must_use]
    pub fn file(&self) -> Option<PathBuf> {
        if self.dialect != Dialect::Sqlite || self.is_in_memory() {
            return None;
        }
        let path = self.url().strip_prefix("sqlite://")?;
        Some(PathBuf::from(path.split_once('?').map_or(path, |(path, _)| path)))
    }
}
