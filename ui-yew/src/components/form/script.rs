//! Scripts of the server, e.g. `webauthn.js`.

use crate::model::next::server_path;
use crate::services::browser;
use identity_api::ui::ScriptAttributes;
use wasm_bindgen::JsCast;
use web_sys::HtmlScriptElement;

/// Loads a script once per page. It must come from this origin (the content security policy allows no other) and
/// match its hash.
pub(super) fn load(script: &ScriptAttributes) {
    // What cannot be loaded is missing from the page; the other methods work without it.
    let _ = append(script);
}

fn append(script: &ScriptAttributes) -> Option<()> {
    let path = server_path(&script.src);
    if !path.starts_with('/') {
        return None;
    }
    let document = browser::document();
    let present = document.query_selector(&format!("script[data-node=\"{}\"]", script.id)).ok()?;
    if present.is_some() {
        return None;
    }
    let element: HtmlScriptElement = document.create_element("script").ok()?.dyn_into().ok()?;
    for (name, value) in [
        ("data-node", script.id.as_str()),
        ("integrity", &script.integrity),
        ("crossorigin", &script.crossorigin),
        ("referrerpolicy", &script.referrerpolicy),
        ("type", &script.script_type),
    ] {
        if !value.is_empty() {
            element.set_attribute(name, value).ok()?;
        }
    }
    element.set_async(script.is_async);
    element.set_src(path);
    document.head()?.append_child(&element).ok()?;
    Some(())
}
