//! What an answer of the server means for the page that asked.
//!
//! The statuses and error ids are those of the contract; they are read here and nowhere else.

use crate::error::Error;
use crate::model::flow::Flow;
use crate::model::next::{Step, steps};
use crate::model::query::Query;
use crate::model::wire::text;
use identity_api::error::id;
use serde_json::Value;

/// An HTTP answer as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u32>,
    /// Where a redirect that the browser followed has ended.
    pub redirected_to: Option<String>,
    /// The token of the next page of a list, from the `Link` header.
    pub next_page: Option<String>,
    /// The body.
    pub body: String,
}

/// The `page_token` of the link whose `rel` is `next`: `<…?page_token=x>; rel="next",…`.
#[must_use]
pub fn next_page(link: &str) -> Option<String> {
    let next = link.split(',').find(|part| part.contains("rel=\"next\""))?;
    let address = next.trim().strip_prefix('<')?.split('>').next()?;
    Query::parse(address.split_once('?')?.1).get("page_token").map(str::to_owned)
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Errors
    /// [`Error::Unreadable`] when it is something else.
    pub fn json(&self) -> Result<Value, Error> {
        serde_json::from_str(&self.body).map_err(|_| Error::Unreadable { status: self.status })
    }

    /// The body when the status is 2xx.
    ///
    /// # Errors
    /// The server's error for other statuses, [`Error::Unreadable`] for a body that is no JSON.
    pub fn ok(&self) -> Result<Value, Error> {
        if (200..300).contains(&self.status) {
            return self.json();
        }
        Err(self.error())
    }

    /// The server's error.
    #[must_use]
    pub fn error(&self) -> Error {
        let body = self.json().ok();
        match body.as_ref().and_then(|body| body.get("error")) {
            Some(error) => Error::of(self.status, self.retry_after, error),
            None if matches!(self.status, 429 | 502..=504) => {
                Error::Busy { status: self.status, retry_after: self.retry_after }
            }
            None => Error::Unreadable { status: self.status },
        }
    }
}

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// A new flow.
    Start,
    /// A flow by its id.
    Fetch,
    /// To take a form.
    Submit,
}

/// Why a flow is started anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Its time was over.
    Expired,
    /// The server does not know it, or another one took its place.
    Gone,
    /// The browser's cookie does not fit it.
    Cookie,
}

/// What an answer means.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Draw this flow.
    Show(Box<Flow>),
    /// The flow has done its work.
    Done(Done),
    /// Go to this address of the server's choice.
    Go(String),
    /// Take these steps.
    Continue(Vec<Step>),
    /// Somebody is signed in already.
    SignedIn,
    /// Nobody is signed in, or not well enough.
    SignIn,
    /// Begin anew, in the flow of this id if the server made one.
    Restart {
        /// Why.
        cause: Cause,
        /// The flow that takes the place of the old one.
        replacement: Option<String>,
        /// Where that flow was to lead.
        return_to: Option<String>,
    },
    /// Show what went wrong.
    Failed(Error),
}

/// Answer to a login or registration that is complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// Whether there is a session now; a registration may make none.
    pub has_session: bool,
    /// What to do next.
    pub continue_with: Vec<Step>,
}

impl Outcome {
    /// Reads an answer.
    #[must_use]
    pub fn of(stage: Stage, answer: &Answer) -> Self {
        // The server has no such flow at all; what it says of it is for developers.
        if stage == Stage::Start && answer.status == 404 {
            return Self::Failed(Error::Unavailable);
        }
        let Ok(body) = answer.json() else {
            // A redirect to a page: the server takes the browser for one that shows pages. Follow it.
            return match &answer.redirected_to {
                Some(address) if answer.status == 200 => Self::Go(address.clone()),
                _ if stage == Stage::Fetch && answer.status == 404 => Self::restart(Cause::Gone),
                _ => Self::Failed(answer.error()),
            };
        };
        if body.get("ui").is_some() {
            return match Flow::read(&body) {
                Some(flow) => Self::of_flow(stage, flow),
                None => Self::Failed(Error::Unreadable { status: answer.status }),
            };
        }
        if let Some(error) = body.get("error") {
            return Self::of_error(answer, &body, error);
        }
        if stage == Stage::Submit && (200..300).contains(&answer.status) && body.is_object() {
            let has_session = body.get("session").is_some_and(Value::is_object);
            return Self::Done(Done { has_session, continue_with: steps(&body) });
        }
        Self::Failed(answer.error())
    }

