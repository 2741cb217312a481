//! The browser's own facilities: addresses, time, language, focus.

use js_sys::{Date, Function, JSON, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, HtmlElement, Window};

/// The window.
///
/// # Panics
/// Outside a browser, where there is no app.
#[must_use]
pub fn window() -> Window {
    web_sys::window().expect("the app runs in a window")
}

/// The document.
///
/// # Panics
/// Outside a browser.
#[must_use]
pub fn document() -> Document {
    window().document().expect("a window has a document")
}

/// This page's origin: `https://host:port`.
#[must_use]
pub fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// The query of the page's address as it is now, with its question mark.
#[must_use]
pub fn query() -> String {
    window().location().search().unwrap_or_default()
}

/// The path of the page's address as it is now.
#[must_use]
pub fn path() -> String {
    window().location().pathname().unwrap_or_default()
}

/// Whether nothing on the page has the focus.
#[must_use]
pub fn has_no_focus() -> bool {
    let document = document();
    document.active_element().is_none_or(|element| document.body().is_some_and(|body| element == *body))
}

/// Loads another address.
pub fn load(address: &str) {
    // A refusal can only mean that the browser blocks the address; the page stays, and says nothing untrue.
    let _ = window().location().assign(address);
}

/// Replaces the page's address without going anywhere.
pub fn replace_address(address: &str) {
    if let Ok(history) = window().history() {
        let state = history.state().unwrap_or(JsValue::NULL);
        let _ = history.replace_state_with_url(&state, "", Some(address));
    }
}

/// Milliseconds since 1970.
#[must_use]
pub fn now() -> f64 {
    Date::now()
}

/// A time of the server (RFC 3339) in milliseconds since 1970; NaN when it is none.
#[must_use]
pub fn millis(time: &str) -> f64 {
    Date::parse(time)
}

/// A time of the server (RFC 3339) in the words of a language.
#[must_use]
pub fn date_and_time(time: &str, lang: &str) -> String {
    let date = Date::new(&JsValue::from_str(time));
    let options = Object::new();
    for (key, value) in [("dateStyle", "medium"), ("timeStyle", "short")] {
        let _ = Reflect::set(&options, &key.into(), &value.into());
    }
    date.to_locale_string(lang, &options).into()
}

/// JSON with line breaks, for people; unchanged when it is none.
#[must_use]
pub fn pretty(json: &str) -> String {
    let shown = JSON::parse(json)
        .and_then(|value| JSON::stringify_with_replacer_and_space(&value, &JsValue::NULL, &JsValue::from_f64(2.0)));
    shown.map_or_else(|_| json.to_owned(), String::from)
}

/// The languages that the browser asks for, the preferred one first.
#[must_use]
pub fn languages() -> Vec<String> {
    window().navigator().languages().iter().filter_map(|language| language.as_string()).collect()
}

/// A preference that is kept in this browser. Never a secret.
#[must_use]
pub fn preference(name: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(name).ok()?
}

/// Keeps a preference. A browser that keeps nothing forgets it.
pub fn set_preference(name: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(name, value);
    }
}

/// Sets `lang` and `dir` of the document.
pub fn set_language(lang: &str, dir: &str) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("lang", lang);
        let _ = root.set_attribute("dir", dir);
    }
}

/// Moves the focus to the element of an id; tells whether there is one.
pub fn focus(id: &str) -> bool {
    let element = document().get_element_by_id(id).and_then(|element| element.dyn_into::<HtmlElement>().ok());
    element.is_some_and(|element| element.focus().is_ok())
}

/// Moves the focus to the first element that a selector matches; tells whether there is one.
pub fn focus_first(selector: &str) -> bool {
    let element =
        document().query_selector(selector).ok().flatten().and_then(|element| element.dyn_into::<HtmlElement>().ok());
    element.is_some_and(|element| element.focus().is_ok())
}

/// Says something to screen readers without moving the focus (ui.md 23). The region is part of the page from the
/// start; saying the same twice is heard twice.
pub fn announce(text: &str) {
    const ID: &str = "announcer";
    let document = document();
    let region = document.get_element_by_id(ID).or_else(|| {
        let region = document.create_element("div").ok()?;
        for (name, value) in [("id", ID), ("role", "status"), ("aria-live", "polite"), ("class", "visually-hidden")] {
            region.set_attribute(name, value).ok()?;
        }
        document.body()?.append_child(&region).ok()?;
        Some(region)
    });
    if let Some(region) = region {
        let repeated = region.text_content().as_deref() == Some(text);
        let text = if repeated { format!("{text}\u{a0}") } else { text.to_owned() };
        region.set_text_content(Some(&text));
    }
}

/// Whether the page can be seen now.
#[must_use]
pub fn is_visible() -> bool {
    document().visibility_state() == web_sys::VisibilityState::Visible
}

/// Puts text on the clipboard.
///
/// # Errors
/// When the browser refuses.
pub async fn copy(text: &str) -> Result<(), JsValue> {
    let promise = window().navigator().clipboard().write_text(text);
    wasm_bindgen_futures::JsFuture::from(promise).await.map(|_| ())
}

/// Prints the page.
pub fn print() {
    // A browser that cannot print says so itself.
    let _ = window().print();
}

/// Calls a function that a script of the server has put on the window, e.g. `oryPasskeyLogin`. Tells whether it is
/// there.
pub fn call_global(name: &str) -> bool {
    let window = window();
    // Only the names that the contract's script defines: a flow must not be able to call anything else.
    if !name.starts_with("ory") {
        return false;
    }
    let Ok(function) = Reflect::get(&window, &name.into()) else {
        return false;
    };
    match function.dyn_ref::<Function>() {
        Some(function) => {
            let _ = function.call0(&window);
            true
        }
        None => false,
    }
}
