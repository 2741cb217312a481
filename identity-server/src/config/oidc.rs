//! `selfservice.methods.oidc`.

use super::Secret;
use serde::Deserialize;
use url::Url;

/// `selfservice.methods.oidc`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct Oidc {
    pub enabled: bool,
    pub config: OidcConfig,
}

/// `selfservice.methods.oidc.config`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct OidcConfig {
    pub base_redirect_uri: Option<Url>,
    pub providers: Vec<OidcProvider>,
}

/// One entry of `selfservice.methods.oidc.config.providers`.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct OidcProvider {
    pub id: String,
    pub provider: String,
    #[serde(default)]
    pub label: Option<String>,
    pub client_id: String,
    #[serde(default)]
    pub client_secret: Option<Secret>,
    #[serde(default)]
    pub issuer_url: Option<Url>,
    #[serde(default)]
    pub auth_url: Option<Url>,
    #[serde(default)]
    pub token_url: Option<Url>,
    /// A Jsonnet program that turns claims into traits.
    pub mapper_url: String,
    #[serde(default)]
    pub scope: Vec<String>,
    #[serde(default)]
    pub microsoft_tenant: Option<String>,
    #[serde(default)]
    pub subject_source: Option<String>,
    #[serde(default)]
    pub apple_team_id: Option<String>,
    #[serde(default)]
    pub apple_private_key_id: Option<String>,
    #[serde(default)]
    pub apple_private_key: Option<Secret>,
    #[serde(default)]
    pub requested_claims: Option<serde_json::Value>,
    #[serde(default)]
    pub additional_id_token_audiences: Vec<String>,
    #[serde(default)]
    pub aal2_acr_values: Vec<String>,
    #[serde(default)]
    pub aal2_amr_values: Vec<String>,
    /// `id_token` (default) or `userinfo`.
    #[serde(default)]
    pub claims_source: Option<String>,
    /// `auto` (default), `never` or `force`.
    #[serde(default)]
    pub pkce: Option<String>,
    #[serde(default)]
    pub account_linking_mode: Option<String>,
    #[serde(default)]
    pub update_identity_on_login: Option<String>,
    #[serde(default)]
    pub organization_id: Option<String>,
}