    fn of_flow(stage: Stage, flow: Flow) -> Self {
        if stage == Stage::Submit && flow.state == "passed_challenge" && !flow.continue_with.is_empty() {
            return Self::Continue(flow.continue_with);
        }
        Self::Show(Box::new(flow))
    }

    fn of_error(answer: &Answer, body: &Value, error: &Value) -> Self {
        let none = Value::Null;
        let details = error.get("details").unwrap_or(&none);
        let steps = steps(details);
        if !steps.is_empty() {
            return Self::Continue(steps);
        }
        let detail = |key: &str| text(details, key).filter(|text| !text.is_empty());
        let target = text(body, "redirect_browser_to").or_else(|| detail("redirect_browser_to"));
        let error_id = error.get("id").and_then(Value::as_str).unwrap_or_default();
        match (answer.status, error_id, target) {
            (400, id::SESSION_ALREADY_AVAILABLE, _) => Self::SignedIn,
            (_, id::CSRF_VIOLATION, _) => Self::restart(Cause::Cookie),
            // A settings flow of the person who was signed in before.
            (403, id::IDENTITY_MISMATCH, _) => Self::restart(Cause::Gone),
            (401 | 403 | 422, _, Some(target)) => Self::Go(target),
            (401, _, _) => Self::SignIn,
            (404, _, _) => Self::restart(Cause::Gone),
            (410, error_id, _) => Self::Restart {
                cause: if error_id == id::FLOW_REPLACED { Cause::Gone } else { Cause::Expired },
                replacement: text(body, "use_flow_id"),
                return_to: detail("return_to"),
            },
            _ => Self::Failed(Error::of(answer.status, answer.retry_after, error)),
        }
    }

