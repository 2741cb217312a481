//! Requests to the server, a file per resource. All go to the page's own origin.

pub mod errors;
pub mod flows;
pub mod http;
pub mod logout;
pub mod sessions;
