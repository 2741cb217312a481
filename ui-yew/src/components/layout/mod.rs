//! The frames that pages stand in.

mod frame;
mod shell;

pub use frame::{Section, frame};
pub use shell::{Card, shell};
