//! State that pages share.

pub mod browser;
pub mod use_flow;
pub mod use_session;
