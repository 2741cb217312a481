//! What follows an answer of the server.

use identity_api::error::id;
use identity_api::{ContinueWith, ErrorEnvelope};
use serde::Deserialize;
use serde_json::Value;

use super::flow::{Flow, Kind};
use super::url::is_place;
use crate::Error;

/// An answer, as far as decisions need it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
    /// `Retry-After` in seconds.
    pub retry_after: Option<u64>,
}

/// The request that was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A new flow.
    Start,
    /// A flow that exists.
    Read,
    /// A flow's next step.
    Submit,
}

/// Why a flow was started again, for the person who had it open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// It was open for too long, or is gone.
    Expired,
    /// It is not this browser's, or the browser keeps no cookies.
    NotYours,
}

impl Notice {
    /// The notice as a sentence.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Expired => "This page was open for too long, so we started again. Please continue below.",
            Self::NotYours => {
                "This page no longer belonged to your browser session, so we started again. If this happens \
                 repeatedly, allow cookies for this site."
            }
        }
    }
}

/// What the page does next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Show this flow.
    Show(Box<Flow>),
    /// Go on with another flow.
    Continue(Kind, String),
    /// Leave for this address, which the server named.
    Go(String),
    /// All is done and nothing was named: the signed-in page, or where the page's caller wanted to go.
    Done,
    /// A session is needed first.
    SignIn,
    /// Start anew, or take the flow that the server made in its place.
    Restart {
        /// What to tell.
        notice: Notice,
        /// The id of that flow.
        flow: Option<String>,
        /// Where the old flow would have led.
        return_to: Option<String>,
    },
    /// Show an error.
    Fail(Error),
}

/// Decides. Follows the contract's table of errors and transitions.
#[must_use]
pub fn after(kind: Kind, asked: Asked, answer: &Answer) -> Next {
    let busy = |throttled| Next::Fail(Error::Busy { seconds: answer.retry_after, throttled });
    let unreadable = || Next::Fail(Error::Unreadable { status: answer.status });
    match answer.status {
        429 => return busy(true),
        503 => return busy(false),
        // The server has no such flow at all; what it says of it is for developers.
        404 if asked == Asked::Start => return Next::Fail(Error::Unavailable),
        _ => {}
    }
    let Ok(body) = serde_json::from_str::<Value>(&answer.body) else {
        return unreadable();
    };
    if body.get("ui").is_some() {
        let Ok(flow) = Flow::deserialize(body) else {
            return unreadable();
        };
        return if answer.status == 200 && asked == Asked::Submit {
            after_flow(kind, flow)
        } else {
            Next::Show(Box::new(flow))
        };
    }
    if answer.status == 200 {
        return match body.get("continue_with") {
            None | Some(Value::Null | Value::Array(_)) => follow(&body["continue_with"]).unwrap_or(Next::Done),
            Some(_) => unreadable(),
        };
    }
    match ErrorEnvelope::deserialize(body) {
        Ok(envelope) => after_error(asked, answer.status, envelope),
        Err(_) => unreadable(),
    }
}

/// A flow that was taken a step further: verification and recovery say what is next inside the form, and the settings
/// stay open unless the person came from somewhere else.
fn after_flow(kind: Kind, flow: Flow) -> Next {
    let next = follow(&flow.continue_with);
    match next {
        Some(Next::Go(_)) if kind == Kind::Settings && flow.return_to.is_none() => Next::Show(Box::new(flow)),
        Some(next) => next,
        None => Next::Show(Box::new(flow)),
    }
}

