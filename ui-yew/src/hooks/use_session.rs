//! Who is signed in.

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::Error;
use crate::services::sessions::{self, Who};

/// What is known of the session: nothing yet, who it is, or why that cannot be told.
pub type Known = Option<Result<Who, Error>>;

/// Asks for the session when the page opens; the callback asks again.
#[hook]
pub fn use_session() -> (UseStateHandle<Known>, Callback<()>) {
    let known = use_state(|| None);
    let ask = {
        let setter = known.setter();
        use_callback((), move |(): (), ()| {
            let setter = setter.clone();
            spawn_local(async move { setter.set(Some(sessions::whoami().await)) });
        })
    };
    {
        let ask = ask.clone();
        use_effect_with((), move |()| ask.emit(()));
    }
    (known, ask)
}
