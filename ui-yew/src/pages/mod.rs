//! The pages.

mod error;
mod flow;
mod not_found;
mod welcome;

pub use error::ErrorPage;
pub use flow::{FlowPage, FlowPageProps};
pub use not_found::NotFoundPage;
pub use welcome::WelcomePage;
pub(crate) use welcome::login_and_back;
