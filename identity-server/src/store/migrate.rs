//! Migrations: append-only pairs of up and down, one text for both databases with three placeholders.

use super::{Db, Dialect, Dsn, Store, StoreError};
use sqlx::migrate::{Migrate as _, MigrateError, Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, Connection as _, SqlSafeStr as _};
use std::borrow::Cow;

/// Version, description, up, down.
const MIGRATIONS: &[(i64, &str, &str, &str)] = &[
    (
        1,
        "identities, sessions, flows",
        include_str!("../../migrations/0001_identities_sessions_flows.up.sql"),
        include_str!("../../migrations/0001_identities_sessions_flows.down.sql"),
    ),
    (
        2,
        "tries of a code",
        include_str!("../../migrations/0002_code_tries.up.sql"),
        include_str!("../../migrations/0002_code_tries.down.sql"),
    ),
    (
        3,
        "second factors",
        include_str!("../../migrations/0003_second_factors.up.sql"),
        include_str!("../../migrations/0003_second_factors.down.sql"),
    ),
    (
        10,
        "revisions and search of identities",
        include_str!("../../migrations/0010_identity_revisions_and_search.up.sql"),
        include_str!("../../migrations/0010_identity_revisions_and_search.down.sql"),
    ),
    (
        11,
        "last use of sessions",
        include_str!("../../migrations/0011_session_last_use.up.sql"),
        include_str!("../../migrations/0011_session_last_use.down.sql"),
    ),
    (
        20,
        "failures of messages",
        include_str!("../../migrations/0020_courier_failures.up.sql"),
        include_str!("../../migrations/0020_courier_failures.down.sql"),
    ),
    (
        21,
        "counters of tries",
        include_str!("../../migrations/0021_throttle.up.sql"),
        include_str!("../../migrations/0021_throttle.down.sql"),
    ),
    (
        22,
        "audit trail",
        include_str!("../../migrations/0022_audit.up.sql"),
        include_str!("../../migrations/0022_audit.down.sql"),
    ),
];

/// One migration, as `migrate status` prints it.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct MigrationStatus {
    pub version: i64,
    pub description: &'static str,
    pub applied: bool,
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        Self::Database(format!("migration: {error}"))
    }
}

fn migrator(dialect: Dialect) -> Migrator {
    let [sequence, txid, bytewise] = match dialect {
        // SQLite compares texts byte by byte unless told otherwise.
        Dialect::Sqlite => ["INTEGER PRIMARY KEY AUTOINCREMENT", "0", ""],
        Dialect::Postgres => {
            ["BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "(pg_current_xact_id()::text::bigint)", "COLLATE \"C\""]
        }
    };
    let sql = |text: &str| {
        let text = text.replace("{sequence}", sequence).replace("{txid}", txid).replace("{bytewise}", bytewise);
        AssertSqlSafe(text).into_sql_str()
    };
    let migrations = MIGRATIONS
        .iter()
        .flat_map(|(version, description, up, down)| {
            [(up, MigrationType::ReversibleUp), (down, MigrationType::ReversibleDown)]
                .map(|(text, kind)| Migration::new(*version, Cow::Borrowed(*description), kind, sql(text), false))
        })
        .collect();
    Migrator::with_migrations(migrations)
}

impl Store {
    /// Applies what is missing.
    pub async fn migrate(dsn: &Dsn) -> Result<(), StoreError> {
        let mut connection = Db::exclusive(dsn).await?;
        migrator(dsn.dialect).run_direct(None, &mut connection, false).await?;
        Ok(connection.close().await?)
    }

    /// The same on the open database: for one that lives in memory.
    pub async fn migrate_open(&self) -> Result<(), StoreError> {
        let mut connection = self.db.pool().acquire().await?;
        Ok(migrator(self.db.dialect()).run_direct(None, &mut *connection, false).await?)
    }

    /// Takes back every migration above `version`; 0 takes back all, and with them all data.
    pub async fn migrate_down(dsn: &Dsn, version: i64) -> Result<(), StoreError> {
        let mut connection = Db::exclusive(dsn).await?;
        migrator(dsn.dialect).undo(&mut connection, version).await?;
        Ok(connection.close().await?)
    }

    /// Which migrations are applied.
    pub async fn migration_status(dsn: &Dsn) -> Result<Vec<MigrationStatus>, StoreError> {
        let mut connection = Db::exclusive(dsn).await?;
        let table = &Migrator::DEFAULT.table_name;
        connection.ensure_migrations_table(table).await?;
        let applied = connection.list_applied_migrations(table).await?;
        Ok(MIGRATIONS
            .iter()
            .map(|(version, description, ..)| MigrationStatus {
                version: *version,
                description,
                applied: applied.iter().any(|found| found.version == *version),
            })
            .collect())
    }
}
