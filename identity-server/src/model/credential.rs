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

impl Credential {
    /// The password hash, if this is a password.
    #[must_use]
    pub fn password_hash(&self) -> Option<&str> {
        self.config.get("hashed_password").and_then(Value::as_str).filter(|hash| !hash.is_empty())
    }
}
