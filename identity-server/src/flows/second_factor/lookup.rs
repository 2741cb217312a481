//! Backup codes ("lookup secrets"): twelve, each good once.

use crate::http::app::App;
use crate::model::{Credential, CredentialKind, Secret};
use crate::store::Change;
use rand::Rng as _;
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

/// How many codes a set has.
const COUNT: usize = 12;
/// How many characters a code has: 41 bits.
const LENGTH: usize = 8;
const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// A set of codes.
#[derive(Clone)]
pub struct Codes {
    /// Names the set; uses are counted by set and position.
    pub batch: String,
    /// The codes.
    pub codes: Vec<Secret>,
}

/// A new set.
#[must_use]
pub fn generate(app: &App) -> Codes {
    let mut rng = app.rng();
    let batch = crate::crypto::token::uuid(&mut rng).to_string();
    let mut code = || -> Secret {
        let text: String = (0..LENGTH).map(|_| char::from(ALPHABET[rng.random_range(0..ALPHABET.len())])).collect();
        text.into()
    };
    Codes { batch, codes: (0..COUNT).map(|_| code()).collect() }
}

/// The credential of a set; the codes stand in it sealed, bound to the identity.
#[must_use]
pub fn credential(app: &App, identity: Uuid, codes: &Codes) -> Credential {
    let now = app.now();
    let list: Vec<&str> = codes.codes.iter().map(Secret::expose).collect();
    let sealed = app.sealer.seal(&place(identity), &json!(list).to_string());
    Credential {
        kind: CredentialKind::LookupSecret,
        identifiers: vec![identity.to_string()],
        config: json!({ "batch": codes.batch, "recovery_codes": sealed }),
        version: 0,
        created_at: now,
        updated_at: now,
    }
}

/// The codes of a credential.
#[must_use]
pub fn codes_of(app: &App, identity: Uuid, credential: &Credential) -> Option<Codes> {
    let batch = credential.config.get("batch").and_then(Value::as_str)?.to_owned();
    let sealed = credential.config.get("recovery_codes")?.as_str()?;
    let list: Vec<String> = serde_json::from_str(app.sealer.open(&place(identity), sealed)?.expose()).ok()?;
    Some(Codes { batch, codes: list.into_iter().map(Secret::from).collect() })
}

fn place(identity: Uuid) -> String {
    format!("lookup_secret:{identity}")
}

impl Codes {
    /// The position of `code` in the set. Every code is compared, so that time tells nothing.
    #[must_use]
    pub fn position(&self, code: &str) -> Option<u32> {
        let given = code.trim().to_ascii_lowercase();
        let mut found = None;
        for (position, candidate) in (0..).zip(&self.codes) {
            if bool::from(candidate.expose().to_ascii_lowercase().as_bytes().ct_eq(given.as_bytes())) {
                found = Some(position);
            }
        }
        found
    }

    /// The change that uses one of them up.
    #[must_use]
    pub fn use_up(&self, app: &App, identity: Uuid, position: u32) -> Change {
        Change::UseLookupSecret { identity_id: identity, batch: self.batch.clone(), position, at: app.now() }
    }
}
