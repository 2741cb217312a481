//! The window's address.

use wasm_bindgen::JsValue;

use crate::logic::url::Query;

/// The parameters of the page's address.
#[must_use]
pub fn query() -> Query {
    let search = web_sys::window().and_then(|window| window.location().search().ok());
    Query::parse(&search.unwrap_or_default())
}

/// Scheme, host and port of the page.
#[must_use]
pub fn origin() -> String {
    web_sys::window().and_then(|window| window.location().origin().ok()).unwrap_or_default()
}

/// The path and parameters of the page's address.
#[must_use]
pub fn path() -> String {
    let Some(location) = web_sys::window().map(|window| window.location()) else {
        return String::new();
    };
    let part = |text: Result<String, JsValue>| text.unwrap_or_default();
    part(location.pathname()) + &part(location.search())
}

/// Leaves the page. What it held is gone with it, typed secrets too.
pub fn leave(url: &str) {
    if let Some(window) = web_sys::window() {
        let _ = window.location().assign(url);
    }
}

/// Writes another address over the page's own, without leaving it: loading the page again finds the same flow.
pub fn rename(path: &str) {
    if let Some(history) = web_sys::window().and_then(|window| window.history().ok()) {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(path));
    }
}