/// The first step that a browser can take. Leaving the app comes last wherever the server lists it: the pages that
/// are to be shown before would be skipped otherwise.
fn follow(steps: &Value) -> Option<Next> {
    let steps = steps.as_array().map(Vec::as_slice).unwrap_or_default();
    // Steps that this version does not know are passed over.
    let steps: Vec<ContinueWith> = steps.iter().filter_map(|step| ContinueWith::deserialize(step).ok()).collect();
    let page = steps.iter().find_map(|step| match step {
        ContinueWith::ShowVerificationUi { flow } => Some(Next::Continue(Kind::Verification, flow.id.to_string())),
        ContinueWith::ShowSettingsUi { flow } => Some(Next::Continue(Kind::Settings, flow.id.to_string())),
        ContinueWith::ShowRecoveryUi { flow } => Some(Next::Continue(Kind::Recovery, flow.id.to_string())),
        ContinueWith::SetOrySessionToken { .. } | ContinueWith::RedirectBrowserTo { .. } => None,
    });
    page.or_else(|| {
        steps.iter().find_map(|step| match step {
            ContinueWith::RedirectBrowserTo { redirect_browser_to } if is_place(redirect_browser_to) => {
                Some(Next::Go(redirect_browser_to.clone()))
            }
            _ => None,
        })
    })
}

