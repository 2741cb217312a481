//! Talking to the server and to the browser: a file per resource.

pub mod admin;
pub mod browser;
pub mod errors;
pub mod flows;
pub mod http;
pub mod locales;
pub mod logout;
pub mod sessions;
