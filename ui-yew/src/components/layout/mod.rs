//! The frames that pages stand in.

mod frame;
mod shell;

pub use frame::{Frame, Section};
pub use shell::Shell;
