//! The pages.

mod error;
mod flow;
mod not_found;
mod sessions;
mod settings;
mod welcome;

pub use error::ErrorPage;
pub use flow::{FlowPage, FlowPageProps};
pub use not_found::NotFoundPage;
pub use sessions::SessionsPage;
pub use settings::{SettingsPage, SettingsPageProps};
pub use welcome::WelcomePage;
use welcome::use_way_to_sign_in;
pub(crate) use welcome::{login_and_back, session_facts};
