//! The kinds of message, and the parts of each.

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Template {
    /// A link that recovers an account.
    RecoveryValid,
    /// Somebody tried to recover an account by an address that none has, by link.
    RecoveryInvalid,
    /// A code that recovers an account.
    RecoveryCodeValid,
    /// Somebody tried to recover an account by an address that none has, by code.
    RecoveryCodeInvalid,
    /// A link that proves an address.
    VerificationValid,
    /// Somebody tried to prove an address that no account has, by link.
    VerificationInvalid,
    /// A code that proves an address.
    VerificationCodeValid,
    /// Somebody tried to prove an address that no account has, by code.
    VerificationCodeInvalid,
    /// A code that signs in, or that is the second factor.
    LoginCodeValid,
    /// A code that completes a registration.
    RegistrationCodeValid,
    /// An address of the account was changed; goes to addresses that it has or had.
    VerifiableAddressChanged,
    /// A passkey or security key was added.
    AuthenticatorKeyAdded,
}

impl Template {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::RecoveryValid,
        Self::RecoveryInvalid,
        Self::RecoveryCodeValid,
        Self::RecoveryCodeInvalid,
        Self::VerificationValid,
        Self::VerificationInvalid,
        Self::VerificationCodeValid,
        Self::VerificationCodeInvalid,
        Self::LoginCodeValid,
        Self::RegistrationCodeValid,
        Self::VerifiableAddressChanged,
        Self::AuthenticatorKeyAdded,
    ];

    /// The kind's name on the admin API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RecoveryValid => "recovery_valid",
            Self::RecoveryInvalid => "recovery_invalid",
            Self::RecoveryCodeValid => "recovery_code_valid",
            Self::RecoveryCodeInvalid => "recovery_code_invalid",
            Self::VerificationValid => "verification_valid",
            Self::VerificationInvalid => "verification_invalid",
            Self::VerificationCodeValid => "verification_code_valid",
            Self::VerificationCodeInvalid => "verification_code_invalid",
            Self::LoginCodeValid => "login_code_valid",
            Self::RegistrationCodeValid => "registration_code_valid",
            Self::VerifiableAddressChanged => "verifiable_address_changed",
            Self::AuthenticatorKeyAdded => "authenticator_key_added",
        }
    }

    /// The folder of its files, which is also its path below `courier.templates` with `/` for `.`.
    #[must_use]
    pub const fn folder(self) -> &'static str {
        match self {
            Self::RecoveryValid => "recovery/valid",
            Self::RecoveryInvalid => "recovery/invalid",
            Self::RecoveryCodeValid => "recovery_code/valid",
            Self::RecoveryCodeInvalid => "recovery_code/invalid",
            Self::VerificationValid => "verification/valid",
            Self::VerificationInvalid => "verification/invalid",
            Self::VerificationCodeValid => "verification_code/valid",
            Self::VerificationCodeInvalid => "verification_code/invalid",
            Self::LoginCodeValid => "login_code/valid",
            Self::RegistrationCodeValid => "registration_code/valid",
            Self::VerifiableAddressChanged => "verifiable_address_changed",
            Self::AuthenticatorKeyAdded => "authenticator_key_added",
        }
    }

    /// What the template calls its code, and the name in what is handed to an HTTP channel.
    #[must_use]
    pub const fn code_field(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::RecoveryCodeValid => Some(("RecoveryCode", "recovery_code")),
            Self::VerificationCodeValid => Some(("VerificationCode", "verification_code")),
            Self::LoginCodeValid => Some(("LoginCode", "login_code")),
            Self::RegistrationCodeValid => Some(("RegistrationCode", "registration_code")),
            _ => None,
        }
    }

    /// The same for its link.
    #[must_use]
    pub const fn link_field(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::RecoveryValid => Some(("RecoveryURL", "recovery_url")),
            Self::VerificationValid | Self::VerificationCodeValid => Some(("VerificationURL", "verification_url")),
            _ => None,
        }
    }
}

/// A part of a message, with a template of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Part {
    Subject,
    Html,
    Plain,
    Sms,
}

impl Part {
    pub(super) const ALL: [Self; 4] = [Self::Subject, Self::Html, Self::Plain, Self::Sms];

    /// Its file.
    pub(super) const fn file(self) -> &'static str {
        match self {
            Self::Subject => "email.subject.gotmpl",
            Self::Html => "email.body.gotmpl",
            Self::Plain => "email.body.plaintext.gotmpl",
            Self::Sms => "sms.body.gotmpl",
        }
    }

    /// Its place below a kind in `courier.templates`.
    pub(super) const fn key(self) -> [&'static str; 3] {
        match self {
            Self::Subject => ["email", "subject", ""],
            Self::Html => ["email", "body", "html"],
            Self::Plain => ["email", "body", "plaintext"],
            Self::Sms => ["sms", "body", "plaintext"],
        }
    }

    /// Files whose names begin like this belong together and may call each other.
    pub(super) const fn family(self) -> &'static str {
        match self {
            Self::Subject => "email.subject",
            Self::Html | Self::Plain => "email.body",
            Self::Sms => "sms.body",
        }
    }
}
