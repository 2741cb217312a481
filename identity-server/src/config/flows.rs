//! `selfservice.flows`.
//!
//! A `ui_url` that is not configured is filled in by the loader: the page of that name on the public URL's origin.

use super::{Hook, duration};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;
use url::Url;

const HOUR: Duration = Duration::from_secs(3600);

fn hour() -> Duration {
    HOUR
}

fn yes() -> bool {
    true
}

/// `selfservice.flows`.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct Flows {
    pub error: ErrorFlow,
    pub login: LoginFlow,
    pub registration: RegistrationFlow,
    pub settings: SettingsFlow,
    pub recovery: RecoveryFlow,
    /// The same keys as recovery.
    pub verification: RecoveryFlow,
    #[serde(default)]
    pub logout: Logout,
}

/// `selfservice.flows.error`.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct ErrorFlow {
    pub ui_url: Url,
}

/// `selfservice.flows.login`.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct LoginFlow {
    pub ui_url: Url,
    #[serde(default = "hour", deserialize_with = "duration::de")]
    pub lifespan: Duration,
    #[serde(default)]
    pub style: LoginStyle,
    #[serde(default)]
    pub before: Before,
    #[serde(default)]
    pub after: After,
}

/// How the login form is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginStyle {
    /// Identifier and credentials on one page.
    #[default]
    Unified,
    /// The identifier first, then what it can sign in with.
    IdentifierFirst,
}

/// `selfservice.flows.registration`.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct RegistrationFlow {
    #[serde(default = "yes")]
    pub enabled: bool,
    pub ui_url: Url,
    #[serde(default = "hour", deserialize_with = "duration::de")]
    pub lifespan: Duration,
    #[serde(default)]
    pub style: RegistrationStyle,
    #[serde(default)]
    pub enable_legacy_one_step: bool,
    #[serde(default)]
    pub login_hints: bool,
    #[serde(default)]
    pub before: Before,
    #[serde(default)]
    pub after: After,
}

impl RegistrationFlow {
    /// Whether traits and credentials are asked for on one page.
    #[must_use]
    pub fn is_one_step(&self) -> bool {
        self.enable_legacy_one_step || self.style == RegistrationStyle::Unified
    }
}

/// How the registration form is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationStyle {
    /// Traits first, then a method.
    #[default]
    ProfileFirst,
    /// All on one page.
    Unified,
}

/// `selfservice.flows.settings`.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct SettingsFlow {
    pub ui_url: Url,
    #[serde(default = "hour", deserialize_with = "duration::de")]
    pub lifespan: Duration,
    /// How long after signing in credentials may be changed.
    #[serde(default = "hour", deserialize_with = "duration::de")]
    pub privileged_session_max_age: Duration,
    #[serde(default)]
    pub required_aal: RequiredAal,
    #[serde(default)]
    pub before: Before,
    #[serde(default)]
    pub after: After,
}

/// The assurance level that is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequiredAal {
    /// One factor.
    Aal1,
    /// A second factor from whoever has one.
    #[default]
    HighestAvailable,
}

/// `selfservice.flows.recovery` and `selfservice.flows.verification`.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct RecoveryFlow {
    #[serde(default)]
    pub enabled: bool,
    pub ui_url: Url,
    #[serde(default = "hour", deserialize_with = "duration::de")]
    pub lifespan: Duration,
    #[serde(default)]
    pub r#use: Use,
    #[serde(default)]
    pub notify_unknown_recipients: bool,
    #[serde(default)]
    pub before: Before,
    #[serde(default)]
    pub after: After,
}

/// What a recovery or verification sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Use {
    /// Six digits.
    #[default]
    Code,
    /// A link.
    Link,
}

/// `selfservice.flows.logout`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct Logout {
    pub after: AfterMethod,
    pub clear_browser_data: bool,
}

/// `….before`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct Before {
    pub hooks: Vec<Hook>,
}

/// `….after`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct After {
    /// Where browsers go when neither the method nor `return_to` says so.
    pub default_browser_return_url: Option<Url>,
    /// For methods that have no hooks of their own.
    pub hooks: Vec<Hook>,
    /// By method: `password`, `code`, …
    #[serde(flatten)]
    pub methods: BTreeMap<String, AfterMethod>,
}

/// `….after.<method>`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct AfterMethod {
    pub default_browser_return_url: Option<Url>,
    pub hooks: Vec<Hook>,
}

impl After {
    /// The hooks and the return URL that hold after `method`: its own where it has some, else the general ones.
    #[must_use]
    pub fn for_method(&self, method: &str) -> (&[Hook], Option<&Url>) {
        let own = self.methods.get(method);
        let hooks = own.map(|own| own.hooks.as_slice()).filter(|hooks| !hooks.is_empty()).unwrap_or(&self.hooks);
        let url = own.and_then(|own| own.default_browser_return_url.as_ref());
        (hooks, url.or(self.default_browser_return_url.as_ref()))
    }
}
