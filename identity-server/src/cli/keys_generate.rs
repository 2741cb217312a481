//! `keys generate`.

use super::output;
use nexus_identity::config::draw;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

/// Prints a `secrets` block in YAML, each secret drawn from the operating system's randomness.
pub(crate) fn run() -> anyhow::Result<()> {
    let mut random = StdRng::from_os_rng();
    let mut text = String::from(
        "# Keep this file private (mode 0600) and back it up with the database. To rotate a secret, put a new one\n\
         # before it and keep the old one until what it signed has expired.\n\
         secrets:",
    );
    for name in ["default", "cookie", "cipher", "pagination"] {
        text.push_str(&format!("\n  {name}:\n    - {}", draw(&mut random).expose()));
    }
    output::print(&text);
    Ok(())
}
