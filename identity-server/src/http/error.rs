//! Errors as clients see them.

use crate::hashing::HashError;
use crate::store::StoreError;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use identity_api::error::id;
use identity_api::{ErrorEnvelope, GenericError};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// An error with everything that its answer says. Made by the functions below, so that no handler invents a status.
#[derive(Debug)]
pub struct ApiError {
    /// The HTTP status.
    pub status: StatusCode,
    /// The code in the body, where it differs from the status.
    code: Option<u16>,
    envelope: Box<ErrorEnvelope>,
    retry_after: Option<u64>,
}

impl ApiError {
    fn new(status: StatusCode, id: Option<&str>, message: &str, reason: &str) -> Self {
        let error = GenericError {
            id: id.map(str::to_owned),
            code: status.as_u16(),
            status: status.canonical_reason().unwrap_or_default().into(),
            reason: (!reason.is_empty()).then(|| reason.into()),
            message: message.into(),
            ..GenericError::default()
        };
        let envelope = ErrorEnvelope { error, redirect_browser_to: None, use_flow_id: None, extra: Map::new() };
        Self { status, code: None, envelope: Box::new(envelope), retry_after: None }
    }

    /// 400: the request itself is wrong.
    #[must_use]
    pub fn bad_request(reason: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, None, "The request was malformed or contained invalid parameters", reason)
    }

    /// 401 without an id.
    #[must_use]
    pub fn unauthorized(reason: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, None, "The request could not be authorized", reason)
    }

    /// 403 without an id.
    #[must_use]
    pub fn forbidden(reason: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, None, "The requested action was forbidden", reason)
    }

    /// 404.
    #[must_use]
    pub fn not_found(reason: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, None, "The requested resource could not be found", reason)
    }

    /// 409.
    #[must_use]
    pub fn conflict(reason: &str) -> Self {
        Self::new(StatusCode::CONFLICT, None, "The resource could not be created due to a conflict", reason)
    }

    /// 404 for a method that is switched off.
    #[must_use]
    pub fn method_disabled() -> Self {
        Self::not_found("This endpoint was switched off by the administrator.")
    }

    /// 400 `session_already_available`; `what` is `login`, `registration`, ….
    #[must_use]
    pub fn already_signed_in(what: &str) -> Self {
        let reason = format!("There is a valid session already, so {what} is not possible.");
        Self::new(StatusCode::BAD_REQUEST, Some(id::SESSION_ALREADY_AVAILABLE), "you are already logged in", &reason)
    }

    /// 400 `self_service_flow_disabled`.
    #[must_use]
    pub fn flow_disabled(what: &str) -> Self {
        let reason = format!("{what} is not allowed because it was switched off by the administrator.");
        Self::new(StatusCode::BAD_REQUEST, Some(id::FLOW_DISABLED), "self-service flow disabled", &reason)
    }

    /// 400 `self_service_flow_return_to_forbidden`.
    #[must_use]
    pub fn return_to_forbidden(url: &str) -> Self {
        let reason = format!("The given return_to URL {url:?} is not on the list of allowed return URLs.");
        let message = "requested return_to address is not allowed";
        Self::new(StatusCode::BAD_REQUEST, Some(id::RETURN_TO_FORBIDDEN), message, &reason)
    }

    /// 401 `session_inactive`.
    #[must_use]
    pub fn session_inactive() -> Self {
        let message = "request does not have a valid authentication session";
        Self::new(
            StatusCode::UNAUTHORIZED,
            Some(id::SESSION_INACTIVE),
            message,
            "No active session was found in this request.",
        )
    }

    /// 401 `session_aal1_required`.
    #[must_use]
    pub fn aal1_required() -> Self {
        let reason = "You can not ask for a higher assurance level without an active session.";
        let message = "The request could not be authorized";
        Self::new(StatusCode::UNAUTHORIZED, Some(id::SESSION_AAL1_REQUIRED), message, reason)
    }

    /// 403 `security_csrf_violation`.
    #[must_use]
    pub fn csrf(details: Map<String, Value>) -> Self {
        let message = "the request was rejected to protect you from Cross-Site-Request-Forgery";
        let reason = "Please retry the flow, and clear your cookies if that does not help. The request was refused to \
                      protect you from cross-site request forgery, which could hand your account to somebody else.";
        let mut error = Self::new(StatusCode::FORBIDDEN, Some(id::CSRF_VIOLATION), message, reason);
        error.envelope.error.details = details;
        error
    }

    /// 410 for reading a flow whose time is over.
    #[must_use]
    pub fn flow_gone(what: &str, details: Map<String, Value>) -> Self {
        let message = "The requested resource is no longer available because it has expired or is otherwise invalid.";
        let reason = format!("The {what} flow has expired. Start a new one.");
        let mut error = Self::new(StatusCode::GONE, Some(id::FLOW_EXPIRED), message, &reason);
        error.envelope.error.details = details;
        error
    }

    /// 410 for sending a flow whose time is over; `replacement` took its place.
    #[must_use]
    pub fn flow_expired(replacement: Uuid, expired_at: identity_api::Timestamp, now: identity_api::Timestamp) -> Self {
        let since = now - expired_at;
        let minutes = since.as_seconds_f64() / 60.0;
        let reason = format!("The self-service flow expired {minutes:.2} minutes ago, initialize a new one.");
        let mut error = Self::new(StatusCode::GONE, Some(id::FLOW_EXPIRED), "self-service flow expired", &reason);
        error.envelope.use_flow_id = Some(replacement);
        let at = expired_at.format(&time::format_description::well_known::Rfc3339).unwrap_or_default();
        error.envelope.extra.insert("expired_at".into(), at.into());
        error
            .envelope
            .extra
            .insert("since".into(), json!(i64::try_from(since.whole_nanoseconds()).unwrap_or(i64::MAX)));
        error
    }

    /// 422: the browser must navigate.
    #[must_use]
    pub fn location_change(to: String) -> Self {
        let message = "browser location change required";
        let reason = format!("In order to complete this flow please redirect the browser to: {to}");
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        let mut error = Self::new(status, Some(id::BROWSER_LOCATION_CHANGE_REQUIRED), message, &reason);
        error.envelope.redirect_browser_to = Some(to);
        error
    }

    /// 403 `session_aal2_required`.
    #[must_use]
    pub fn aal2_required(to: String) -> Self {
        let reason = "An active session was found but it does not fulfil the requested assurance level.";
        let message = "Session does not fulfill the requested Authenticator Assurance Level";
        let mut error = Self::new(StatusCode::FORBIDDEN, Some(id::SESSION_AAL2_REQUIRED), message, reason);
        error.envelope.error.details.insert("redirect_browser_to".into(), to.clone().into());
        error.envelope.redirect_browser_to = Some(to);
        error
    }

    /// 403 `session_refresh_required`: `to` is where a browser confirms who it is.
    #[must_use]
    pub fn refresh_required(to: String) -> Self {
        let reason = "The sign-in is too long ago to change this. Please sign in again.";
        let message = "The requested action was forbidden";
        let mut error = Self::new(StatusCode::FORBIDDEN, Some(id::SESSION_REFRESH_REQUIRED), message, reason);
        error.envelope.redirect_browser_to = Some(to);
        error
    }

    /// 403 `security_identity_mismatch`: a flow of somebody else.
    #[must_use]
    pub fn identity_mismatch() -> Self {
        let reason = "The request was made for another identity and was refused for security reasons.";
        let message = "The requested action was forbidden";
        Self::new(StatusCode::FORBIDDEN, Some(id::IDENTITY_MISMATCH), message, reason)
    }

    /// 400 `identity_disabled`: a blocked identity tries to sign in.
    #[must_use]
    pub fn identity_disabled(identity: Uuid) -> Self {
        let message = "identity is disabled";
        Self::new(StatusCode::BAD_REQUEST, Some(id::IDENTITY_DISABLED), message, "This account was disabled.")
            .with_detail("identity_id", identity.to_string().into())
    }

    /// 410 for a flow in whose place another one stands.
    #[must_use]
    pub fn flow_replaced(replacement: Uuid) -> Self {
        let message = "self-service flow replaced";
        let reason = "Another flow took the place of this one; go on with that.";
        let mut error = Self::new(StatusCode::GONE, Some(id::FLOW_REPLACED), message, reason);
        error.envelope.use_flow_id = Some(replacement);
        error
    }

    /// The same error with a further key beside `error`.
    #[must_use]
    pub fn with_extra(mut self, key: &str, value: Value) -> Self {
        self.envelope.extra.insert(key.into(), value);
        self
    }

    /// 500 with an id that the operator's configuration explains.
    #[must_use]
    pub fn misconfigured(reason: &str) -> Self {
        let message = "invalid configuration";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, Some(id::INVALID_CONFIGURATION), message, reason)
    }

    /// 503 with `Retry-After` in seconds.
    #[must_use]
    pub fn overloaded(retry_after: u64) -> Self {
        let reason = "The server is busy at the moment. Please try again in a few seconds.";
        let mut error =
            Self::new(StatusCode::SERVICE_UNAVAILABLE, None, "The service is temporarily unavailable", reason);
        error.retry_after = Some(retry_after);
        error
    }

    /// 429 with `Retry-After`: too many tries.
    #[must_use]
    pub fn throttled(wait: std::time::Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let when =
            if seconds < 120 { format!("{seconds} seconds") } else { format!("{} minutes", seconds.div_ceil(60)) };
        let reason = format!("There were too many tries. Please wait {when}, or use another way to sign in.");
        let mut error = Self::new(StatusCode::TOO_MANY_REQUESTS, None, "Too many requests", &reason);
        error.retry_after = Some(seconds.max(1));
        error
    }

    /// The sentence for people.
    #[must_use]
    pub fn reason(&self) -> &str {
        self.envelope.error.reason.as_deref().unwrap_or_default()
    }

    /// 500; the cause goes to the log only (requirement 67).
    #[must_use]
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "request failed");
        let message = "An internal server error occurred, please contact the system administrator";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, None, message, "")
    }

    /// The same error with a detail.
    #[must_use]
    pub fn with_detail(mut self, key: &str, value: Value) -> Self {
        self.envelope.error.details.insert(key.into(), value);
        self
    }

    /// The body of the answer.
    #[must_use]
    pub fn body(&self, request_id: Option<&str>) -> Value {
        let mut envelope = (*self.envelope).clone();
        envelope.error.request = request_id.map(str::to_owned);
        if let Some(code) = self.code {
            envelope.error.code = code;
        }
        json!(envelope)
    }

    /// The answer as JSON.
    #[must_use]
    pub fn json(&self, request_id: Option<&str>) -> Response {
        let mut response = (self.status, self.body(request_id).to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let id = self.envelope.error.id.as_deref().unwrap_or_default();
        headers.insert("ory-error-id", HeaderValue::from_str(id).unwrap_or(HeaderValue::from_static("")));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict | StoreError::Stale | StoreError::Changed => {
                Self::conflict("Another request changed the same thing first.")
            }
            error => Self::internal(&error),
        }
    }
}

impl From<HashError> for ApiError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Overloaded { retry_after } => Self::overloaded(retry_after.as_secs().max(1)),
            HashError::TooLong => Self::bad_request("The password has more than 72 bytes, which bcrypt cannot take."),
            error => Self::internal(&error),
        }
    }
}
