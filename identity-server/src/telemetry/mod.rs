//! Logging: one line an event, to standard error.

use nexus_identity::config::{Log, LogFormat};
use std::io::{IsTerminal as _, stderr};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

/// Starts logging as `log` says; `RUST_LOG`, when it is set, chooses what is logged.
///
/// # Errors
/// When logging was started before.
pub(crate) fn start(log: &Log) -> anyhow::Result<()> {
    // Kratos' levels beyond `error` end its process; here nothing is logged that severely.
    let level = match log.level.as_str() {
        "warning" => "warn",
        "fatal" | "panic" => "error",
        level => level,
    };
    // Statements of the database at `debug` would show values; they are for `RUST_LOG` alone.
    let filter = EnvFilter::try_from_default_env().or_else(|_| EnvFilter::try_new(format!("{level},sqlx=warn")))?;
    let terminal = stderr().is_terminal();
    let format = log.format.unwrap_or(if terminal { LogFormat::Text } else { LogFormat::Json });
    let subscriber = fmt().with_env_filter(filter).with_writer(stderr).with_ansi(terminal);
    let started = match format {
        LogFormat::Json => subscriber.json().flatten_event(true).try_init(),
        LogFormat::Text => subscriber.try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("logging cannot start: {error}"))
}
