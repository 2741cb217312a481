//! Messages of the courier, as the admin API shows them.

use crate::{Timestamp, rfc3339};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A mail or text message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// The message's id.
    pub id: Uuid,
    /// `queued`, `processing`, `sent` or `abandoned`.
    pub status: String,
    /// `email` or `sms`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Who it goes to.
    pub recipient: String,
    /// Its text; redacted outside development.
    pub body: String,
    /// Its subject; redacted outside development.
    pub subject: String,
    /// The template that it was made from.
    pub template_type: String,
    /// The channel that it leaves by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// How often it was tried.
    pub send_count: u32,
    /// Each try; only when one message is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispatches: Option<Vec<Dispatch>>,
    /// When it was queued.
    #[serde(with = "rfc3339")]
    pub created_at: Timestamp,
    /// When it changed last.
    #[serde(with = "rfc3339")]
    pub updated_at: Timestamp,
}

/// One try to send a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dispatch {
    /// The record's id.
    pub id: Uuid,
    /// The message.
    pub message_id: Uuid,
    /// `success` or `failed`.
    pub status: String,
    /// What failed.
    pub error: Option<serde_json::Value>,
    /// When it was tried.
    #[serde(with = "rfc3339")]
    pub created_at: Timestamp,
    /// The same.
    #[serde(with = "rfc3339")]
    pub updated_at: Timestamp,
}
