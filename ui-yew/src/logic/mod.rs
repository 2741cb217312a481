//! Decisions without a browser: everything in here is plain Rust over the contract's types.

pub mod body;
pub mod fields;
pub mod flow;
pub mod layout;
pub mod next;
pub mod summary;
pub mod url;
pub mod values;
