//! Authenticator apps (RFC 6238): SHA-1, six digits, thirty seconds, one step of drift to either side.

use crate::config::Config;
use crate::crypto::Sealer;
use crate::http::app::App;
use crate::model::{Credential, CredentialKind, Secret};
use rand::RngCore as _;
use serde_json::json;
use subtle::ConstantTimeEq as _;
use totp_rs::{Algorithm, TOTP};
use uuid::Uuid;

/// Bytes of a secret: as long as SHA-1's output (RFC 4226 section 4).
const SECRET_BYTES: usize = 20;

/// A new secret for the account that the app will call `account`.
///
/// # Errors
/// A sentence, when the issuer or the account cannot stand in an `otpauth` URL.
pub fn generate(app: &App, config: &Config, account: &str) -> Result<TOTP, String> {
    let mut secret = vec![0; SECRET_BYTES];
    app.rng().fill_bytes(&mut secret);
    let public = config.public_url();
    let issuer = match config.selfservice.methods.totp.config.issuer.as_deref() {
        None | Some("") => public.host_str().unwrap_or("identity").to_owned(),
        Some(issuer) => issuer.to_owned(),
    };
    // A colon separates issuer and account in the URL's label, so neither may hold one.
    let clean = |text: &str| text.replace(':', " ");
    TOTP::new(Algorithm::SHA1, 6, 1, 30, secret, Some(clean(&issuer)), clean(account))
        .map_err(|error| error.to_string())
}

/// The secret behind an `otpauth` URL, ours or an imported one.
#[must_use]
pub fn parse(url: &str) -> Option<TOTP> {
    TOTP::from_url_unchecked(url).ok()
}

/// The credential of an authenticator app; the URL stands in it sealed, bound to the identity.
#[must_use]
pub fn credential(app: &App, identity: Uuid, url: &str) -> Credential {
    let now = app.now();
    Credential {
        kind: CredentialKind::Totp,
        identifiers: vec![identity.to_string()],
        config: json!({ "totp_url": app.sealer.seal(&place(identity), url) }),
        version: 0,
        created_at: now,
        updated_at: now,
    }
}

/// The `otpauth` URL of a credential.
#[must_use]
pub fn url_of(sealer: &Sealer, identity: Uuid, credential: &Credential) -> Option<Secret> {
    sealer.open(&place(identity), credential.config.get("totp_url")?.as_str()?)
}

fn place(identity: Uuid) -> String {
    format!("totp:{identity}")
}

/// The time step that `code` is right for at `unix_time` (seconds), one step of drift allowed; `None` for a wrong code.
/// The caller uses the step up, so that the code works once (RFC 6238 section 5.2, requirement 23).
#[must_use]
pub fn matching_step(totp: &TOTP, code: &str, unix_time: i64) -> Option<i64> {
    let period = i64::try_from(totp.step).ok().filter(|period| *period > 0)?;
    let present = unix_time.div_euclid(period);
    let fits = |step: &i64| {
        let Ok(time) = u64::try_from(step * period) else {
            return false;
        };
        bool::from(totp.generate(time).as_bytes().ct_eq(code.as_bytes()))
    };
    [present, present - 1, present + 1].into_iter().find(fits)
}
