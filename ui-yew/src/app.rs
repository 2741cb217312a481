//! The self-service app.

use crate::hooks::I18nProvider;
use crate::model::flow::FlowKind;
use crate::pages::{ErrorPage, FlowPage, NotFoundPage, WelcomePage};
use crate::routes::Route;
use crate::services::browser;
use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::PageTransitionEvent;
use yew::prelude::*;
use yew_router::prelude::*;

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
            <BrowserRouter>
                <Pages />
            </BrowserRouter>
        </I18nProvider>
    }
}

/// The page of the current address.
#[component]
pub fn Pages() -> Html {
    let route = use_route::<Route>().unwrap_or(Route::NotFound);
    let query = use_location().map_or_else(String::new, |location| location.query_str().to_owned());
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
        Route::Root | Route::Welcome => html! { <WelcomePage /> },
        Route::Login => flow(FlowKind::Login),
        Route::Registration => flow(FlowKind::Registration),
        Route::Recovery => flow(FlowKind::Recovery),
        Route::Verification => flow(FlowKind::Verification),
        Route::Settings => flow(FlowKind::Settings),
        Route::Error => html! { <ErrorPage {query} /> },
        Route::NotFound => html! { <NotFoundPage /> },
    }
}
