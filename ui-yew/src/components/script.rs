//! Scripts that the server's nodes name (WebAuthn), and the functions that they bring.

use identity_api::ui::ScriptAttributes;
use wasm_bindgen::{JsCast, JsValue};
use yew::prelude::*;

/// Calls a function of `window`; tells whether there is one of this name.
pub fn call(name: &str) -> bool {
    let Some(window) = web_sys::window() else {
        return false;
    };
    let function = js_sys::Reflect::get(&window, &JsValue::from_str(name)).ok();
    match function.and_then(|value| value.dyn_into::<js_sys::Function>().ok()) {
        Some(function) => function.call0(&window).is_ok(),
        None => false,
    }
}

/// The properties of [`Script`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The node.
    pub attributes: ScriptAttributes,
    /// Runs when the script has been loaded.
    pub onload: Callback<()>,
}

/// Loads a script. The content security policy decides whether it may run; its hash makes sure that it is the one
/// that the server meant.
#[component]
pub fn Script(props: &Props) -> Html {
    let script = &props.attributes;
    html! {
        <script id={script.id.clone()} src={crate::logic::url::path_of(&script.src)} async={script.is_async}
            type={script.script_type.clone()} integrity={script.integrity.clone()}
            crossorigin={script.crossorigin.clone()} referrerpolicy={script.referrerpolicy.clone()}
            onload={props.onload.reform(|_: Event| ())} />
    }
}
