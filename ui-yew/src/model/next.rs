//! Where the browser goes, and what it refuses.

use crate::model::flow::FlowKind;
use crate::model::wire::{list, text};
use serde_json::Value;

/// The paths of this app's own pages; see [`crate::routes`].
const PAGES: [&str; 9] = [
    "/",
    "/welcome",
    "/login",
    "/registration",
    "/recovery",
    "/verification",
    "/settings",
    "/settings/sessions",
    "/error",
];

/// A place to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A page of this app: path and query.
    Page(String),
    /// Any other address, loaded by the browser.
    Elsewhere(String),
}

impl Place {
    /// A page of this app.
    #[must_use]
    pub fn page(path: impl Into<String>) -> Self {
        Self::Page(path.into())
    }

    /// Sorts an address that the server named. `origin` is the page's own (`https://host:port`).
    ///
    /// `None` when a browser would run it as a program or read it as data instead of going there.
    #[must_use]
    pub fn of(address: &str, origin: &str) -> Option<Self> {
        let address = address.trim();
        // Browsers drop tabs and line breaks inside addresses, and could so read another one than was checked.
        if address.chars().any(char::is_control) {
            return None;
        }
        if let Some(path) = own_path(address, origin) {
            let end = path.find(['?', '#']).unwrap_or(path.len());
            let page = path[..end].trim_end_matches('/');
            let page = if page.is_empty() { "/" } else { page };
            return Some(if PAGES.contains(&page) {
                Self::Page(path.to_owned())
            } else {
                Self::Elsewhere(path.to_owned())
            });
        }
        is_safe(address).then(|| Self::Elsewhere(address.to_owned()))
    }
}

/// The path and query of an address of this origin. The app talks to its own origin only (the content security
/// policy sees to it), so absolute addresses of the server are taken by their path.
#[must_use]
pub fn own_path<'a>(address: &'a str, origin: &str) -> Option<&'a str> {
    if address.starts_with('/') && !address.starts_with("//") && !address.starts_with("/\\") {
        return Some(address);
    }
    let rest = address.strip_prefix(origin)?;
    match rest.as_bytes().first() {
        None => Some("/"),
        Some(b'/') => Some(rest),
        _ => None,
    }
}

/// The path and query of a server address, whatever its origin: `ui.action`, `logout_url`, a script's `src`.
#[must_use]
pub fn server_path(address: &str) -> &str {
    let Some((scheme, rest)) = address.split_once("://") else {
        return address;
    };
    if scheme.contains('/') {
        return address;
    }
    rest.find('/').map_or("/", |at| &rest[at..])
}

/// Whether an address has a scheme that leads somewhere. Custom schemes open native apps and are part of the
/// contract; the server has checked the address against its list.
fn is_safe(address: &str) -> bool {
    const REFUSED: [&str; 7] = ["javascript", "data", "vbscript", "blob", "file", "about", "filesystem"];
    let Some((scheme, rest)) = address.split_once(':') else {
        return false;
    };
    let well_formed = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    let refused = REFUSED.iter().any(|name| scheme.eq_ignore_ascii_case(name));
    well_formed && !refused && !rest.is_empty()
}

/// One step after a flow that a browser can take; steps for native clients and those that this version does not know
/// are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Show a flow.
    Show {
        /// Its kind.
        kind: FlowKind,
        /// Its id.
        id: String,
        /// The page that shows it, if the server names one.
        url: Option<String>,
    },
    /// Go there.
    Redirect(String),
}

/// The steps that a `continue_with` beside others lists.
#[must_use]
pub fn steps(value: &Value) -> Vec<Step> {
    list(value, "continue_with").filter_map(step).collect()
}

fn step(value: &Value) -> Option<Step> {
    let kind = match value.get("action")?.as_str()? {
        "show_verification_ui" => FlowKind::Verification,
        "show_settings_ui" => FlowKind::Settings,
        "show_recovery_ui" => FlowKind::Recovery,
        "redirect_browser_to" => return text(value, "redirect_browser_to").map(Step::Redirect),
        _ => return None,
    };
    let flow = value.get("flow")?;
    Some(Step::Show { kind, id: text(flow, "id")?, url: text(flow, "url") })
}

