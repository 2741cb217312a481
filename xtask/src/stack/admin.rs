//! The first administrator: made once, with a link that signs in once.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::Stack;

/// The address of the first administrator when none is chosen.
pub const DEFAULT_EMAIL: &str = "admin@localhost.localdomain";

impl Stack {
    /// Makes the first administrator if there is none, and a one-time sign-in link for an administrator who has
    /// never signed in. Returns the lines that `nexus-identity admin create` prints.
    ///
    /// # Errors
    /// When the command fails; its words are in the error.
    pub fn create_first_administrator(&self, email: &str) -> Result<String> {
        let spec = self.spec();
        let mut command = Command::new(&spec.artefacts.identity);
        command.args(["admin", "create", "--email", email]);
        for file in self.identity_files() {
            command.arg("-c").arg(file);
        }
        let output = command
            .current_dir(&spec.workspace.root)
            .envs(self.identity_environment())
            .stdin(Stdio::null())
            .output()
            .context("cannot run `nexus-identity admin create`")?;
        if !output.status.success() {
            bail!("no first administrator: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}
