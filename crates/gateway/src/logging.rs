//! The process's own log, on standard error, as `log.level` and `log.format` say.

use crate::config::Config;
use tracing_subscriber::EnvFilter;

/// Begins to log. `NEXUS_LOG` wins over the configuration: it can tell modules apart.
pub(crate) fn start(config: &Config) {
    let level = match config.log_level.as_str() {
        "panic" | "fatal" => "error",
        other => other,
    };
    let filter = EnvFilter::try_from_env("NEXUS_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_target(false).with_writer(std::io::stderr);
    // A second start changes nothing.
    let _ = if config.log_json { log.json().try_init() } else { log.try_init() };
}