/// The step that comes next. A server lists `redirect_browser_to` first and the pages that a person should see
/// before that behind it; so the pages go first, in order, and the redirect is what is left.
#[must_use]
pub fn next_step(steps: &[Step], origin: &str) -> Option<Place> {
    let shown = steps.iter().find_map(|step| match step {
        Step::Show { kind, id, url } => {
            let named = url.as_deref().and_then(|url| Place::of(url, origin));
            Some(named.unwrap_or_else(|| Place::Page(format!("{}?flow={id}", kind.page()))))
        }
        Step::Redirect(_) => None,
    });
    shown.or_else(|| {
        steps.iter().find_map(|step| match step {
            Step::Redirect(address) => Place::of(address, origin),
            Step::Show { .. } => None,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use identity_api::ContinueWith;
    use identity_api::continue_with::VerificationTarget;
    use serde_json::json;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const ORIGIN: &str = "http://127.0.0.1:4455";

    #[test]
    fn own_pages_are_told_from_own_paths_and_other_places() {
        let of = |address| Place::of(address, ORIGIN);
        assert_eq!(of("http://127.0.0.1:4455/settings?flow=1"), Some(Place::page("/settings?flow=1")));
        assert_eq!(of("http://127.0.0.1:4455"), Some(Place::page("/")));
        assert_eq!(of("/login/"), Some(Place::page("/login/")));
        assert_eq!(
            of("/self-service/login/browser?aal=aal2"),
            Some(Place::Elsewhere("/self-service/login/browser?aal=aal2".into()))
        );
        for elsewhere in [
            "http://127.0.0.1:44555/settings",
            "http://127.0.0.1:4455.evil.example/settings",
            "https://app.example.org/inbox",
            "myapp://done/now",
        ] {
            assert_eq!(of(elsewhere), Some(Place::Elsewhere(elsewhere.into())));
        }
    }

    #[test]
    fn addresses_that_run_or_are_read_as_data_are_refused() {
        for address in [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            " javascript:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "blob:http://127.0.0.1:4455/x",
            "//evil.example/x",
            "/\\evil.example/x",
            "/\t/evil.example/x",
            "\\\\evil.example",
            "inbox",
            "",
        ] {
            assert_eq!(Place::of(address, ORIGIN), None, "{address:?}");
        }
    }

    #[test]
    fn a_verification_comes_before_the_redirect_that_is_listed_first() {
        let written = [
            ContinueWith::SetOrySessionToken { ory_session_token: "t".into() },
            ContinueWith::RedirectBrowserTo { redirect_browser_to: "http://127.0.0.1:4455/welcome".into() },
            ContinueWith::ShowVerificationUi {
                flow: VerificationTarget {
                    id: uuid::Uuid::nil(),
                    verifiable_address: "ada@example.org".into(),
                    url: None,
                },
            },
        ];
        let read = steps(&json!({"continue_with": written}));
        assert_eq!(
            next_step(&read, ORIGIN),
            Some(Place::page("/verification?flow=00000000-0000-0000-0000-000000000000"))
        );
        assert_eq!(next_step(&read[..1], ORIGIN), Some(Place::page("/welcome")));
    }

    #[test]
    fn steps_that_this_version_does_not_know_are_passed_over() {
        let later = json!({"continue_with": [
            {"action": "read_minds", "flow": 1},
            {"action": "show_settings_ui", "flow": {"id": "s1", "url": "http://127.0.0.1:4455/settings?flow=s1"}},
        ]});
        assert_eq!(next_step(&steps(&later), ORIGIN), Some(Place::page("/settings?flow=s1")));
        assert_eq!(steps(&json!({"continue_with": null})), []);
        assert_eq!(next_step(&[], ORIGIN), None);
    }

    #[test]
    fn a_server_address_is_taken_by_its_path() {
        assert_eq!(server_path("http://other:4433/self-service/login?flow=1"), "/self-service/login?flow=1");
        assert_eq!(server_path("https://host"), "/");
        assert_eq!(server_path("/a?b=http://c/d"), "/a?b=http://c/d");
    }
}