    fn restart(cause: Cause) -> Self {
        Self::Restart { cause, replacement: None, return_to: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn read(stage: Stage, status: u16, body: &Value) -> Outcome {
        Outcome::of(stage, &Answer { status, body: body.to_string(), ..Answer::default() })
    }

    fn error(status: u16, id: &str, more: Value) -> Value {
        let mut body = json!({"error": {"code": status, "status": "", "message": ""}});
        if !id.is_empty() {
            body["error"]["id"] = id.into();
        }
        for (key, value) in more.as_object().expect("an object") {
            match key.strip_prefix("error.") {
                Some(inner) => body["error"][inner] = value.clone(),
                None => body[key] = value.clone(),
            }
        }
        body
    }

    fn flow(state: &str) -> Value {
        json!({"id": "f1", "type": "browser", "expires_at": "2030-01-01T00:00:00Z",
               "ui": {"action": "http://h/self-service/login?flow=f1", "method": "POST", "nodes": null},
               "state": state})
    }

    #[test]
    fn a_flow_is_shown_whether_it_comes_with_200_or_400() {
        for status in [200, 400] {
            let outcome = read(Stage::Submit, status, &flow("choose_method"));
            assert!(matches!(outcome, Outcome::Show(flow) if flow.id == "f1"));
        }
    }

    #[test]
    fn a_passed_recovery_is_followed_to_its_settings() {
        let mut body = flow("passed_challenge");
        body["continue_with"] = json!([{"action": "show_settings_ui",
            "flow": {"id": "00000000-0000-0000-0000-000000000001"}}]);
        let Outcome::Continue(steps) = read(Stage::Submit, 200, &body) else {
            panic!("not followed");
        };
        assert_eq!(steps.len(), 1);
    }

    // Expired, unknown and foreign flows restart by themselves.
    #[test]
    fn ui_27_flows_that_cannot_be_used_restart_and_keep_what_the_server_says_of_them() {
        let expired = error(
            410,
            "self_service_flow_expired",
            json!({"use_flow_id": "00000000-0000-0000-0000-000000000002", "since": 1}),
        );
        assert_eq!(
            read(Stage::Submit, 410, &expired),
            Outcome::Restart {
                cause: Cause::Expired,
                replacement: Some("00000000-0000-0000-0000-000000000002".into()),
                return_to: None,
            }
        );
        let fetched = error(
            410,
            "",
            json!({"error.details":
            {"redirect_to": "http://h/self-service/login/browser", "return_to": "http://h/inbox"}}),
        );
        assert_eq!(
            read(Stage::Fetch, 410, &fetched),
            Outcome::Restart { cause: Cause::Expired, replacement: None, return_to: Some("http://h/inbox".into()) }
        );
        assert_eq!(
            read(Stage::Fetch, 403, &error(403, "security_csrf_violation", json!({}))),
            Outcome::restart(Cause::Cookie)
        );
        assert_eq!(read(Stage::Fetch, 404, &error(404, "", json!({}))), Outcome::restart(Cause::Gone));
        assert_eq!(read(Stage::Submit, 404, &error(404, "", json!({}))), Outcome::restart(Cause::Gone));
    }

    #[test]
    fn a_flow_that_the_server_does_not_offer_is_said_so_and_not_tried_again() {
        for body in [error(404, "", json!({})), json!("404 page not found")] {
            assert_eq!(read(Stage::Start, 404, &body), Outcome::Failed(Error::Unavailable));
        }
    }

    #[test]
    fn ui_50_the_next_page_of_a_list_is_found_in_its_links() {
        let links = "</admin/identities?page_size=1>; rel=\"first\",</admin/identities?page_size=1&page_token=a%2Bb>; rel=\"next\"";
        assert_eq!(next_page(links).as_deref(), Some("a+b"));
        assert_eq!(next_page("</admin/identities?page_token=x>; rel=\"first\""), None);
        assert_eq!(next_page(""), None);
    }

    #[test]
    fn the_server_says_where_to_go_in_three_ways() {
        let url = "http://h/self-service/login/browser?aal=aal2";
        for (status, body) in [
            (422, error(422, "browser_location_change_required", json!({"redirect_browser_to": url}))),
            (403, error(403, "session_refresh_required", json!({"redirect_browser_to": url}))),
            (403, error(403, "session_aal2_required", json!({"error.details": {"redirect_browser_to": url}}))),
        ] {
            assert_eq!(read(Stage::Submit, status, &body), Outcome::Go(url.into()));
        }
    }

    #[test]
    fn an_unverified_address_leads_to_its_verification_though_it_is_an_error() {
        let body = error(
            403,
            "session_verified_address_required",
            json!({"error.details": {"continue_with":
            [{"action": "show_verification_ui", "flow": {"id": "00000000-0000-0000-0000-000000000003",
              "verifiable_address": "ada@example.org"}}]}}),
        );
        assert!(matches!(read(Stage::Submit, 403, &body), Outcome::Continue(steps) if steps.len() == 1));
    }

    #[test]
    fn a_session_or_the_lack_of_one_is_recognised() {
        let signed_in = error(400, "session_already_available", json!({}));
        assert_eq!(read(Stage::Start, 400, &signed_in), Outcome::SignedIn);
        assert_eq!(read(Stage::Submit, 401, &error(401, "", json!({}))), Outcome::SignIn);
    }

    #[test]
    fn overload_says_when_to_come_back_with_or_without_a_readable_body() {
        let answer = |body: &str| Answer { status: 429, retry_after: Some(30), body: body.into(), ..Answer::default() };
        let envelope = error(429, "", json!({})).to_string();
        for body in [envelope.as_str(), "<html>slow down</html>", ""] {
            let Outcome::Failed(error) = Outcome::of(Stage::Submit, &answer(body)) else {
                panic!("not an error");
            };
            assert_eq!(error, Error::Busy { status: 429, retry_after: Some(30) });
        }
    }

    #[test]
    fn a_registration_without_a_session_is_done_all_the_same() {
        let body = json!({"identity": {"id": "x"}, "continue_with": null});
        assert!(matches!(read(Stage::Submit, 200, &body), Outcome::Done(Done { has_session: false, .. })));
    }

    #[test]
    fn a_followed_redirect_to_a_page_is_gone_to() {
        let answer = Answer {
            status: 200,
            redirected_to: Some("http://h/verification?flow=2".into()),
            body: "<!doctype html>".into(),
            ..Answer::default()
        };
        assert_eq!(Outcome::of(Stage::Submit, &answer), Outcome::Go("http://h/verification?flow=2".into()));
    }
}
