//! `courier`: mails and text messages.

use super::{Auth, Secret, duration};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// `courier`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Courier {
    /// SMTP.
    pub smtp: Smtp,
    /// How mails leave.
    pub delivery_strategy: DeliveryStrategy,
    /// For `delivery_strategy: http`.
    pub http: HttpDelivery,
    /// Ways for other kinds of message: `sms`.
    pub channels: Vec<Channel>,
    /// Own templates, one by one: `<type>.<valid|invalid>.email.{subject, body.{html, plaintext}}`.
    pub templates: serde_json::Map<String, serde_json::Value>,
    /// A folder of templates.
    pub template_override_path: Option<PathBuf>,
    /// Tries after the first before a message is abandoned.
    pub message_retries: u32,
    /// How the queue is read.
    pub worker: Worker,
}

impl Default for Courier {
    fn default() -> Self {
        Self {
            smtp: Smtp::default(),
            delivery_strategy: DeliveryStrategy::default(),
            http: HttpDelivery::default(),
            channels: Vec::new(),
            templates: serde_json::Map::new(),
            template_override_path: None,
            message_retries: 5,
            worker: Worker::default(),
        }
    }
}

/// How mails leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum DeliveryStrategy {
    #[default]
    Smtp,
    Http,
}

/// `courier.smtp`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct Smtp {
    /// `smtp://user:password@host:port/?…`; holds a password.
    pub connection_uri: Option<Secret>,
    pub from_address: String,
    pub from_name: Option<String>,
    pub headers: BTreeMap<String, String>,
    /// What we call ourselves in EHLO.
    pub local_name: String,
    pub client_cert_path: Option<PathBuf>,
    pub client_key_path: Option<PathBuf>,
}

impl Default for Smtp {
    fn default() -> Self {
        Self {
            connection_uri: None,
            from_address: "no-reply@ory.kratos.sh".into(),
            from_name: None,
            headers: BTreeMap::new(),
            local_name: "localhost".into(),
            client_cert_path: None,
            client_key_path: None,
        }
    }
}

/// `courier.http`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct HttpDelivery {
    pub request_config: Option<HttpRequest>,
}

/// `….request_config`.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct HttpRequest {
    pub url: Url,
    #[serde(default = "post")]
    pub method: String,
    #[serde(default)]
    pub headers: BTreeMap<String, Secret>,
    /// A Jsonnet template.
    #[serde(default)]
    pub body: Option<String>,
    #[serde(default)]
    pub auth: Option<Auth>,
}

fn post() -> String {
    "POST".into()
}

/// One entry of `courier.channels`.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct Channel {
    pub id: String,
    pub request_config: HttpRequest,
}

/// `courier.worker`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct Worker {
    pub pull_count: u32,
    #[serde(deserialize_with = "duration::de")]
    pub pull_wait: Duration,
}

impl Default for Worker {
    fn default() -> Self {
        Self { pull_count: 10, pull_wait: Duration::from_secs(1) }
    }
}
