//! `version`.

use super::output;

/// Prints the version.
pub(crate) fn run() -> anyhow::Result<()> {
    output::print(&format!("nexus-identity {}", env!("CARGO_PKG_VERSION")));
    Ok(())
}
