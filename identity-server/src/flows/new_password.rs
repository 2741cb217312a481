//! What every new password must pass, wherever it is set.

use super::Refusal;
use crate::config::Config;
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::model::Secret;
use crate::password::PasswordPolicy;

/// Checks a new password of somebody with these identifiers against the policy and the lists of breached ones.
///
/// # Errors
/// A fault of the field `password`; 503 when it cannot be known whether the password was breached.
pub async fn check(app: &App, config: &Config, password: &Secret, identifiers: &[String]) -> Result<(), Refusal> {
    let policy = PasswordPolicy::from_config(config);
    policy.check(password.expose(), identifiers).map_err(|message| Refusal::field("password", message))?;
    let Some(breaches) = &app.breaches else {
        return Ok(());
    };
    let verdict = breaches.check(password).await.map_err(|error| {
        tracing::warn!(%error, "a new password is refused: whether it was breached is not known");
        ApiError::overloaded(1)
    })?;
    verdict.map_err(|message| Refusal::field("password", message))
}
