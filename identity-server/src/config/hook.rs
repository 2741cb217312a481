//! Hooks: what happens before and after a flow.

use super::Secret;
use serde::{Deserialize, Deserializer, de::Error};
use std::collections::BTreeMap;
use url::Url;

/// One entry of a `hooks` list.
#[derive(Clone, Debug)]
pub enum Hook {
    /// `session`: signs in after registration; last of all, wherever it stands.
    Session,
    /// `show_verification_ui`: sends the user to the verification flow.
    ShowVerificationUi,
    /// `revoke_active_sessions`: ends the other sessions.
    RevokeActiveSessions,
    /// `require_verified_address`: no session without a verified address.
    RequireVerifiedAddress,
    /// `verification`: sends a verification message.
    Verification,
    /// `verify_new_address`: a changed address counts once it is verified.
    VerifyNewAddress,
    /// `notify_previous_addresses`: tells the old addresses.
    NotifyPreviousAddresses(Recipients),
    /// `web_hook`.
    WebHook(Box<WebHook>),
    /// `two_step_registration`: only in old files; `registration.style` decides.
    TwoStepRegistration,
}

/// Whom `notify_previous_addresses` tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipients {
    /// The addresses that were removed.
    #[default]
    Removed,
    /// All verified ones.
    AllVerified,
    /// All.
    All,
}

/// `config` of a `web_hook`.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct WebHook {
    #[serde(default)]
    pub id: Option<String>,
    pub url: Url,
    pub method: String,
    #[serde(default)]
    pub headers: BTreeMap<String, Secret>,
    /// A Jsonnet template: `file://`, `base64://` or `http(s)://`.
    #[serde(default)]
    pub body: Option<String>,
    #[serde(default)]
    pub can_interrupt: bool,
    #[serde(default)]
    pub response: HookResponse,
    #[serde(default)]
    pub auth: Option<Auth>,
}

/// `config.response` of a `web_hook`.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub struct HookResponse {
    /// Runs in the background; what comes back is of no interest.
    pub ignore: bool,
    /// The answer changes the identity.
    pub parse: bool,
}

/// How a request of ours proves who we are.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "type", content = "config", rename_all = "snake_case")]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub enum Auth {
    /// `api_key`.
    ApiKey {
        name: String,
        value: Secret,
        #[serde(rename = "in")]
        place: AuthPlace,
    },
    /// `basic_auth`.
    BasicAuth { user: String, password: Secret },
}

/// Where an API key goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum AuthPlace {
    Header,
    Cookie,
}

#[derive(Deserialize)]
struct Raw {
    hook: String,
    #[serde(default)]
    config: serde_json::Value,
}

impl<'de> Deserialize<'de> for Hook {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize, Default)]
        #[serde(default)]
        struct Notify {
            recipients: Recipients,
        }
        let raw = Raw::deserialize(deserializer)?;
        let config = if raw.config.is_null() { serde_json::json!({}) } else { raw.config };
        Ok(match raw.hook.as_str() {
            "session" => Self::Session,
            "show_verification_ui" => Self::ShowVerificationUi,
            "revoke_active_sessions" => Self::RevokeActiveSessions,
            "require_verified_address" => Self::RequireVerifiedAddress,
            "verification" => Self::Verification,
            "verify_new_address" => Self::VerifyNewAddress,
            "two_step_registration" => Self::TwoStepRegistration,
            "notify_previous_addresses" => {
                let config: Notify = serde_json::from_value(config).map_err(D::Error::custom)?;
                Self::NotifyPreviousAddresses(config.recipients)
            }
            "web_hook" => Self::WebHook(Box::new(serde_json::from_value(config).map_err(D::Error::custom)?)),
            other => return Err(D::Error::custom(format!("`{other}` is no hook"))),
        })
    }
}
