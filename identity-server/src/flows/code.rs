//! One-time codes of six digits: made at random, kept as a keyed hash, bound to their flow.

use crate::config::Config;
use crate::crypto::{keyed_hash, token};
use crate::http::app::App;
use crate::model::Secret;
use crate::store::{NewCode, StoredCode};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

const PURPOSE: &str = "one-time code v1";

/// A new code for `address` in the flow, and how it is stored. `None` only when no secret is configured.
#[must_use]
pub fn create(
    app: &App,
    config: &Config,
    flow_id: Uuid,
    purpose: &'static str,
    (via, address): (&str, &str),
    identity_id: Option<Uuid>,
) -> Option<(Secret, NewCode)> {
    let mut rng = app.rng();
    let code = token::six_digits(&mut rng);
    let now = app.now();
    let secret = config.secrets.cookie_secrets().next()?;
    let stored = NewCode {
        id: token::uuid(&mut rng),
        flow_id,
        purpose,
        code_hash: keyed_hash(secret.expose(), PURPOSE, &bound(flow_id, code.expose())),
        via: via.into(),
        address: address.into(),
        identity_id,
        created_at: now,
        expires_at: now + config.selfservice.methods.code.config.lifespan,
    };
    Some((code, stored))
}

/// The code among `codes` that `given` is, whatever secret it was hashed under, if it is unused and in time.
#[must_use]
pub fn find<'c>(
    app: &App,
    config: &Config,
    flow_id: Uuid,
    codes: &'c [StoredCode],
    given: &str,
) -> Option<&'c StoredCode> {
    let hashes: Vec<String> = config
        .secrets
        .cookie_secrets()
        .map(|secret| keyed_hash(secret.expose(), PURPOSE, &bound(flow_id, given)))
        .collect();
    let now = app.now();
    let fits =
        |code: &&StoredCode| hashes.iter().any(|hash| bool::from(hash.as_bytes().ct_eq(code.code_hash.as_bytes())));
    codes.iter().filter(fits).find(|code| !code.used && now < code.expires_at)
}

fn bound(flow_id: Uuid, code: &str) -> String {
    format!("{flow_id}:{code}")
}
