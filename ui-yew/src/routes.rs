//! The pages of the self-service app and the way between them.
//!
//! A dozen fixed paths need no router: this is the browser's history and one event, at a tenth of the size.

use crate::services::browser;
use wasm_bindgen::JsValue;
use web_sys::Event;

/// A page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The start page: for the signed-in.
    Welcome,
    /// Signing in.
    Login,
    /// Making an account.
    Registration,
    /// Getting back into an account.
    Recovery,
    /// Proving an address.
    Verification,
    /// Changing profile and ways to sign in.
    Settings,
    /// Sessions on all devices. Below the settings, because `/sessions` is the server's.
    Sessions,
    /// What went wrong.
    Error,
    /// Everything else.
    NotFound,
}

impl Route {
    /// The page of a path. `/welcome` is the name that configurations of Kratos use for the start page.
    #[must_use]
    pub fn of(path: &str) -> Self {
        match path.trim_end_matches('/') {
            "" | "/welcome" => Self::Welcome,
            "/login" => Self::Login,
            "/registration" => Self::Registration,
            "/recovery" => Self::Recovery,
            "/verification" => Self::Verification,
            "/settings" => Self::Settings,
            "/settings/sessions" => Self::Sessions,
            "/error" => Self::Error,
            _ => Self::NotFound,
        }
    }
}

/// What the browser itself sends when somebody goes back or forth.
pub const MOVED: &str = "popstate";

/// Goes to a page of this app: path and query.
pub fn go(path: &str) {
    if let Ok(history) = browser::window().history()
        && history.push_state_with_url(&JsValue::NULL, "", Some(path)).is_ok()
    {
        tell();
    }
}

/// The same, in place of the page that is shown.
pub fn replace(path: &str) {
    browser::replace_address(path);
    tell();
}

fn tell() {
    if let Ok(event) = Event::new(MOVED) {
        // Only a listener that throws could refuse it.
        let _ = browser::window().dispatch_event(&event);
    }
}

#[cfg(test)]
mod tests {
    use super::Route;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_path_leads_to_its_page_with_or_without_a_slash_behind_it() {
        assert_eq!(Route::of("/"), Route::Welcome);
        assert_eq!(Route::of("/login/"), Route::Login);
        assert_eq!(Route::of("/login/more"), Route::NotFound);
        assert_eq!(Route::of("/nothing"), Route::NotFound);
    }
}
