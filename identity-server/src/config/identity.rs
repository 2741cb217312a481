//! `identity`: the identity schemas.

use serde::Deserialize;

/// `identity`.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct Identity {
    #[serde(default = "default_id")]
    pub default_schema_id: String,
    pub schemas: Vec<SchemaSource>,
}

fn default_id() -> String {
    "default".into()
}

/// One entry of `identity.schemas`.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct SchemaSource {
    pub id: String,
    /// `file://`, `base64://` or `http(s)://`. The loader has made `file://./…` absolute: relative to the
    /// configuration file that names it.
    pub url: String,
    #[serde(default)]
    pub selfservice_selectable: bool,
}
