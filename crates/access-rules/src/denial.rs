//! Why a request does not pass.

/// A refusal on its way to an error handler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The HTTP status.
    pub status: u16,
    /// What Oathkeeper says with `verbose: true`.
    pub message: String,
    /// More about the cause, for `verbose: true` and the log. Never a credential, never a claim.
    pub reason: Option<String>,
    /// Headers that the answer hands on (limits of a session store).
    pub headers: Vec<(String, String)>,
    /// The error pipeline itself has failed: its reason is shown even when answers are not verbose.
    pub in_error_pipeline: bool,
}

impl Denial {
    fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), reason: None, headers: Vec::new(), in_error_pipeline: false }
    }

    /// 400
    pub fn bad_request(reason: impl Into<String>) -> Self {
        Self::new(400, "The request cannot be read in one way only").because(reason)
    }

    /// 401
    pub fn unauthorized() -> Self {
        Self::new(401, "Access credentials are invalid")
    }

    /// 403
    pub fn forbidden() -> Self {
        Self::new(403, "Access credentials are not sufficient to access this resource")
    }

    /// 404: no rule wants the request.
    pub fn no_rule() -> Self {
        Self::new(404, "Requested url does not match any rules")
    }

    /// 500: several rules want the request.
    pub fn ambiguous() -> Self {
        Self::new(500, "Expected exactly one rule but found multiple rules")
    }

    /// 429, with what the limiting service says about it.
    pub fn too_many_requests(headers: Vec<(String, String)>) -> Self {
        Self { headers, ..Self::new(429, "Too many requests") }
    }

    /// 500
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(500, message)
    }

    /// 503: something that the decision needs cannot be reached.
    pub fn unavailable(reason: impl Into<String>) -> Self {
        Self::new(503, "The service is temporarily not available").because(reason)
    }

    /// 500: an error handler cannot do its work.
    pub fn error_handler(reason: impl Into<String>) -> Self {
        Self {
            in_error_pipeline: true,
            ..Self::new(500, "Error handler matching this route is misconfigured or disabled").because(reason)
        }
    }

    /// Any other status with a message.
    pub fn other(status: u16, message: impl Into<String>) -> Self {
        Self::new(status, message)
    }

    /// The same with a reason.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// The reason phrase of the status.
    pub fn status_text(&self) -> &'static str {
        status_text(self.status)
    }

    /// The name by which a `when` knows the error.
    pub fn name(&self) -> &'static str {
        match self.status {
            401 => "unauthorized",
            403 => "forbidden",
            404 => "not_found",
            500 => "internal_server_error",
            _ => "",
        }
    }
}

/// The reason phrase of a status.
pub fn status_text(status: u16) -> &'static str {
    match status {
        200 => "OK",
        301 => "Moved Permanently",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        415 => "Unsupported Media Type",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}
