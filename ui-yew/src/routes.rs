//! The pages of the self-service app.

use yew_router::Routable;
use yew_router::history::{BrowserHistory, History};

/// A page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Routable)]
pub enum Route {
    /// The start page: for the signed-in.
    #[at("/")]
    Root,
    /// The same under the name that configurations of Kratos use.
    #[at("/welcome")]
    Welcome,
    /// Signing in.
    #[at("/login")]
    Login,
    /// Making an account.
    #[at("/registration")]
    Registration,
    /// Getting back into an account.
    #[at("/recovery")]
    Recovery,
    /// Proving an address.
    #[at("/verification")]
    Verification,
    /// Changing profile and ways to sign in.
    #[at("/settings")]
    Settings,
    /// What went wrong.
    #[at("/error")]
    Error,
    /// Everything else.
    #[not_found]
    #[at("/404")]
    NotFound,
}

/// Goes to a page of this app: path and query.
pub fn go(path: &str) {
    BrowserHistory::new().push(path.to_owned());
}

/// The same, in place of the page that is shown.
pub fn replace(path: &str) {
    BrowserHistory::new().replace(path.to_owned());
}
