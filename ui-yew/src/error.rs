//! What can go wrong between the app and the server. Every service returns this one type.

use crate::model::wire::{text, text_or_empty};
use serde_json::Value;

/// A request that did not give what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// No answer: the network, or a server that is not there.
    Network,
    /// No answer in time.
    Timeout,
    /// Too many requests, or a server that has too much to do or is being restarted.
    Busy {
        /// 429, 502, 503 or 504.
        status: u16,
        /// When to try again, in seconds.
        retry_after: Option<u32>,
    },
    /// An answer that this app cannot read: the two sides do not fit.
    Unreadable {
        /// Its status.
        status: u16,
    },
    /// The server has no such flow at all: it is not offered here.
    Unavailable,
    /// The server's refusal.
    Api(Refusal),
}

/// A refusal in the server's own words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The machine-readable id.
    pub id: Option<String>,
    /// Why, for people; English.
    pub reason: Option<String>,
    /// What, for people; English.
    pub message: String,
    /// The request's id, to be looked up in the server's log.
    pub request: Option<String>,
}

impl Error {
    /// The error in an answer's `error`.
    #[must_use]
    pub fn of(status: u16, retry_after: Option<u32>, error: &Value) -> Self {
        if matches!(status, 429 | 502..=504) {
            return Self::Busy { status, retry_after };
        }
        Self::Api(Refusal {
            status,
            id: text(error, "id"),
            reason: text(error, "reason").filter(|reason| !reason.is_empty()),
            message: text_or_empty(error, "message"),
            request: text(error, "request"),
        })
    }

    /// Whether asking once more may help.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Network | Self::Timeout | Self::Busy { .. } => true,
            Self::Api(refusal) => refusal.status >= 500,
            Self::Unavailable | Self::Unreadable { .. } => false,
        }
    }

    /// The error's id, if it is a refusal that has one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Api(refusal) => refusal.id.as_deref(),
            _ => None,
        }
    }

    /// The HTTP status, if there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Network | Self::Timeout => None,
            Self::Unavailable => Some(404),
            Self::Busy { status, .. } | Self::Unreadable { status } => Some(*status),
            Self::Api(refusal) => Some(refusal.status),
        }
    }
}
