//! The first administrator: made once, with a link that signs in once.

use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::Stack;
use crate::probe;

/// The address of the first administrator when none is chosen.
pub const DEFAULT_EMAIL: &str = "admin@localhost.localdomain";

/// What there is to say about the administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Administrator {
    /// Has never chosen a way to sign in: the lines tell how to sign in once.
    New(Vec<String>),
    /// Signs in as everybody else does.
    Settled,
}

impl Stack {
    /// Makes the first administrator if there is none. One who has no way to sign in yet gets a one-time sign-in
    /// link; one who has gets none, for a link that is printed at every start is a way in that nobody asked for.
    ///
    /// # Errors
    /// When the admin API or `nexus-identity admin create` fails; their words are in the error.
    pub fn first_administrator(&self, email: &str) -> Result<Administrator> {
        if self.has_credentials(email)? {
            return Ok(Administrator::Settled);
        }
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
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok(Administrator::New(text.lines().map(str::to_owned).collect()))
    }

    /// Whether somebody with that address can sign in by themselves.
    fn has_credentials(&self, email: &str) -> Result<bool> {
        let url = format!("http://127.0.0.1:{}/admin/identities", self.spec().ports.admin);
        let agent = probe::client(Duration::from_secs(10));
        let mut answer = agent.get(&url).query("credentials_identifier", email).call().context("the admin API")?;
        let status = answer.status().as_u16();
        let body: Value = answer.body_mut().read_json().context("the admin API")?;
        if status != 200 {
            bail!("the admin API answered {status}: {body}");
        }
        Ok(body.as_array().is_some_and(|found| found.iter().any(has_own_credential)))
    }
}

/// A mailed code is no credential of one's own: everybody with an address has it.
fn has_own_credential(identity: &Value) -> bool {
    let credentials = identity.get("credentials").and_then(Value::as_object);
    credentials
        .is_some_and(|all| all.keys().any(|kind| ["password", "passkey", "webauthn", "oidc"].contains(&kind.as_str())))
}

#[cfg(test)]
mod tests {
    use super::has_own_credential;
    use serde_json::json;

    #[test]
    fn an_administrator_with_nothing_but_an_address_has_not_signed_in_yet() {
        assert!(!has_own_credential(&json!({"id": "1", "credentials": {"code": {"type": "code"}}})));
        assert!(!has_own_credential(&json!({"id": "1"})));
        assert!(has_own_credential(&json!({"id": "1", "credentials": {"password": {"type": "password"}}})));
    }
}
