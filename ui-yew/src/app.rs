//! The routes.

use yew::prelude::*;
use yew_router::prelude::*;

use crate::components::live::LiveRegion;
use crate::logic::flow::Kind;
use crate::pages::error::ErrorPage;
use crate::pages::flow::FlowPage;
use crate::pages::not_found::NotFound;
use crate::pages::welcome::Welcome;

/// The pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Routable)]
pub enum Route {
    /// The signed-in page.
    #[at("/")]
    Home,
    /// The same, under the name that older configurations use.
    #[at("/welcome")]
    Welcome,
    /// Sign in.
    #[at("/login")]
    Login,
    /// Sign up.
    #[at("/registration")]
    Registration,
    /// Get back into an account.
    #[at("/recovery")]
    Recovery,
    /// Prove an address.
    #[at("/verification")]
    Verification,
    /// Change one's data.
    #[at("/settings")]
    Settings,
    /// What went wrong in a flow.
    #[at("/error")]
    Error,
    /// Anything else.
    #[not_found]
    #[at("/404")]
    NotFound,
}

/// The app.
#[component]
pub fn App() -> Html {
    html! {
        <LiveRegion>
            <BrowserRouter>
                <Switch<Route> render={page} />
            </BrowserRouter>
        </LiveRegion>
    }
}

fn page(route: Route) -> Html {
    let flow = |kind: Kind| html! { <FlowPage key={kind.name()} {kind} /> };
    match route {
        Route::Home | Route::Welcome => html! { <Welcome /> },
        Route::Login => flow(Kind::Login),
        Route::Registration => flow(Kind::Registration),
        Route::Recovery => flow(Kind::Recovery),
        Route::Verification => flow(Kind::Verification),
        Route::Settings => flow(Kind::Settings),
        Route::Error => html! { <ErrorPage /> },
        Route::NotFound => html! { <NotFound /> },
    }
}
