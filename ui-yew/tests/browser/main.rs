//! The app in a real browser: what is shown, what a person can do with it, what is sent, and what happens then.
//! Numbers at the tests are those of the requirements for the web app.

#![cfg(target_arch = "wasm32")]

mod admin;
mod app;
mod login;
mod plain;
mod settings;
mod steps;
mod support;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
