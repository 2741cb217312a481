//! Credentials that come from elsewhere, in Kratos' shapes.

use crate::flows::second_factor::{lookup, totp};
use crate::hashing::{Hasher, ImportError};
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::model::{Credential, CredentialKind, Secret};
use crate::store::Change;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use identity_api::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// `credentials` of a body.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct NewCredentials {
    #[serde(default)]
    pub(super) password: Option<With<PasswordConfig>>,
    #[serde(default)]
    oidc: Option<With<Providers>>,
    #[serde(default)]
    saml: Option<With<Providers>>,
    #[serde(default)]
    totp: Option<With<TotpConfig>>,
    #[serde(default)]
    lookup_secret: Option<With<LookupConfig>>,
    #[serde(default)]
    webauthn: Option<With<Keys>>,
    #[serde(default)]
    passkey: Option<With<Keys>>,
}

/// `{"config": …}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct With<T> {
    pub(super) config: T,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordConfig {
    #[serde(default)]
    pub(super) password: Option<String>,
    #[serde(default)]
    hashed_password: Option<String>,
    #[serde(default)]
    use_password_migration_hook: bool,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Providers {
    #[serde(default)]
    providers: Vec<Provider>,
}

/// A link to an account of a sign-in provider; its tokens are not known.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Provider {
    #[serde(default)]
    initial_id_token: String,
    #[serde(default)]
    initial_access_token: String,
    #[serde(default)]
    initial_refresh_token: String,
    subject: String,
    provider: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    organization: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    use_auto_link: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TotpConfig {
    totp_url: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LookupConfig {
    codes: Vec<LookupCode>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LookupCode {
    pub(super) code: String,
    #[serde(default, with = "identity_api::rfc3339::option")]
    pub(super) used_at: Option<Timestamp>,
}

/// Security keys or passkeys; byte fields are base64.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    #[serde(default)]
    credentials: Vec<Key>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user_handle: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Key {
    id: String,
    public_key: String,
    #[serde(default)]
    attestation_type: String,
    #[serde(default)]
    authenticator: Value,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    added_at: Option<String>,
    #[serde(default)]
    is_passwordless: bool,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    flags: Value,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    transport: Value,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    attestation: Value,
}

impl NewCredentials {
    /// Whether hashing is needed for it, which takes a while.
    pub(super) fn has_clear_password(&self) -> bool {
        self.password
            .as_ref()
            .is_some_and(|password| password.config.password.as_deref().is_some_and(|p| !p.is_empty()))
    }

    /// What is wrong as far as it can be told from the outside.
    pub(super) fn check(&self) -> Result<(), ApiError> {
        if let Some(With { config }) = &self.password {
            match (config.password.as_deref(), config.hashed_password.as_deref()) {
                (Some(clear), _) if !clear.is_empty() => {}
                (_, Some(hash)) if !hash.is_empty() => check_hash(hash)?,
                _ if config.use_password_migration_hook => {}
                _ => return Err(no_password()),
            }
        }
        match &self.totp {
            Some(With { config }) => check_totp(&config.totp_url),
            None => Ok(()),
        }
    }

    /// The configuration of the password. Clear passwords are hashed but not held against the policy, as in Kratos;
    /// they win over a hash that is there as well.
    pub(super) async fn password_config(&self, app: &App) -> Result<Option<Value>, ApiError> {
        let Some(With { config }) = &self.password else {
            return Ok(None);
        };
        if let Some(clear) = config.password.as_ref().filter(|clear| !clear.is_empty()) {
            let hash = app.hasher.hash(&Secret::new(clear.as_str())).await?;
            return Ok(Some(json!({ "hashed_password": hash })));
        }
        match config.hashed_password.as_deref() {
            None | Some("") if config.use_password_migration_hook => {
                Ok(Some(json!({ "hashed_password": "", "use_password_migration_hook": true })))
            }
            Some(hash) => {
                check_hash(hash)?;
                Ok(Some(json!({ "hashed_password": hash })))
            }
            None => Err(no_password()),
        }
    }

    /// The other credentials of `identity`, and the changes that go with them. What `old` has of providers and backup
    /// codes is kept; everything else is replaced.
    pub(super) async fn others(
        &self,
        app: &App,
        identity: Uuid,
        old: &[Credential],
    ) -> Result<(Vec<Credential>, Vec<Change>), ApiError> {
        let (mut made, mut changes) = (Vec::new(), Vec::new());
        let of = |kind: CredentialKind| old.iter().find(|credential| credential.kind == kind);
        for (kind, new) in [(CredentialKind::Oidc, &self.oidc), (CredentialKind::Saml, &self.saml)] {
            if let Some(With { config }) = new {
                made.push(providers(app, kind, config, of(kind))?);
            }
        }
        if let Some(With { config }) = &self.totp {
            check_totp(&config.totp_url)?;
            made.push(totp::credential(app, identity, &config.totp_url));
        }
        if let Some(With { config }) = &self.lookup_secret {
            let (credential, uses) =
                lookup_codes(app, identity, &config.codes, of(CredentialKind::LookupSecret)).await?;
            made.push(credential);
            changes.extend(uses);
        }
        if let Some(With { config }) = &self.webauthn {
            made.push(keys(app, CredentialKind::Webauthn, config)?);
        }
        if let Some(With { config }) = &self.passkey {
            made.push(keys(app, CredentialKind::Passkey, config)?);
        }
        Ok((made, changes))
    }
}

/// Whether a hash can be taken.
fn check_hash(hash: &str) -> Result<(), ApiError> {
    let refused = |error: ImportError| ApiError::bad_request(&format!("credentials.password: {error}."));
    Hasher::check_import(hash).map_err(refused)
}

fn no_password() -> ApiError {
    ApiError::bad_request("credentials.password.config needs password or hashed_password.")
}

fn check_totp(url: &str) -> Result<(), ApiError> {
    let wrong = "credentials.totp.config.totp_url: expected an otpauth:// URL with a secret.";
    totp::parse(url).map(drop).ok_or_else(|| ApiError::bad_request(wrong))
}

fn providers(
    app: &App,
    kind: CredentialKind,
    new: &Providers,
    old: Option<&Credential>,
) -> Result<Credential, ApiError> {
    let known = old.and_then(|old| serde_json::from_value::<Providers>(old.config.clone()).ok());
    let mut all = known.map(|known| known.providers).unwrap_or_default();
    for provider in &new.providers {
        if provider.provider.is_empty() || provider.subject.is_empty() {
            let reason =
                format!("credentials.{}.config.providers: provider and subject are both needed.", kind.as_str());
            return Err(ApiError::bad_request(&reason));
        }
        if !all.iter().any(|known| known.provider == provider.provider && known.subject == provider.subject) {
            all.push(provider.clone());
        }
    }
    let identifiers = all.iter().map(|one| format!("{}:{}", one.provider, one.subject)).collect();
    Ok(credential(app, kind, identifiers, json!(Providers { providers: all })))
}

pub(super) async fn lookup_codes(
    app: &App,
    identity: Uuid,
    new: &[LookupCode],
    old: Option<&Credential>,
) -> Result<(Credential, Vec<Change>), ApiError> {
    let mut codes = match old.and_then(|old| lookup::codes_of(app, identity, old)) {
        Some(codes) => codes,
        None => lookup::Codes { batch: crate::crypto::token::uuid(&mut app.rng()).to_string(), codes: Vec::new() },
    };
    let mut uses = Vec::new();
    for code in new {
        if code.code.is_empty() {
            return Err(ApiError::bad_request("credentials.lookup_secret.config.codes: a code is empty."));
        }
        if let Some(at) = code.used_at {
            let position = u32::try_from(codes.codes.len()).unwrap_or(u32::MAX);
            uses.push(Change::UseLookupSecret { identity_id: identity, batch: codes.batch.clone(), position, at });
        }
        codes.codes.push(Secret::new(code.code.as_str()));
    }
    Ok((lookup::credential(app, identity, &codes), uses))
}

fn keys(app: &App, kind: CredentialKind, keys: &Keys) -> Result<Credential, ApiError> {
    let name = kind.as_str();
    let bytes = |place: &str, text: &str| {
        let wrong = || ApiError::bad_request(&format!("credentials.{name}.config.{place}: expected base64."));
        STANDARD.decode(text).map_err(|_| wrong())
    };
    for key in &keys.credentials {
        bytes("credentials.id", &key.id)?;
        bytes("credentials.public_key", &key.public_key)?;
    }
    let handle = keys.user_handle.as_deref().map(|text| bytes("user_handle", text)).transpose()?;
    let mut identifiers = Vec::new();
    if kind == CredentialKind::Passkey {
        let handle = handle.filter(|handle| !handle.is_empty()).ok_or_else(|| {
            let reason = "credentials.passkey.config.user_handle is needed: the handle that the authenticator holds.";
            ApiError::bad_request(reason)
        })?;
        if keys.credentials.is_empty() {
            return Err(ApiError::bad_request("credentials.passkey.config.credentials needs at least one key."));
        }
        // A handle that is no text is found by its base64 form.
        let text =
            String::from_utf8(handle).or_else(|_| Ok::<_, ApiError>(keys.user_handle.clone().unwrap_or_default()))?;
        identifiers.push(text);
    }
    Ok(credential(app, kind, identifiers, json!(keys)))
}

/// A password of that configuration; the schema names its identifiers.
pub(super) fn password(app: &App, config: Value) -> Credential {
    Credential { version: 1, ..credential(app, CredentialKind::Password, Vec::new(), config) }
}

fn credential(app: &App, kind: CredentialKind, identifiers: Vec<String>, config: Value) -> Credential {
    let now = app.now();
    // What the schema makes as well has version 1, as in Kratos.
    let version = u32::from(kind == CredentialKind::Webauthn);
    Credential { kind, identifiers, config, version, created_at: now, updated_at: now }
}

/// A credential as a JSON Patch leaves its configuration, and the changes that go with it. `None` for what follows
/// from the traits and cannot be set.
pub(super) async fn patched(
    app: &App,
    identity: Uuid,
    kind: CredentialKind,
    config: &Value,
) -> Result<Option<(Credential, Vec<Change>)>, ApiError> {
    let name = kind.as_str();
    let unreadable = |error: serde_json::Error| ApiError::bad_request(&format!("credentials.{name}.config: {error}."));
    let (mut made, changes) = match kind {
        CredentialKind::Password => {
            let config: PasswordConfig = serde_json::from_value(config.clone()).map_err(unreadable)?;
            let new = NewCredentials { password: Some(With { config }), ..NewCredentials::default() };
            let config = new.password_config(app).await?;
            return Ok(config.map(|config| (password(app, config), Vec::new())));
        }
        CredentialKind::Totp => {
            let config: TotpConfig = serde_json::from_value(config.clone()).map_err(unreadable)?;
            let new = NewCredentials { totp: Some(With { config }), ..NewCredentials::default() };
            new.others(app, identity, &[]).await?
        }
        CredentialKind::LookupSecret => {
            let config: RecoveryCodes = serde_json::from_value(config.clone()).map_err(unreadable)?;
            let (credential, uses) = lookup_codes(app, identity, &config.recovery_codes, None).await?;
            (vec![credential], uses)
        }
        CredentialKind::Webauthn | CredentialKind::Passkey => {
            let config: Keys = serde_json::from_value(config.clone()).map_err(unreadable)?;
            (vec![keys(app, kind, &config)?], Vec::new())
        }
        CredentialKind::Code => return Ok(None),
        _ => return Err(ApiError::bad_request(&format!("credentials.{name} cannot be changed by a JSON Patch."))),
    };
    Ok(made.pop().map(|credential| (credential, changes)))
}

#[derive(Deserialize)]
struct RecoveryCodes {
    recovery_codes: Vec<LookupCode>,
}
