//! The pages.

pub mod error;
pub mod flow;
pub mod not_found;
pub mod welcome;
