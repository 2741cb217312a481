//! The web app of Nexus Auth: a self-service app and an admin console over one library.
//!
//! What decides is plain data and functions in [`model`] and [`i18n`]: they run natively and are tested there. What
//! talks to the server is in [`services`], one file per resource. [`hooks`], [`components`] and [`pages`] put both
//! on the screen. No page knows a login method: forms are drawn from the flow's `ui.nodes`.

#![expect(missing_docs, reason = "Yew's component macro makes public items that cannot carry a comment")]

pub mod admin;
pub mod app;
pub mod components;
pub mod error;
pub mod hooks;
pub mod i18n;
pub mod model;
pub mod pages;
pub mod routes;
pub mod services;

// The unit tests run natively (`cargo test -p ui-yew`) and, with those of whole pages, in the browser.
#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
