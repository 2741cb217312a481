//! The courier: messages are written and queued with the change that causes them, and delivered afterwards.

mod builtin;
mod compose;
mod data;
mod deliver;
mod kind;
mod language;
mod templates;
mod worker;

pub use compose::compose;
pub use data::Facts;
pub use deliver::Delivery;
pub use kind::Template;
pub use templates::{Mails, TemplateProblems, Templates};
pub use worker::run;
