//! The two HTTP ports.

pub mod admin;
pub mod app;
pub mod context;
pub mod cookies;
pub mod csrf;
pub mod error;
mod guard;
mod health;
mod keyset;
mod listen;
mod paging;
pub mod public;
mod reload;
pub mod request;
pub mod respond;
pub mod return_to;
mod serve;
pub mod session;
pub mod start;
mod trace;

pub use listen::check_certificate;
pub use serve::{ServeOptions, serve, watch_courier};
