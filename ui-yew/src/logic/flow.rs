//! The kinds of flows, and a flow as the app sees it.

use identity_api::UiContainer;
use serde::Deserialize;
use serde_json::Value;

use super::url::{self, Query};

/// A kind of self-service flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Sign in, confirm a session, or give a second factor.
    Login,
    /// Sign up.
    Registration,
    /// Get back into an account.
    Recovery,
    /// Prove that an address is one's own.
    Verification,
    /// Change one's data and credentials.
    Settings,
}

impl Kind {
    /// The kind's name in paths.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Registration => "registration",
            Self::Recovery => "recovery",
            Self::Verification => "verification",
            Self::Settings => "settings",
        }
    }

    /// The parameters of the page that the start of a flow takes.
    const fn start_parameters(self) -> &'static [&'static str] {
        match self {
            Self::Login => {
                &["return_to", "refresh", "aal", "via", "login_challenge", "organization", "identity_schema"]
            }
            Self::Registration => {
                &["return_to", "login_challenge", "after_verification_return_to", "organization", "identity_schema"]
            }
            Self::Recovery => &["return_to", "skip_settings"],
            Self::Verification | Self::Settings => &["return_to", "organization"],
        }
    }

    /// Where a flow of this kind is started, with those parameters of the page that it takes.
    #[must_use]
    pub fn start_path(self, page: &Query) -> String {
        let query: Query = self
            .start_parameters()
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), page.get(name)?.to_owned())))
            .collect();
        url::with_query(&format!("/self-service/{}/browser", self.name()), &query)
    }

    /// Where a flow of this kind is read.
    #[must_use]
    pub fn flow_path(self, id: &str) -> String {
        let query: Query = [("id".to_owned(), id.to_owned())].into_iter().collect();
        url::with_query(&format!("/self-service/{}/flows", self.name()), &query)
    }

    /// What stands above the form.
    #[must_use]
    pub fn heading(self, flow: Option<&Flow>) -> &'static str {
        match self {
            Self::Login => match flow {
                Some(flow) if flow.requested_aal == "aal2" => "Confirm with a second step",
                Some(flow) if flow.refresh => "Confirm that it is you",
                _ => "Sign in",
            },
            Self::Registration => "Create your account",
            Self::Recovery => "Recover your account",
            Self::Verification => "Verify your address",
            Self::Settings => "Account settings",
        }
    }
}

/// A flow: what all kinds have in common, and the few fields that change a page.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Flow {
    /// The flow's id.
    pub id: String,
    /// Where the browser goes afterwards; the server has checked it.
    #[serde(default)]
    pub return_to: Option<String>,
    /// The form.
    pub ui: UiContainer,
    /// Where the flow stands.
    #[serde(default)]
    pub state: String,
    /// Whether a login confirms a session.
    #[serde(default)]
    pub refresh: bool,
    /// The assurance level that a login asks for.
    #[serde(default)]
    pub requested_aal: String,
    /// What comes next. Kept as it came: a step of a later version must not make the flow unreadable.
    #[serde(default)]
    pub continue_with: Value,
}

#[cfg(test)]
mod tests {
    use super::Kind;
    use crate::logic::url::Query;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_start_takes_along_the_parameters_that_it_knows_and_no_others() {
        let page = Query::parse("?aal=aal2&return_to=https%3A%2F%2Fa.example%2F%3Fb%3Dc&flow=1&x=2");
        assert_eq!(
            Kind::Login.start_path(&page),
            "/self-service/login/browser?return_to=https%3A%2F%2Fa.example%2F%3Fb%3Dc&aal=aal2"
        );
        assert_eq!(Kind::Recovery.start_path(&Query::default()), "/self-service/recovery/browser");
    }

    #[test]
    fn an_id_cannot_leave_its_place_in_the_address() {
        assert_eq!(Kind::Settings.flow_path("1&x=../"), "/self-service/settings/flows?id=1%26x%3D..%2F");
    }
}
