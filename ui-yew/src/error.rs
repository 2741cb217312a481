//! What can go wrong between the app and the server.

use std::fmt;

use identity_api::GenericError;

/// An error that a page shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Error {
    /// The server was not reached.
    Network,
    /// The server asks to wait.
    Busy {
        /// How long, in seconds, when it says so.
        seconds: Option<u64>,
        /// Whether the reason is too many attempts (429), not a server in trouble (503).
        throttled: bool,
    },
    /// The server refused, and says why.
    Refused(Box<GenericError>),
    /// The server does not offer this.
    Unavailable,
    /// The server's answer is not of the contract.
    Unreadable {
        /// The HTTP status.
        status: u16,
    },
}

impl Error {
    /// Whether the same request may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Network | Self::Busy { .. } => true,
            Self::Unavailable => false,
            Self::Refused(error) => error.code >= 500,
            Self::Unreadable { status } => *status >= 500,
        }
    }

    /// The request's id, by which an administrator finds it in the log.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Refused(error) => error.request.as_deref(),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network => formatter.write_str("The server cannot be reached. Check your connection and try again."),
            Self::Busy { seconds, throttled } => {
                formatter.write_str(if *throttled {
                    "There were too many attempts."
                } else {
                    "The server is busy at the moment."
                })?;
                match seconds {
                    Some(seconds) => write!(formatter, " Try again in {}.", duration(*seconds)),
                    None => formatter.write_str(" Try again in a little while."),
                }
            }
            Self::Refused(error) => {
                let text = error.reason.as_deref().filter(|reason| !reason.is_empty()).unwrap_or(&error.message);
                formatter.write_str(if text.is_empty() { "The server refused the request." } else { text })
            }
            Self::Unavailable => formatter.write_str("This is not offered here. Ask your administrator."),
            Self::Unreadable { status } => {
                write!(formatter, "The server gave an unexpected answer (status {status}).")
            }
        }
    }
}

impl std::error::Error for Error {}

/// A span of time as people say it, rounded up.
fn duration(seconds: u64) -> String {
    let (count, unit) = if seconds < 60 { (seconds.max(1), "second") } else { (seconds.div_ceil(60), "minute") };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::Error;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    // Requirement 26.
    #[test]
    fn a_throttled_person_is_told_when_to_try_again() {
        let busy = |seconds| Error::Busy { seconds, throttled: true }.to_string();
        assert_eq!(busy(Some(1)), "There were too many attempts. Try again in 1 second.");
        assert_eq!(busy(Some(61)), "There were too many attempts. Try again in 2 minutes.");
        assert_eq!(busy(None), "There were too many attempts. Try again in a little while.");
    }
}
