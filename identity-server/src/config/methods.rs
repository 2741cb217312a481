//! `selfservice.methods`.

use super::{Auth, Oidc, Secret, duration};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;
use url::Url;

/// `selfservice.methods`; password, code and profile are on unless switched off.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct Methods {
    pub password: Password,
    pub code: Code,
    pub link: Link,
    pub totp: Totp,
    pub lookup_secret: LookupSecret,
    pub profile: Profile,
    pub webauthn: WebAuthn,
    pub passkey: Passkey,
    pub oidc: Oidc,
}

/// `selfservice.methods.password`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct Password {
    pub enabled: bool,
    pub config: PasswordConfig,
}

impl Default for Password {
    fn default() -> Self {
        Self { enabled: true, config: PasswordConfig::default() }
    }
}

/// `selfservice.methods.password.config`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct PasswordConfig {
    pub haveibeenpwned_enabled: bool,
    pub haveibeenpwned_host: String,
    /// A password seen more often than this is refused.
    pub max_breaches: u64,
    pub ignore_network_errors: bool,
    /// In characters.
    pub min_password_length: usize,
    pub identifier_similarity_check_enabled: bool,
    pub migrate_hook: MigrateHook,
}

impl Default for PasswordConfig {
    fn default() -> Self {
        Self {
            haveibeenpwned_enabled: true,
            haveibeenpwned_host: "api.pwnedpasswords.com".into(),
            max_breaches: 0,
            ignore_network_errors: true,
            min_password_length: 8,
            identifier_similarity_check_enabled: true,
            migrate_hook: MigrateHook::default(),
        }
    }
}

/// `selfservice.methods.password.config.migrate_hook`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct MigrateHook {
    pub enabled: bool,
    pub config: Option<MigrateHookConfig>,
}

/// What the migration hook calls.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct MigrateHookConfig {
    pub url: Url,
    #[serde(default)]
    pub headers: BTreeMap<String, Secret>,
    #[serde(default)]
    pub body: Option<String>,
    #[serde(default)]
    pub auth: Option<Auth>,
}

/// `selfservice.methods.code`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Code {
    /// For recovery and verification.
    pub enabled: bool,
    /// For signing in and up.
    pub passwordless_enabled: bool,
    /// As second factor.
    pub mfa_enabled: bool,
    /// Details.
    pub config: CodeConfig,
}

impl Default for Code {
    fn default() -> Self {
        Self { enabled: true, passwordless_enabled: false, mfa_enabled: false, config: CodeConfig::default() }
    }
}

/// `selfservice.methods.code.config`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct CodeConfig {
    #[serde(deserialize_with = "duration::de")]
    pub lifespan: Duration,
    /// Wrong tries before the flow is void.
    pub max_submissions: u32,
    pub missing_credential_fallback_enabled: bool,
}

impl Default for CodeConfig {
    fn default() -> Self {
        Self { lifespan: Duration::from_secs(3600), max_submissions: 5, missing_credential_fallback_enabled: false }
    }
}

/// `selfservice.methods.link`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct Link {
    pub enabled: bool,
    pub config: LinkConfig,
}

/// `selfservice.methods.link.config`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct LinkConfig {
    pub base_url: Option<Url>,
    #[serde(deserialize_with = "duration::de")]
    pub lifespan: Duration,
}

impl Default for LinkConfig {
    fn default() -> Self {
        Self { base_url: None, lifespan: Duration::from_secs(3600) }
    }
}

/// `selfservice.methods.totp`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct Totp {
    pub enabled: bool,
    pub config: TotpConfig,
}

/// `selfservice.methods.totp.config`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TotpConfig {
    /// What authenticator apps show; the public URL's host when it is missing.
    pub issuer: Option<String>,
}

/// `selfservice.methods.lookup_secret`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct LookupSecret {
    pub enabled: bool,
}

/// `selfservice.methods.profile`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct Profile {
    pub enabled: bool,
}

impl Default for Profile {
    fn default() -> Self {
        Self { enabled: true }
    }
}

/// `selfservice.methods.webauthn`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct WebAuthn {
    pub enabled: bool,
    pub config: WebAuthnConfig,
}

/// `selfservice.methods.webauthn.config`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct WebAuthnConfig {
    /// As first factor rather than second.
    pub passwordless: bool,
    /// Who asks for the signature.
    pub rp: Option<RelyingParty>,
}

/// `….config.rp`.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct RelyingParty {
    pub id: String,
    pub display_name: String,
    /// The one origin of older files.
    #[serde(default)]
    pub origin: Option<Url>,
    #[serde(default)]
    pub origins: Vec<Url>,
}

impl RelyingParty {
    /// All allowed origins.
    pub fn all_origins(&self) -> impl Iterator<Item = &Url> {
        self.origins.iter().chain(self.origin.as_ref())
    }
}

/// `selfservice.methods.passkey`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct Passkey {
    pub enabled: bool,
    pub config: PasskeyConfig,
}

/// `selfservice.methods.passkey.config`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PasskeyConfig {
    /// Who asks for the signature.
    pub rp: Option<RelyingParty>,
    /// `required`, `preferred` or `discouraged`, `attachment` likewise.
    pub authenticator_selection: BTreeMap<String, String>,
    /// `preference`.
    pub attestation: BTreeMap<String, String>,
    /// How long a browser waits.
    pub timeouts: PasskeyTimeouts,
}

/// `selfservice.methods.passkey.config.timeouts`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct PasskeyTimeouts {
    #[serde(deserialize_with = "duration::de_option")]
    pub registration: Option<Duration>,
    #[serde(deserialize_with = "duration::de_option")]
    pub login: Option<Duration>,
}
