//! The web app that people sign up, sign in and look after their account with.
//!
//! It is a client of the identity contract and nothing else: every form comes from the server as a list of nodes, and
//! one renderer ([`components::flow_form`]) shows whatever is in it. A method that the server learns later appears
//! by itself.
//!
//! [`logic`] decides (what a body holds, what follows an answer) and runs anywhere; [`services`] talk to the server;
//! [`hooks`] tie both to components; [`pages`] put them together.

pub mod app;
pub mod components;
pub mod error;
pub mod hooks;
pub mod logic;
pub mod pages;
pub mod services;

pub use error::Error;

/// Shows the app in the element with the id `app`, in place of the skeleton that is there until then.
pub fn start() {
    let root =
        web_sys::window().and_then(|window| window.document()).and_then(|document| document.get_element_by_id("app"));
    if let Some(root) = root {
        root.set_inner_html("");
        yew::Renderer::<app::App>::with_root(root).render();
    }
}

// The unit tests run natively (`cargo test -p ui-yew`) and, with the rendering tests, in the browser.
#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
