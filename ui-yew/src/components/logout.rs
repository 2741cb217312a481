//! Signing out.

use crate::hooks::use_i18n;
use crate::i18n::{texts, trouble};
use crate::routes;
use crate::services::{browser, logout};
use yew::platform::spawn_local;
use yew::prelude::*;

/// A button that ends the session of this browser. The browser goes to the server's address, so that it may clear
/// what it keeps (ui.md 48) and lead on; nothing of the page stays in memory.
#[component]
pub fn LogoutButton() -> Html {
    let i18n = use_i18n();
    let is_busy = use_state(|| false);
    let onclick = {
        let (is_busy, i18n) = (is_busy.clone(), i18n.clone());
        Callback::from(move |_: MouseEvent| {
            if *is_busy {
                return;
            }
            is_busy.set(true);
            let (is_busy, i18n) = (is_busy.clone(), i18n.clone());
            spawn_local(async move {
                match logout::address().await {
                    Ok(Some(address)) => browser::load(&address),
                    Ok(None) => routes::replace("/login"),
                    Err(error) => {
                        is_busy.set(false);
                        browser::announce(&trouble::describe(&error, &i18n));
                    }
                }
            });
        })
    };
    let text = i18n.t(if *is_busy { &texts::LOGOUT_BUSY } else { &texts::LOGOUT });
    html! {
        <button type="button" name="logout" data-test="logout" class="button button-small" {onclick}
                aria-disabled={is_busy.then_some("true")}>
            { text }
        </button>
    }
}
