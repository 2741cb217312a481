//! Hooks: state that belongs to no single component.

mod use_flow;
mod use_i18n;
mod use_session;
mod use_title;

pub use use_flow::{FlowHandle, use_flow};
pub use use_i18n::{I18nProvider, Language, use_i18n, use_language};
pub use use_session::{SessionHandle, SessionState, use_session};
pub use use_title::use_title;
