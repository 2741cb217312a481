//! Credentials: the ways in that an identity has.

use identity_api::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The kind of a credential; the names are Kratos' credential types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each name is that of a method")]
pub enum CredentialKind {
    Password,
    Oidc,
    Totp,
    LookupSecret,
    Webauthn,
    Passkey,
    Code,
    Saml,
    LinkRecovery,
    CodeRecovery,
}

impl CredentialKind {
    /// Every kind, in alphabetical order of their names.
    pub const ALL: [Self; 10] = [
        Self::Code,
        Self::CodeRecovery,
        Self::LinkRecovery,
        Self::LookupSecret,
        Self::Oidc,
        Self::Passkey,
        Self::Password,
        Self::Saml,
        Self::Totp,
        Self::Webauthn,
    ];

    /// The kind's name on the wire and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Oidc => "oidc",
            Self::Totp => "totp",
            Self::LookupSecret => "lookup_secret",
            Self::Webauthn => "webauthn",
            Self::Passkey => "passkey",
            Self::Code => "code",
            Self::Saml => "saml",
            Self::LinkRecovery => "link_recovery",
            Self::CodeRecovery => "code_recovery",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// One way in.
#[derive(Clone, Debug)]
pub struct Credential {
    /// Its kind.
    pub kind: CredentialKind,
    /// The names that it is found by, normalised.
    pub identifiers: Vec<String>,
    /// What it is made of, by kind; hashes and encrypted secrets only.
    pub config: Value,
    /// The format of `config`.
    pub version: u32,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it changed last.
    pub updated_at: Timestamp,
}

/// The bits of an identity's second factors.
pub mod factor {
    /// An authenticator app.
    pub const TOTP: u8 = 1;
    /// Backup codes.
    pub const LOOKUP_SECRET: u8 = 2;
    /// A security key that is no passwordless one.
    pub const WEBAUTHN: u8 = 4;
    /// An address that codes can go to; counts where `methods.code.mfa_enabled` says so.
    pub const CODE: u8 = 8;
}

impl Credential {
    /// The bit of the second factor that this is; 0 when it is none. A credential that names identifiers only, as the
    /// schema makes them, is none.
    #[must_use]
    pub fn second_factor(&self) -> u8 {
        let list = |key: &str| self.config.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        match self.kind {
            CredentialKind::Totp if self.config.get("totp_url").is_some() => factor::TOTP,
            CredentialKind::LookupSecret if self.config.get("recovery_codes").is_some() => factor::LOOKUP_SECRET,
            CredentialKind::Code if !list("addresses").is_empty() => factor::CODE,
            CredentialKind::Webauthn
                if list("credentials").iter().any(|key| key.get("is_passwordless") != Some(&Value::Bool(true))) =>
            {
                factor::WEBAUTHN
            }
            _ => 0,
        }
    }

    /// The password hash, if this is a password.
    #[must_use]
    pub fn password_hash(&self) -> Option<&str> {
        self.config.get("hashed_password").and_then(Value::as_str).filter(|hash| !hash.is_empty())
    }
}
