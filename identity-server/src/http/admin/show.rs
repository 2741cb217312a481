//! Identities as administrators see them.

use crate::flows::second_factor::{lookup, totp};
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::model::{Credential, CredentialKind, Identity};
use serde_json::{Value, json};

/// The types that `include_credential` may name; those that no method here makes are never there.
const INCLUDABLE: [&str; 11] = [
    "password",
    "oidc",
    "saml",
    "totp",
    "lookup_secret",
    "webauthn",
    "passkey",
    "code",
    "link_recovery",
    "code_recovery",
    "deviceauthn",
];

/// The credentials whose configuration was asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Included(Vec<String>);

impl Included {
    /// Reads `include_credential`, which may be repeated.
    pub(super) fn of(req: &Req) -> Result<Self, ApiError> {
        let named = req.query.iter().filter(|(name, _)| name == "include_credential").map(|(_, kind)| kind.clone());
        let named: Vec<String> = named.collect();
        match named.iter().find(|kind| !INCLUDABLE.contains(&kind.as_str())) {
            None => Ok(Self(named)),
            Some(unknown) => {
                let known = INCLUDABLE.join(", ");
                Err(ApiError::bad_request(&format!("include_credential: `{unknown}` is none of {known}.")))
            }
        }
    }

    /// Whether anything was named.
    pub(super) fn any(&self) -> bool {
        !self.0.is_empty()
    }
}

/// An identity with its credentials, none of their configurations.
pub(super) fn shown(app: &App, identity: &Identity, credentials: &[Credential]) -> identity_api::Identity {
    let mut shown = identity.to_admin_api(&app.config().public_url());
    let entry = |credential: &Credential| {
        let shown = identity_api::identity::Credential {
            kind: credential.kind.as_str().into(),
            identifiers: Some(credential.identifiers.clone()),
            config: None,
            version: credential.version,
            created_at: credential.created_at,
            updated_at: credential.updated_at,
        };
        (shown.kind.clone(), shown)
    };
    shown.credentials = Some(credentials.iter().map(entry).collect());
    shown
}

/// An identity with its credentials and the configurations that were asked for.
pub(super) async fn shown_with(
    app: &App,
    identity: &Identity,
    credentials: &[Credential],
    included: &Included,
) -> Result<identity_api::Identity, ApiError> {
    let mut answer = shown(app, identity, credentials);
    for credential in credentials.iter().filter(|c| included.0.iter().any(|kind| kind == c.kind.as_str())) {
        let config = open_config(app, identity, credential).await?;
        if let Some(entry) = answer.credentials.as_mut().and_then(|map| map.get_mut(credential.kind.as_str())) {
            entry.config = Some(config);
        }
    }
    Ok(answer)
}

/// The configuration of a credential in clear, as the contract spells it.
pub(super) async fn open_config(app: &App, identity: &Identity, credential: &Credential) -> Result<Value, ApiError> {
    match credential.kind {
        CredentialKind::Totp => {
            let url = totp::url_of(&app.sealer, identity.id, credential);
            let url = url.ok_or_else(|| ApiError::internal(&"a TOTP secret opens under none of secrets.cipher"))?;
            Ok(json!({ "totp_url": url.expose() }))
        }
        CredentialKind::LookupSecret => {
            let codes = lookup::codes_of(app, identity.id, credential);
            let codes = codes.ok_or_else(|| ApiError::internal(&"backup codes open under none of secrets.cipher"))?;
            let uses = app.store.lookup_secret_uses(identity.id, &codes.batch).await?;
            let used_at = |position: usize| {
                let found = uses.iter().find(|(used, _)| *used as usize == position);
                let format = &time::format_description::well_known::Rfc3339;
                found.and_then(|(_, at)| at.format(format).ok())
            };
            let list: Vec<Value> = codes
                .codes
                .iter()
                .enumerate()
                .map(|(position, code)| json!({ "code": code.expose(), "used_at": used_at(position) }))
                .collect();
            Ok(json!({ "recovery_codes": list }))
        }
        _ => Ok(credential.config.clone()),
    }
}
