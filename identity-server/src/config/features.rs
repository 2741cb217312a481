//! `feature_flags` and `security`.

use super::duration;
use serde::Deserialize;
use std::time::Duration;

/// `feature_flags`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct FeatureFlags {
    pub cacheable_sessions: bool,
    #[serde(deserialize_with = "duration::de_option")]
    pub cacheable_sessions_max_age: Option<Duration>,
    pub use_continue_with_transitions: bool,
    pub choose_recovery_address: bool,
    pub legacy_continue_with_verification_ui: bool,
    pub legacy_require_verified_login_error: bool,
    pub faster_session_extend: bool,
    pub password_profile_registration_node_group: NodeGroupName,
    pub legacy_oidc_registration_node_group: bool,
    pub legacy_allow_insecure_origins: bool,
    pub refresh_login_choose_address: bool,
}

/// The group of the trait fields at registration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum NodeGroupName {
    #[default]
    Default,
    Password,
}

/// `security`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct Security {
    pub account_enumeration: AccountEnumeration,
    pub disallow_ref_in_identity_schemas: bool,
}

/// `security.account_enumeration`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AccountEnumeration {
    /// Answers the same for known and unknown identifiers.
    pub mitigate: bool,
}
