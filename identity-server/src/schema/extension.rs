//! The `ory.sh/kratos` extension of a trait: what the trait is used for.

use crate::model::CredentialKind;
use serde_json::{Map, Value};

/// The key of the extension inside a property's schema.
pub(super) const KEY: &str = "ory.sh/kratos";

/// How an address is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Via {
    /// By e-mail.
    Email,
    /// By SMS.
    Sms,
}

impl Via {
    /// The name on the wire and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
        }
    }

    /// The channel of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "email" => Some(Self::Email),
            "sms" => Some(Self::Sms),
            _ => None,
        }
    }
}

impl std::fmt::Display for Via {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What one trait is used for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Extension {
    /// The credentials that the trait is an identifier of.
    pub(super) identifier_of: Vec<CredentialKind>,
    /// Where codes for signing in go, if the trait is such an address.
    pub(super) code_via: Option<Via>,
    pub(super) verification: Option<Via>,
    pub(super) recovery: Option<Via>,
    pub(super) totp_account_name: bool,
    pub(super) passkey_display_name: bool,
}

/// A fault inside the extension: the pointer below it, and the problem.
pub(super) struct ExtensionFault {
    pub(super) pointer: String,
    pub(super) problem: String,
}

impl Extension {
    /// What an e-mail address is used for in a schema that says nothing.
    pub(super) fn of_lone_email() -> Self {
        Self {
            identifier_of: vec![CredentialKind::Password],
            verification: Some(Via::Email),
            recovery: Some(Via::Email),
            ..Self::default()
        }
    }

    /// Whether the value goes out as an address and by which channel.
    pub(super) fn address_via(&self) -> Option<Via> {
        self.code_via.or(self.verification).or(self.recovery)
    }

    /// Reads the extension. Unknown keys are told as warnings, because Kratos' other editions have more of them.
    pub(super) fn parse(value: &Value, warnings: &mut Vec<String>) -> Result<Self, ExtensionFault> {
        let root = object(value, "")?;
        let mut extension = Self::default();
        for (key, value) in root {
            let at = format!("/{key}");
            match key.as_str() {
                "credentials" => extension.read_credentials(value, warnings)?,
                "verification" => extension.verification = via(value, &at)?,
                "recovery" => extension.recovery = via(value, &at)?,
                "organizations" => {}
                _ => warnings.push(format!("{KEY}{at} is not known and has no effect")),
            }
        }
        Ok(extension)
    }

    fn read_credentials(&mut self, value: &Value, warnings: &mut Vec<String>) -> Result<(), ExtensionFault> {
        for (name, value) in object(value, "/credentials")? {
            let at = format!("/credentials/{name}");
            let settings = object(value, &at)?;
            match name.as_str() {
                "password" | "webauthn" | "code" => {
                    let kind = match name.as_str() {
                        "password" => CredentialKind::Password,
                        "webauthn" => CredentialKind::Webauthn,
                        _ => CredentialKind::Code,
                    };
                    if flag(settings, "identifier", &at)? {
                        self.identifier_of.push(kind);
                        if kind == CredentialKind::Code {
                            self.code_via = via(value, &at)?.or(Some(Via::Email));
                        }
                    }
                }
                "totp" => self.totp_account_name = flag(settings, "account_name", &at)?,
                "passkey" => self.passkey_display_name = flag(settings, "display_name", &at)?,
                _ => warnings.push(format!("{KEY}{at} is not known and has no effect")),
            }
        }
        Ok(())
    }
}

fn object<'a>(value: &'a Value, at: &str) -> Result<&'a Map<String, Value>, ExtensionFault> {
    value
        .as_object()
        .ok_or_else(|| ExtensionFault { pointer: at.into(), problem: format!("found {value}, expected an object") })
}

fn flag(settings: &Map<String, Value>, key: &str, at: &str) -> Result<bool, ExtensionFault> {
    match settings.get(key) {
        None => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(other) => Err(ExtensionFault {
            pointer: format!("{at}/{key}"),
            problem: format!("found {other}, expected true or false"),
        }),
    }
}

fn via(value: &Value, at: &str) -> Result<Option<Via>, ExtensionFault> {
    match object(value, at)?.get("via") {
        None => Ok(None),
        Some(Value::String(name)) if name.is_empty() => Ok(None),
        Some(Value::String(name)) if Via::parse(name).is_some() => Ok(Via::parse(name)),
        Some(other) => Err(ExtensionFault {
            pointer: format!("{at}/via"),
            problem: format!("found {other}, expected \"email\" or \"sms\""),
        }),
    }
}
