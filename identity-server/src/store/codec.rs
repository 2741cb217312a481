//! How values stand in the database: moments as microseconds of the epoch, ids as hyphenated text, the rest as JSON.

use super::StoreError;
use identity_api::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row as _;
use sqlx::any::AnyRow;
use uuid::Uuid;

/// A moment as microseconds of the epoch.
pub(crate) fn micros(at: Timestamp) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}

/// Microseconds of the epoch as a moment.
pub(crate) fn moment(micros: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_unix_timestamp_nanos(i128::from(micros) * 1000)
        .map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// What a sealed column belongs to, e.g. `flow:<id>`.
pub(crate) fn place(kind: &str, id: Uuid) -> String {
    format!("{kind}:{id}")
}

/// The error for a sealed column that none of the secrets opens.
pub(crate) fn unopened() -> StoreError {
    StoreError::Corrupt("a sealed value opens under none of the secrets; keep the old ones in secrets.cipher".into())
}

/// `value` as JSON text.
pub(crate) fn json(value: &impl Serialize) -> Result<String, StoreError> {
    Ok(serde_json::to_string(value)?)
}

/// Typed access to the columns of a row by name.
pub(crate) trait Columns {
    fn text(&self, column: &str) -> Result<String, StoreError>;
    fn opt_text(&self, column: &str) -> Result<Option<String>, StoreError>;
    fn int(&self, column: &str) -> Result<i64, StoreError>;
    fn opt_int(&self, column: &str) -> Result<Option<i64>, StoreError>;

    fn id(&self, column: &str) -> Result<Uuid, StoreError> {
        parse_id(&self.text(column)?)
    }
    fn opt_id(&self, column: &str) -> Result<Option<Uuid>, StoreError> {
        self.opt_text(column)?.map(|text| parse_id(&text)).transpose()
    }
    fn moment(&self, column: &str) -> Result<Timestamp, StoreError> {
        moment(self.int(column)?)
    }
    fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        Ok(serde_json::from_str(&self.text(column)?)?)
    }
}

impl Columns for AnyRow {
    fn text(&self, column: &str) -> Result<String, StoreError> {
        Ok(self.try_get(column)?)
    }
    fn opt_text(&self, column: &str) -> Result<Option<String>, StoreError> {
        Ok(self.try_get(column)?)
    }
    fn int(&self, column: &str) -> Result<i64, StoreError> {
        Ok(self.try_get(column)?)
    }
    fn opt_int(&self, column: &str) -> Result<Option<i64>, StoreError> {
        Ok(self.try_get(column)?)
    }
}

pub(crate) fn parse_id(text: &str) -> Result<Uuid, StoreError> {
    Uuid::parse_str(text).map_err(|_| StoreError::Corrupt("an id is no UUID".into()))
}
