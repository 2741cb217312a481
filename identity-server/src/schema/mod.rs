//! Identity schemas: JSON Schema documents with the `ory.sh/kratos` extension.
//!
//! A schema answers five questions: are these traits valid, which form fields ask for them, what does a submitted
//! form mean, which identifiers and addresses do they hold, and how are those normalised. All of it is pure; only
//! [`SchemaRegistry::load`] reads files and URLs.

mod compile;
mod decode;
mod extension;
mod extract;
mod fields;
pub mod form;
mod formats;
mod nodes;
mod registry;
mod source;
#[cfg(test)]
mod tests;
mod validate;

pub use compile::IdentitySchema;
pub use extension::Via;
pub use extract::{Extracted, normalise_identifier};
pub use formats::is_email;
pub use registry::{SchemaEntry, SchemaRegistry};
pub use validate::FieldFault;

/// Why a schema cannot be used. Says where, what was found, what was expected and how to mend it.
#[derive(Debug, thiserror::Error)]
#[error("identity schema {id:?} ({source_name}){}: {problem}", at(.pointer))]
pub struct SchemaError {
    /// The schema's id in the configuration.
    pub id: String,
    /// The file or URL that it comes from.
    pub source_name: String,
    /// The place inside the document, as JSON pointer; empty for the whole.
    pub pointer: String,
    /// What was found, what was expected, and the mend.
    pub problem: String,
}

fn at(pointer: &str) -> String {
    if pointer.is_empty() { String::new() } else { format!(" at {pointer}") }
}
