//! The schemas of the configuration.

use super::{IdentitySchema, SchemaError, source};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// One entry of `identity.schemas`.
#[derive(Clone, Copy, Debug)]
pub struct SchemaEntry<'a> {
    /// Its id.
    pub id: &'a str,
    /// Where the document is: `file://`, `base64://`, `https://` or `http://`.
    pub url: &'a str,
    /// Whether `?identity_schema=` may choose it.
    pub selectable: bool,
}

/// Every schema of the configuration, compiled, in its order.
#[derive(Debug)]
pub struct SchemaRegistry {
    schemas: Vec<(IdentitySchema, bool)>,
    default: usize,
}

impl SchemaRegistry {
    /// Reads and compiles all schemas; warnings are logged.
    ///
    /// # Errors
    /// When one of them cannot be read or compiled, an id is used twice, or the default is not among them.
    pub async fn load(default_id: &str, entries: &[SchemaEntry<'_>]) -> Result<Self, SchemaError> {
        let mut schemas: Vec<(IdentitySchema, bool)> = Vec::with_capacity(entries.len());
        for entry in entries {
            if schemas.iter().any(|(known, _)| known.id() == entry.id) {
                return Err(configuration(entry.id, "identity.schemas has two entries with this id; rename one"));
            }
            let (document, name) = source::read(entry.id, entry.url).await?;
            let schema = IdentitySchema::compile(entry.id, document, &name)?;
            for warning in schema.warnings() {
                tracing::warn!(schema = entry.id, source = name, "identity schema: {warning}");
            }
            schemas.push((schema, entry.selectable));
        }
        Self::of(default_id, schemas)
    }

    /// A registry of compiled schemas, each with whether it is selectable.
    ///
    /// # Errors
    /// When the default is not among them.
    pub fn of(default_id: &str, schemas: Vec<(IdentitySchema, bool)>) -> Result<Self, SchemaError> {
        let default = schemas.iter().position(|(schema, _)| schema.id() == default_id).ok_or_else(|| {
            let known: Vec<&str> = schemas.iter().map(|(schema, _)| schema.id()).collect();
            let problem = format!(
                "identity.default_schema_id names it, but identity.schemas has only {known:?}; add it there or name \
                 one of these"
            );
            configuration(default_id, &problem)
        })?;
        Ok(Self { schemas, default })
    }

    /// The schema of that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&IdentitySchema> {
        self.iter().find(|schema| schema.id() == id)
    }

    /// The schema named by `/schemas/{name}`: its id as unpadded base64url, or the id itself.
    #[must_use]
    pub fn by_url_name(&self, name: &str) -> Option<&IdentitySchema> {
        let decoded = URL_SAFE_NO_PAD.decode(name).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        decoded.and_then(|id| self.get(&id)).or_else(|| self.get(name))
    }

    /// The default schema.
    #[must_use]
    pub fn default(&self) -> &IdentitySchema {
        &self.schemas[self.default].0
    }

    /// Every schema in the order of the configuration.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &IdentitySchema> {
        self.schemas.iter().map(|(schema, _)| schema)
    }

    /// Whether self-service may choose this schema. The default can always be named.
    #[must_use]
    pub fn is_selectable(&self, id: &str) -> bool {
        self.default().id() == id || self.schemas.iter().any(|(schema, selectable)| *selectable && schema.id() == id)
    }
}

fn configuration(id: &str, problem: &str) -> SchemaError {
    SchemaError { id: id.into(), source_name: "configuration".into(), pointer: String::new(), problem: problem.into() }
}
