//! The messages of the contract: their ids and `context` keys are Kratos', the sentences are ours.
//!
//! Each message is a function, so that a caller cannot forget what belongs into its context. Clients that translate
//! do so by `id` and fill in `context`.

use crate::Timestamp;
use crate::ui::{TextType, UiText};
use serde_json::{Value, json};

fn text(id: u32, kind: TextType, text: impl Into<String>, context: Option<Value>) -> UiText {
    UiText { id, text: text.into(), kind, context }
}

macro_rules! plain {
    ($($(#[$doc:meta])* $name:ident = $id:literal $kind:ident $text:literal;)*) => {
        $($(#[$doc])* #[must_use] pub fn $name() -> UiText { text($id, TextType::$kind, $text, None) })*
    };
}

plain! {
    /// Title of a login.
    login_title = 1_010_001 Info "Sign in";
    /// Title of a refresh.
    login_refresh = 1_010_003 Info "Please confirm that it is you by signing in again.";
    /// Title of a second factor.
    login_second_factor = 1_010_004 Info "Please complete the second authentication challenge.";
    /// Button: verify.
    login_verify = 1_010_005 Info "Verify";
    /// Label: code of an authenticator app.
    login_totp_label = 1_010_006 Info "Authentication code";
    /// Label: backup code.
    login_lookup_label = 1_010_007 Info "Backup recovery code";
    /// Button: sign in with a hardware key.
    login_webauthn = 1_010_008 Info "Sign in with a hardware key";
    /// Button: use an authenticator app.
    login_totp = 1_010_009 Info "Use the authenticator app";
    /// Button: use a backup code.
    login_lookup = 1_010_010 Info "Use a backup recovery code";
    /// Button: go on with a security key.
    login_webauthn_continue = 1_010_011 Info "Continue with the security key";
    /// Text: prepare the security key.
    login_webauthn_prepare = 1_010_012 Info "Have your security key ready, e.g. plug it in, then go on.";
    /// Button: go on.
    login_continue = 1_010_013 Info "Continue";
    /// A login code was sent, if there is such an account.
    login_code_sent = 1_010_014 Info "A code was sent to the address you gave, if it belongs to an account. If none arrives, check the spelling and try again.";
    /// Button: send a login code.
    login_send_code = 1_010_015 Info "Send sign-in code";
    /// Text: a code is needed to go on.
    login_request_code = 1_010_019 Info "Request a code to continue";
    /// Button: sign in with a passkey.
    login_passkey = 1_010_021 Info "Sign in with a passkey";
    /// Button: sign in with the password.
    login_password = 1_010_022 Info "Sign in with password";

    /// Button: sign up.
    registration_title = 1_040_001 Info "Sign up";
    /// Button: go on.
    registration_continue = 1_040_003 Info "Continue";
    /// Button: sign up with a security key.
    registration_webauthn = 1_040_004 Info "Sign up with a security key";
    /// A code was sent.
    registration_code_sent = 1_040_005 Info "A code was sent to the address you gave. If none arrives, check the spelling and try again.";
    /// Button: send a code.
    registration_send_code = 1_040_006 Info "Send sign-up code";
    /// Button: sign up with a passkey.
    registration_passkey = 1_040_007 Info "Sign up with a passkey";
    /// Button: back to the first screen.
    registration_back = 1_040_008 Info "Back";
    /// Title: choose how to sign in.
    registration_choose_credential = 1_040_009 Info "Please choose how you want to sign in.";

    /// Settings were saved.
    settings_saved = 1_050_001 Success "Your changes were saved.";
    /// Button: unlink the authenticator app.
    settings_totp_unlink = 1_050_004 Info "Unlink the authenticator app";
    /// Alternative text of the QR code.
    settings_totp_qr = 1_050_005 Info "QR code for the authenticator app";
    /// Button: show the backup codes.
    settings_lookup_reveal = 1_050_007 Info "Reveal backup recovery codes";
    /// Button: make new backup codes.
    settings_lookup_regenerate = 1_050_008 Info "Generate new backup recovery codes";
    /// Label of the backup codes.
    settings_lookup_label = 1_050_010 Info "These are your backup recovery codes. Keep them in a safe place.";
    /// Button: keep the new backup codes.
    settings_lookup_confirm = 1_050_011 Info "Confirm backup recovery codes";
    /// Button: add a security key.
    settings_webauthn_add = 1_050_012 Info "Add security key";
    /// Label: the key's name.
    settings_webauthn_name = 1_050_013 Info "Name of the security key";
    /// Button: no backup codes any more.
    settings_lookup_disable = 1_050_016 Info "Disable this method";
    /// Label of the secret.
    settings_totp_secret_label = 1_050_017 Info "If you cannot scan the QR code, enter this key in the authenticator app.";
    /// Button: add a passkey.
    settings_passkey_add = 1_050_019 Info "Add passkey";

    /// A recovery link was sent.
    recovery_link_sent = 1_060_002 Info "A recovery link was sent to the address you gave, if it belongs to an account. If none arrives, check the spelling and try again.";
    /// A recovery code was sent.
    recovery_code_sent = 1_060_003 Info "A recovery code was sent to the address you gave, if it belongs to an account. If none arrives, check the spelling and try again.";
    /// The whole address is needed.
    recovery_give_full_address = 1_060_005 Info "To go on, please enter the whole recovery address.";
    /// Choose an address.
    recovery_choose_address = 1_060_006 Info "Choose where the recovery code shall go.";
    /// Button: back.
    recovery_back = 1_060_007 Info "Back";

    /// Label: password.
    label_password = 1_070_001 Info "Password";
    /// Button: save.
    label_save = 1_070_003 Info "Save";
    /// Label: identifier of any kind.
    label_id = 1_070_004 Info "ID";
    /// Button: send.
    label_submit = 1_070_005 Info "Submit";
    /// Label: code.
    label_verify_code = 1_070_006 Info "Verify code";
    /// Label: e-mail address.
    label_email = 1_070_007 Info "Email";
    /// Button: send the code again.
    label_resend_code = 1_070_008 Info "Resend code";
    /// Button: go on.
    label_continue = 1_070_009 Info "Continue";
    /// Label: recovery code.
    label_recovery_code = 1_070_010 Info "Recovery code";
    /// Label: verification code.
    label_verification_code = 1_070_011 Info "Verification code";
    /// Label: registration code.
    label_registration_code = 1_070_012 Info "Registration code";
    /// Label: login code.
    label_login_code = 1_070_013 Info "Login code";
    /// Button: sign in and link.
    label_login_and_link = 1_070_014 Info "Sign in and link";
    /// Label: recovery address.
    label_recovery_address = 1_070_016 Info "Recovery address";
    /// Label: phone number.
    label_phone = 1_070_017 Info "Phone number";
    /// Label: e-mail address or phone number.
    label_email_or_phone = 1_070_018 Info "Email or phone number";

    /// A verification link was sent.
    verification_link_sent = 1_080_001 Info "A verification link was sent to the address you gave. If none arrives, check the spelling and try again.";
    /// The e-mail address is verified.
    verification_email_done = 1_080_002 Success "Your email address is verified.";
    /// A verification code was mailed.
    verification_code_sent = 1_080_003 Info "A verification code was sent to the email address you gave. If none arrives, check the spelling and try again.";
    /// A verification code was sent as a text message.
    verification_sms_sent = 1_080_004 Info "A verification code was sent to the phone number you gave. If none arrives, check the number and try again.";
    /// The phone number is verified.
    verification_phone_done = 1_080_005 Success "Your phone number is verified.";

    /// Wrong or unknown credentials, the same for both.
    invalid_credentials = 4_000_006 Error "The credentials are wrong. Check the spelling of your password and of your username, email address or phone number.";
    /// The identifier is taken.
    duplicate_credentials = 4_000_007 Error "An account with the same identifier (email, phone, username, …) exists already.";
    /// Wrong code of an authenticator app.
    totp_invalid = 4_000_008 Error "The authentication code is wrong, please try again.";
    /// No identifier was given.
    identifier_missing = 4_000_009 Error "No login identifier was found. Perhaps none was given, or the identity schema does not mark one.";
    /// The address must be verified first.
    address_not_verified = 4_000_010 Error "The account is not active yet. Did you forget to verify your email address?";
    /// No authenticator app is set up.
    no_totp_device = 4_000_011 Error "No authenticator app is set up for this account.";
    /// The backup code was used before.
    lookup_already_used = 4_000_012 Error "This backup recovery code was used before.";
    /// No security key is set up.
    no_webauthn_device = 4_000_013 Error "No security key is set up for this account.";
    /// No backup codes are set up.
    no_lookup_defined = 4_000_014 Error "No backup recovery codes are set up for this account.";
    /// The security key is unknown.
    no_webauthn_user = 4_000_015 Error "This account does not exist or has no security key set up.";
    /// The backup code is wrong.
    lookup_invalid = 4_000_016 Error "The backup recovery code is not valid.";
    /// The password is like the identifier.
    password_too_similar = 4_000_031 Error "The password must not be this similar to the account's identifier.";
    /// There is no account with a code.
    no_code_account = 4_000_035 Error "This account does not exist or cannot sign in with a code.";
    /// The traits changed since the code was sent.
    traits_mismatch = 4_000_036 Error "The details differ from those that the code was requested for. Please start again.";
    /// There is no such account.
    account_not_found = 4_000_037 Error "There is no account with these details.";
    /// The new password is the old one.
    password_same_as_old = 4_000_039 Error "The new password must differ from the old one.";
    /// The key's answer could not be verified.
    webauthn_verification_failed = 4_000_043 Error "The security key's answer could not be verified.";

    /// No method was willing to take the login.
    login_no_strategy = 4_010_002 Error "No way to sign in was found that fits this request. Did you fill in the form correctly?";
    /// No method was willing to take the registration.
    registration_no_strategy = 4_010_003 Error "No way to sign up was found that fits this request. Did you fill in the form correctly?";
    /// No method was willing to take the settings.
    settings_no_strategy = 4_010_004 Error "No settings were found that fit this request. Did you fill in the form correctly?";
    /// No method was willing to take the recovery.
    recovery_no_strategy = 4_010_005 Error "No way to recover the account was found that fits this request. Did you fill in the form correctly?";
    /// No method was willing to take the verification.
    verification_no_strategy = 4_010_006 Error "No way to verify the address was found that fits this request. Did you fill in the form correctly?";
    /// The login was completed before.
    login_retry_success = 4_010_007 Error "This sign-in was completed before and cannot be sent again.";
    /// The login code is wrong or used.
    login_code_invalid = 4_010_008 Error "The login code is wrong or was used before. Please try again.";
    /// The linked credentials do not match.
    login_linked_mismatch = 4_010_009 Error "The linked credentials do not match.";
    /// The account does not know the address.
    login_address_unknown = 4_010_010 Error "The address does not belong to an address of this account.";
    /// The account is switched off.
    login_identity_disabled = 4_010_011 Error "The account is disabled.";
    /// The registration was completed before.
    registration_retry_success = 4_040_002 Error "This sign-up was completed before and cannot be sent again.";
    /// The registration code is wrong or used.
    registration_code_invalid = 4_040_003 Error "The registration code is wrong or was used before. Please try again.";
    /// More than one address would change.
    settings_too_many_addresses = 4_050_002 Error "Only one address can be changed at a time.";
    /// The recovery was completed before.
    recovery_retry_success = 4_060_001 Error "This recovery was completed before and cannot be sent again.";
    /// The recovery is in a state that does not fit.
    recovery_state_failure = 4_060_002 Error "The recovery is in a state that it cannot go on from. Please start again.";
    /// The recovery token is missing.
    recovery_token_missing = 4_060_003 Error "The recovery token is missing.";
    /// The recovery token is wrong or used.
    recovery_token_invalid = 4_060_004 Error "The recovery token is wrong or was used before. Please start again.";
    /// The recovery code is wrong or used.
    recovery_code_invalid = 4_060_006 Error "The recovery code is wrong or was used before. Please try again.";
    /// The verification token is wrong or used.
    verification_token_invalid = 4_070_001 Error "The verification token is wrong or was used before. Please start again.";
    /// The verification was completed before.
    verification_retry_success = 4_070_002 Error "This verification was completed before and cannot be sent again.";
    /// The verification is in a state that does not fit.
    verification_state_failure = 4_070_003 Error "The verification is in a state that it cannot go on from. Please start again.";
    /// The verification token is missing.
    verification_token_missing = 4_070_004 Error "The verification token is missing.";
    /// The verification code is wrong or used.
    verification_code_invalid = 4_070_006 Error "The verification code is wrong or was used before. Please try again.";
    /// Something on the server's side.
    system_generic = 5_000_001 Error "Something went wrong on our side. Please try again.";
}

/// A field of the schema: its `title` as label. `name` is the node's name.
#[must_use]
pub fn label_generated(title: &str, name: &str) -> UiText {
    text(1_070_002, TextType::Info, title, Some(json!({ "title": title, "name": name })))
}

/// Any other fault of a field, in the words of whoever found it.
#[must_use]
pub fn generic(reason: &str) -> UiText {
    text(4_000_001, TextType::Error, reason, Some(json!({ "reason": reason })))
}

/// A required property is missing.
#[must_use]
pub fn required(property: &str) -> UiText {
    text(4_000_002, TextType::Error, format!("Property {property} is missing."), Some(json!({ "property": property })))
}

/// Text shorter than `minLength`.
#[must_use]
pub fn min_length(min: u64, actual: u64) -> UiText {
    text(
        4_000_003,
        TextType::Error,
        format!("length must be >= {min}, but got {actual}"),
        Some(json!({ "min_length": min, "actual_length": actual })),
    )
}

/// Text that does not match `pattern`.
#[must_use]
pub fn pattern(pattern: &str) -> UiText {
    text(4_000_004, TextType::Error, format!("does not match pattern {pattern:?}"), Some(json!({ "pattern": pattern })))
}

/// A password that the policy refuses for a reason without an id of its own.
#[must_use]
pub fn password_policy(reason: &str) -> UiText {
    text(
        4_000_005,
        TextType::Error,
        format!("This password cannot be used because {reason}."),
        Some(json!({ "reason": reason })),
    )
}

/// Text longer than `maxLength`.
#[must_use]
pub fn max_length(max: u64, actual: u64) -> UiText {
    text(
        4_000_017,
        TextType::Error,
        format!("length must be <= {max}, but got {actual}"),
        Some(json!({ "max_length": max, "actual_length": actual })),
    )
}

macro_rules! bounds {
    ($($(#[$doc:meta])* $name:ident = $id:literal $context:literal $text:literal;)*) => {
        $($(#[$doc])* #[must_use] pub fn $name(bound: &Value, actual: &Value) -> UiText {
            text($id, TextType::Error, format!(concat!("must be ", $text, " {} but found {}"), bound, actual),
                Some(json!({ $context: bound, "actual": actual })))
        })*
    };
}

bounds! {
    /// Below `minimum`.
    minimum = 4_000_018 "minimum" ">=";
    /// Not above `exclusiveMinimum`; Kratos calls the context key `minimum` as well.
    exclusive_minimum = 4_000_019 "minimum" ">";
    /// Above `maximum`.
    maximum = 4_000_020 "maximum" "<=";
    /// Not below `exclusiveMaximum`.
    exclusive_maximum = 4_000_021 "maximum" "<";
    /// Not a multiple of `multipleOf`.
    multiple_of = 4_000_022 "base" "a multiple of";
}

/// More than `maxItems`.
#[must_use]
pub fn max_items(max: u64, actual: u64) -> UiText {
    text(
        4_000_023,
        TextType::Error,
        format!("maximum {max} items allowed, but found {actual} items"),
        Some(json!({ "max_items": max, "actual_items": actual })),
    )
}

/// Fewer than `minItems`.
#[must_use]
pub fn min_items(min: u64, actual: u64) -> UiText {
    text(
        4_000_024,
        TextType::Error,
        format!("minimum {min} items required, but found {actual} items"),
        Some(json!({ "min_items": min, "actual_items": actual })),
    )
}

/// Two equal items under `uniqueItems`.
#[must_use]
pub fn unique_items(index_a: usize, index_b: usize) -> UiText {
    text(
        4_000_025,
        TextType::Error,
        format!("items at index {index_a} and {index_b} are equal"),
        Some(json!({ "index_a": index_a, "index_b": index_b })),
    )
}

/// A value of another JSON type.
#[must_use]
pub fn wrong_type(allowed: &[String], actual: &str) -> UiText {
    text(
        4_000_026,
        TextType::Error,
        format!("expected {}, but got {actual}", allowed.join(" or ")),
        Some(json!({ "allowed_types": allowed, "actual_type": actual })),
    )
}

/// The identifier is taken, with what the account can sign in by (`login_hints`).
#[must_use]
pub fn duplicate_credentials_with_hints(types: &[String], providers: &[String], identifier: &str) -> UiText {
    let mut ways = types.join(", ");
    if !providers.is_empty() {
        ways = format!("{ways} ({})", providers.join(", "));
    }
    text(
        4_000_028,
        TextType::Error,
        format!("You tried to sign up with {identifier}, which belongs to another account. Sign in with: {ways}."),
        Some(json!({
            "available_credential_types": types,
            "available_oidc_providers": providers,
            "credential_identifier_hint": identifier,
        })),
    )
}

/// A value that is not the `const` of the schema.
#[must_use]
pub fn constant(expected: &Value) -> UiText {
    text(
        4_000_029,
        TextType::Error,
        format!("must be equal to constant {expected}"),
        Some(json!({ "expected": expected.to_string() })),
    )
}

/// A value that is not the `const` of the schema, which is a list or an object.
#[must_use]
pub fn constant_generic() -> UiText {
    text(4_000_030, TextType::Error, "must be equal to the constant of the schema", None)
}

/// The password is too short; lengths in bytes, as Kratos counts.
#[must_use]
pub fn password_min_length(min: usize, actual: usize) -> UiText {
    text(
        4_000_032,
        TextType::Error,
        format!("The password must be at least {min} characters long, but it has {actual}."),
        Some(json!({ "min_length": min, "actual_length": actual })),
    )
}

/// The password is too long; lengths in bytes.
#[must_use]
pub fn password_max_length(max: usize, actual: usize) -> UiText {
    text(
        4_000_033,
        TextType::Error,
        format!("The password must be at most {max} characters long, but it has {actual}."),
        Some(json!({ "max_length": max, "actual_length": actual })),
    )
}

/// The password is in lists of breached passwords.
#[must_use]
pub fn password_breached(breaches: u64) -> UiText {
    text(
        4_000_034,
        TextType::Error,
        "The password was found in data breaches and must not be used.".to_owned(),
        Some(json!({ "breaches": breaches })),
    )
}

/// Not an e-mail address.
#[must_use]
pub fn invalid_email(value: &str) -> UiText {
    text(4_000_040, TextType::Error, format!("{value:?} is not a valid email address"), Some(json!({ "value": value })))
}

/// Not a phone number.
#[must_use]
pub fn invalid_phone(value: &str) -> UiText {
    text(4_000_041, TextType::Error, format!("{value:?} is not a valid phone number"), Some(json!({ "value": value })))
}

/// The kinds of flow that expire, with the message id of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each name is that of a flow")]
pub enum Expired {
    Login = 4_010_001,
    Registration = 4_040_001,
    Settings = 4_050_001,
    Recovery = 4_060_005,
    Verification = 4_070_005,
}

/// A flow's time was over; the message of the flow that takes its place.
#[must_use]
pub fn expired(kind: Expired, expired_at: Timestamp, now: Timestamp) -> UiText {
    let minutes = (now - expired_at).as_seconds_f64() / 60.0;
    let what = match kind {
        Expired::Login => "login",
        Expired::Registration => "registration",
        Expired::Settings => "settings",
        Expired::Recovery => "recovery",
        Expired::Verification => "verification",
    };
    text(
        kind as u32,
        TextType::Error,
        format!("The {what} flow expired {minutes:.2} minutes ago, please try again."),
        Some(moment("expired_at", expired_at)),
    )
}

/// The account is recovered; the password may be changed until `until`.
#[must_use]
pub fn recovered(until: Timestamp, now: Timestamp) -> UiText {
    let minutes = (until - now).as_seconds_f64() / 60.0;
    let mut context = moment("privileged_session_expires_at", until);
    context["privilegedSessionExpiresAt"] = context["privileged_session_expires_at"].clone();
    text(
        1_060_001,
        TextType::Success,
        format!(
            "Your account is recovered. Please change your password or set up another way to sign in within {minutes:.2} minutes."
        ),
        Some(context),
    )
}

/// Button: send the recovery code to this (masked) address.
#[must_use]
pub fn recovery_address_choice(masked_address: &str) -> UiText {
    text(1_070_000, TextType::Info, masked_address, None)
}

/// A recovery code went to a masked address.
#[must_use]
pub fn recovery_code_sent_to(masked_address: &str) -> UiText {
    text(
        1_060_004,
        TextType::Info,
        format!("A recovery code was sent to {masked_address}."),
        Some(json!({ "masked_address": masked_address })),
    )
}

/// Button: send a code to this address.
#[must_use]
pub fn login_send_code_to(address: &str, channel: &str) -> UiText {
    text(
        1_010_023,
        TextType::Info,
        format!("Send code to {address}"),
        Some(json!({ "address": address, "channel": channel })),
    )
}

/// A code went to an address of the signed-in person.
#[must_use]
pub fn login_code_sent_to(address: &str) -> UiText {
    text(
        1_010_025,
        TextType::Info,
        format!("A code was sent to {address}. If none arrives, try to send it again."),
        Some(json!({ "address": address })),
    )
}

/// Hint at the address that a second-factor code goes to.
#[must_use]
pub fn login_mfa_address_hint(masked_to: &str) -> UiText {
    text(
        1_010_020,
        TextType::Info,
        format!("We will send a code to {masked_to}. To prove that it is yours, enter the whole address."),
        Some(json!({ "maskedTo": masked_to })),
    )
}

/// The secret of an authenticator app.
#[must_use]
pub fn settings_totp_secret(secret: &str) -> UiText {
    text(1_050_006, TextType::Info, secret, Some(json!({ "secret": secret })))
}

/// One backup code.
#[must_use]
pub fn settings_lookup_secret(secret: &str) -> UiText {
    text(1_050_009, TextType::Info, secret, Some(json!({ "secret": secret })))
}

/// One backup code that was used.
#[must_use]
pub fn settings_lookup_used(used_at: Timestamp) -> UiText {
    text(1_050_014, TextType::Info, "Secret was used", Some(moment("used_at", used_at)))
}

/// The list of backup codes.
#[must_use]
pub fn settings_lookup_secrets(shown: &[String], secrets: &[UiText]) -> UiText {
    text(1_050_015, TextType::Info, shown.join(", "), Some(json!({ "secrets": secrets })))
}

/// Sign in or up with a provider.
#[must_use]
pub fn provider_button(id: u32, verb: &str, provider: &str, provider_id: &str) -> UiText {
    text(
        id,
        TextType::Info,
        format!("{verb} {provider}"),
        Some(json!({ "provider": provider, "provider_id": provider_id })),
    )
}

fn moment(key: &str, at: Timestamp) -> Value {
    let written = at.format(&time::format_description::well_known::Rfc3339).unwrap_or_default();
    json!({ key: written, format!("{key}_unix"): at.unix_timestamp() })
}
