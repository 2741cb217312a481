//! The self-service app.

use crate::hooks::I18nProvider;
use crate::model::flow::FlowKind;
use crate::pages::{ErrorPage, FlowPage, NotFoundPage, SessionsPage, SettingsPage, WelcomePage};
use crate::routes::{MOVED, Route};
use crate::services::browser;
use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::PageTransitionEvent;
use yew::prelude::*;

/// Everything.
#[component]
pub fn SelfServiceApp() -> Html {
    use_effect_with((), |()| {
        // A page that the browser has kept frozen may show an account that is no longer signed in, or a form that
        // was used up (ui.md 48).
        let shown = EventListener::new(&browser::window(), "pageshow", |event| {
            let kept = event.dyn_ref::<PageTransitionEvent>().is_some_and(PageTransitionEvent::persisted);
            if kept {
                let _ = browser::window().location().reload();
            }
        });
        move || drop(shown)
    });
    html! {
        <I18nProvider>
            <Pages />
        </I18nProvider>
    }
}

/// The page of the current address.
#[component]
pub fn Pages() -> Html {
    let place = use_state(here);
    {
        let place = place.setter();
        use_effect_with((), move |()| {
            let moved = EventListener::new(&browser::window(), MOVED, move |_| place.set(here()));
            move || drop(moved)
        });
    }
    let (route, query) = (*place).clone();
    let is_first = use_mut_ref(|| true);
    // ui.md 22: a change of pages moves the focus to the headline; the first page leaves it where it is.
    use_effect_with((route, query.clone()), move |_| {
        if !is_first.replace(false) {
            browser::focus_first("h1");
        }
    });
    // Another query is another page: the flow in it is another one.
    let flow = |kind: FlowKind| {
        let key = format!("{}{query}", kind.name());
        html! { <FlowPage {key} {kind} query={query.clone()} /> }
    };
    match route {
        Route::Welcome => html! { <WelcomePage /> },
        Route::Login => flow(FlowKind::Login),
        Route::Registration => flow(FlowKind::Registration),
        Route::Recovery => flow(FlowKind::Recovery),
        Route::Verification => flow(FlowKind::Verification),
        Route::Settings => html! { <SettingsPage key={query.clone()} query={query.clone()} /> },
        Route::Sessions => html! { <SessionsPage /> },
        Route::Error => html! { <ErrorPage {query} /> },
        Route::NotFound => html! { <NotFoundPage /> },
    }
}

/// The page of the address as it is now, and its query.
fn here() -> (Route, String) {
    (Route::of(&browser::path()), browser::query())
}
