//! The courier: messages are written and queued with the change that causes them, and delivered afterwards.

mod compose;
mod deliver;
mod worker;

pub use compose::{Facts, Template, compose};
pub use worker::run;