fn after_error(asked: Asked, status: u16, envelope: ErrorEnvelope) -> Next {
    let ErrorEnvelope { mut error, redirect_browser_to, use_flow_id, .. } = envelope;
    if let Some(next) = error.details.remove("continue_with").as_ref().and_then(follow) {
        return next;
    }
    let id = error.id.clone().unwrap_or_default();
    let place = redirect_browser_to.filter(|url| is_place(url));
    let exists = asked != Asked::Start;
    let return_to =
        error.details.get("return_to").and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let restart = |notice, flow| Next::Restart { notice, flow, return_to };
    match (status, id.as_str(), place) {
        (400, id::SESSION_ALREADY_AVAILABLE, _) => Next::Done,
        (403 | 422, _, Some(place)) => Next::Go(place),
        (401, ..) => Next::SignIn,
        (403, id::IDENTITY_MISMATCH | id::CSRF_VIOLATION, _) if exists => restart(Notice::NotYours, None),
        (404 | 410, ..) if exists => restart(Notice::Expired, use_flow_id.map(|id| id.to_string())),
        _ => {
            error.code = status;
            Next::Fail(Error::Refused(Box::new(error)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Asked, Next, Notice, after};
    use crate::Error;
    use crate::logic::flow::Kind;
    use serde_json::{Value, json};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const ID: &str = "6e5f2f0e-6d1b-4d0e-8a41-7f3b6a3f5c11";

    fn decide(kind: Kind, asked: Asked, status: u16, body: &Value) -> Next {
        let answer = Answer { status, body: body.to_string(), retry_after: None };
        after(kind, asked, &answer)
    }

    fn error(id: &str) -> Value {
        json!({"error": {"code": 400, "id": id, "status": "x", "message": "m", "reason": "why"}})
    }

    fn flow(extra: Value) -> Value {
        let mut flow = json!({"id": ID, "state": "x", "ui": {"action": "/x", "method": "POST", "nodes": null}});
        for (key, value) in extra.as_object().expect("an object") {
            flow[key] = value.clone();
        }
        flow
    }

    #[test]
    fn a_form_with_errors_is_shown_again() {
        let next = decide(Kind::Login, Asked::Submit, 400, &flow(json!({})));
        assert!(matches!(next, Next::Show(flow) if flow.id == ID));
    }

    #[test]
    fn pages_of_the_app_come_before_the_place_to_leave_for() {
        let redirect = json!({"action": "redirect_browser_to", "redirect_browser_to": "https://a.example/"});
        let verify =
            json!({"action": "show_verification_ui", "flow": {"id": ID, "verifiable_address": "a@example.org"}});
        let body = |steps: Value| json!({"session": {}, "continue_with": steps});
        let next = |steps| decide(Kind::Registration, Asked::Submit, 200, &body(steps));
        assert_eq!(next(json!([redirect, verify])), Next::Continue(Kind::Verification, ID.into()));
        assert_eq!(next(json!([redirect])), Next::Go("https://a.example/".into()));
        assert_eq!(next(json!(null)), Next::Done);
        let later = json!({"action": "read_minds", "flow": 1});
        assert_eq!(next(json!([later, redirect])), Next::Go("https://a.example/".into()));
        let script = json!({"action": "redirect_browser_to", "redirect_browser_to": "javascript:alert(1)"});
        assert_eq!(next(json!([script])), Next::Done);
    }

    // Requirement 27.
    #[test]
    fn an_expired_or_foreign_flow_is_started_again() {
        let next = |status, body: &Value| decide(Kind::Login, Asked::Submit, status, body);
        let mut replaced = error("self_service_flow_expired");
        replaced["use_flow_id"] = ID.into();
        replaced["error"]["details"] = json!({"return_to": "https://a.example/"});
        let restart = |notice, flow: Option<&str>, return_to: Option<&str>| Next::Restart {
            notice,
            flow: flow.map(Into::into),
            return_to: return_to.map(Into::into),
        };
        assert_eq!(next(410, &replaced), restart(Notice::Expired, Some(ID), Some("https://a.example/")));
        assert_eq!(next(404, &error("")), restart(Notice::Expired, None, None));
        assert_eq!(next(403, &error("security_csrf_violation")), restart(Notice::NotYours, None, None));
        // A start that is refused would be refused again.
        assert_eq!(decide(Kind::Recovery, Asked::Start, 404, &error("")), Next::Fail(Error::Unavailable));
    }

    #[test]
    fn sessions_decide_where_to_go() {
        let start = |status, body: &Value| decide(Kind::Settings, Asked::Start, status, body);
        assert_eq!(start(400, &error("session_already_available")), Next::Done);
        assert_eq!(start(401, &error("session_inactive")), Next::SignIn);
        for (status, id) in [(403, "session_aal2_required"), (403, "session_refresh_required"), (422, "x")] {
            let mut body = error(id);
            body["redirect_browser_to"] = "http://127.0.0.1/self-service/login/browser?aal=aal2".into();
            let expected = Next::Go("http://127.0.0.1/self-service/login/browser?aal=aal2".into());
            assert_eq!(start(status, &body), expected, "{id}");
        }
        let mut unverified = error("session_verified_address_required");
        unverified["error"]["details"] = json!({"continue_with": [
            {"action": "show_verification_ui", "flow": {"id": ID, "verifiable_address": "a@example.org"}}]});
        assert_eq!(decide(Kind::Login, Asked::Submit, 403, &unverified), Next::Continue(Kind::Verification, ID.into()));
    }

    #[test]
    fn saved_settings_stay_open_unless_the_person_came_from_elsewhere() {
        let steps = json!([{"action": "redirect_browser_to", "redirect_browser_to": "https://a.example/"}]);
        let stays = flow(json!({"continue_with": steps}));
        assert!(matches!(decide(Kind::Settings, Asked::Submit, 200, &stays), Next::Show(_)));
        let leaves = flow(json!({"continue_with": steps, "return_to": "https://a.example/"}));
        assert_eq!(decide(Kind::Settings, Asked::Submit, 200, &leaves), Next::Go("https://a.example/".into()));
    }

    #[test]
    fn what_is_not_of_the_contract_is_an_error_and_no_panic() {
        for (status, body) in
            [(200, "<html>"), (502, ""), (400, "[]"), (200, "{\"ui\": 1}"), (200, "{\"continue_with\": 1}")]
        {
            let answer = Answer { status, body: body.into(), retry_after: None };
            let next = after(Kind::Login, Asked::Submit, &answer);
            assert_eq!(next, Next::Fail(Error::Unreadable { status }), "{body}");
        }
        let busy = Answer { status: 429, body: String::new(), retry_after: Some(30) };
        assert_eq!(
            after(Kind::Login, Asked::Submit, &busy),
            Next::Fail(Error::Busy { seconds: Some(30), throttled: true })
        );
    }
}
