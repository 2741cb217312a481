//! Errors of the services in the person's words.

use crate::error::{Error, Refusal};
use crate::i18n::{I18n, texts};
use identity_api::error::id;

/// What to say of an error.
#[must_use]
pub fn describe(error: &Error, i18n: &I18n) -> String {
    match error {
        Error::Network => i18n.t(&texts::TROUBLE_NETWORK),
        Error::Timeout => i18n.t(&texts::TROUBLE_TIMEOUT),
        Error::Busy { status, retry_after } => {
            let what = i18n.t(if *status == 429 { &texts::TROUBLE_MANY } else { &texts::TROUBLE_BUSY });
            let when = match retry_after {
                Some(seconds) => i18n.with(&texts::TROUBLE_AGAIN_IN, &[("seconds", &seconds.to_string())]),
                None => i18n.t(&texts::TROUBLE_AGAIN_SOON),
            };
            format!("{what} {when}")
        }
        Error::Unreadable { status } => i18n.with(&texts::TROUBLE_UNREADABLE, &[("status", &status.to_string())]),
        Error::Unavailable => i18n.t(&texts::TROUBLE_DISABLED),
        Error::Api(refusal) => refused(refusal, i18n),
    }
}

fn refused(refusal: &Refusal, i18n: &I18n) -> String {
    match refusal.id.as_deref() {
        Some(id::FLOW_DISABLED) => return i18n.t(&texts::TROUBLE_DISABLED),
        Some(id::RETURN_TO_FORBIDDEN) => return i18n.t(&texts::TROUBLE_RETURN),
        _ => {}
    }
    let text = if refusal.status >= 500 {
        i18n.t(&texts::TROUBLE_SERVER)
    } else {
        refusal.reason.clone().unwrap_or_else(|| refusal.message.clone())
    };
    match &refusal.request {
        Some(request) => {
            let request = i18n.with(&texts::TROUBLE_REQUEST, &[("id", request)]);
            format!("{text} {request}")
        }
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    // Throttled people learn when to try again.
    #[test]
    fn ui_26_throttling_names_the_wait() {
        let error = Error::Busy { status: 429, retry_after: Some(30) };
        assert_eq!(describe(&error, &I18n::english()), "There were too many attempts. Try again in 30 seconds.");
    }

    #[test]
    fn a_fault_of_the_server_shows_its_request_and_none_of_its_words() {
        let error = Error::Api(Refusal {
            status: 500,
            message: "pool timed out".into(),
            request: Some("r-1".into()),
            ..Refusal::default()
        });
        let text = describe(&error, &I18n::english());
        assert!(text.contains("r-1") && !text.contains("pool"), "{text}");
    }
}
