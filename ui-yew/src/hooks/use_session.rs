//! The session of this browser.

use crate::error::Error;
use crate::model::session::Session;
use crate::services::browser;
use crate::services::sessions::{self, Whoami};
use gloo_events::EventListener;
use serde_json::Value;
use std::cell::Cell;
use std::rc::Rc;
use yew::platform::spawn_local;
use yew::prelude::*;

/// How old the answer may be before it is asked again when the page is looked at again, in milliseconds.
const STALE: f64 = 30_000.0;

/// What is known of the session.
#[derive(Clone, Debug, PartialEq)]
pub enum SessionState {
    /// The answer is on its way.
    Asking,
    /// Somebody is signed in: the session, read and as it came.
    SignedIn(Rc<(Session, Value)>),
    /// Nobody is.
    Nobody,
    /// More must be proven, at this address.
    NeedsMore(String),
    /// It could not be found out.
    Failed(Error),
}

/// The session and a way to ask again.
#[derive(Clone, PartialEq)]
pub struct SessionHandle {
    /// What is known.
    pub state: SessionState,
    /// Asks again.
    pub ask: Callback<()>,
}

/// Asks for the session now and whenever the page is looked at again after a while.
#[hook]
pub fn use_session() -> SessionHandle {
    let state = use_state(|| SessionState::Asking);
    let asked_at = use_memo((), |()| Cell::new(0.0_f64));
    let ask = {
        let (state, asked_at) = (state.setter(), asked_at.clone());
        use_callback((), move |(), ()| {
            let state = state.clone();
            asked_at.set(browser::now());
            spawn_local(async move {
                state.set(match sessions::whoami().await {
                    Ok(Whoami::Session(session)) => SessionState::SignedIn(Rc::new(*session)),
                    Ok(Whoami::Nobody) => SessionState::Nobody,
                    Ok(Whoami::NeedsMore(address)) => SessionState::NeedsMore(address),
                    Err(error) => SessionState::Failed(error),
                });
            });
        })
    };
    {
        let ask = ask.clone();
        use_effect_with((), move |()| {
            ask.emit(());
            let seen = EventListener::new(&browser::document(), "visibilitychange", move |_| {
                if browser::is_visible() && browser::now() - asked_at.get() > STALE {
                    ask.emit(());
                }
            });
            move || drop(seen)
        });
    }
    SessionHandle { state: (*state).clone(), ask }
}
