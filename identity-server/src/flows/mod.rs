//! The self-service flows: what each asks, what it accepts, and what it changes.

pub mod aal;
pub mod body;
pub mod code;
pub mod login;
pub mod new_password;
pub mod one_time_code;
pub mod proof;
pub mod recovery;
pub mod registration;
pub mod second_factor;
pub mod session_issue;
pub mod settings;
pub mod start;
pub mod traits;
pub mod verification;

use crate::http::error::ApiError;
use crate::model::Flow;
use crate::schema::FieldFault;
use identity_api::{UiText, messages};

/// What a submission came to when it did not succeed.
#[derive(Debug)]
pub enum Refusal {
    /// The form is shown again with these faults: 400 with the flow, or back to the page.
    Form(Vec<FieldFault>),
    /// The next screen of the same flow: also 400, but nothing is wrong.
    NextScreen,
    /// The session is too old for this: who it is must be confirmed first.
    Reauthenticate,
    /// The flow cannot go on: an error answer.
    Api(ApiError),
}

impl Refusal {
    /// One message about the whole form.
    #[must_use]
    pub fn message(message: UiText) -> Self {
        Self::Form(vec![FieldFault { name: String::new(), message }])
    }

    /// One message about a field.
    #[must_use]
    pub fn field(name: &str, message: UiText) -> Self {
        Self::Form(vec![FieldFault { name: name.into(), message }])
    }
}

/// Why a submission comes to nothing.
pub enum Failure {
    /// As in every flow.
    Refused(Refusal),
    /// This flow is over; a new one takes its place and carries the message.
    StartOver(UiText, Box<ApiError>),
}

impl<E: Into<Refusal>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

/// The answer to a submission that a new flow has to follow, with the same words in message and error.
#[must_use]
pub fn start_over(reason: &str) -> Failure {
    Failure::StartOver(messages::generic(reason), Box::new(ApiError::bad_request(reason)))
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

impl From<crate::store::StoreError> for Refusal {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Api(error.into())
    }
}

impl From<crate::hashing::HashError> for Refusal {
    fn from(error: crate::hashing::HashError) -> Self {
        Self::Api(error.into())
    }
}

/// Sets the value of the CSRF node: it differs each time a flow is shown.
pub fn set_csrf(flow: &mut Flow, value: &str) {
    if let Some(input) = flow.ui.node_mut("csrf_token").and_then(identity_api::UiNode::as_input_mut) {
        input.value = Some(value.into());
    }
}

/// Sets the value of a field.
pub fn set_value(ui: &mut identity_api::UiContainer, name: &str, value: serde_json::Value) {
    if let Some(input) = ui.node_mut(name).and_then(identity_api::UiNode::as_input_mut) {
        input.value = Some(value);
    }
}
