//! `log`.

use serde::Deserialize;

/// `log`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Log {
    /// `trace`, `debug`, `info`, `warning`, `error`; Kratos' `fatal` and `panic` mean `error`.
    pub level: String,
    /// How lines are written; text on a terminal, JSON otherwise, unless given.
    pub format: Option<LogFormat>,
    /// Kratos shows header values when this is on. Here it never shows a secret, a token or a code.
    pub leak_sensitive_values: bool,
    /// What stands where something was left out.
    pub redaction_text: Option<String>,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: "info".into(), format: None, leak_sensitive_values: false, redaction_text: None }
    }
}

/// `log.format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum LogFormat {
    Json,
    Text,
}
