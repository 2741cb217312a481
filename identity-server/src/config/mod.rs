//! The configuration: Kratos' keys, and one key of our own, `nexus`.
//!
//! The types are named after the keys; a section has a file of its own. [`Config`] is made by [`Sources::load`], which merges
//! files and environment, reports everything that is wrong at once, and never repeats a secret.

mod clients;
mod courier;
pub mod duration;
mod features;
mod flows;
mod handle;
mod hashers;
mod hook;
mod identity;
mod load;
mod log;
mod methods;
mod nexus;
mod oidc;
mod secrets;
mod selfservice;
mod serve;
mod session;
mod size;
mod throttle;

pub use clients::{Clients, HttpClient, OAuth2Provider, SmtpClient, WebHookClient};
pub use courier::{Channel, Courier, DeliveryStrategy, HttpDelivery, HttpRequest, Smtp, Worker};
pub use duration::parse as parse_duration;
pub use features::{AccountEnumeration, FeatureFlags, NodeGroupName, Security};
pub use flows::{
    After, AfterMethod, Before, ErrorFlow, Flows, LoginFlow, LoginStyle, Logout, RecoveryFlow, RegistrationFlow,
    RegistrationStyle, RequiredAal, SettingsFlow, Use,
};
pub use handle::ConfigHandle;
pub use hashers::{Argon2, Bcrypt, CipherAlgorithm, Ciphers, HashAlgorithm, Hashers};
pub use hook::{Auth, AuthPlace, Hook, HookResponse, Recipients, WebHook};
pub use identity::{Identity, SchemaSource};
pub use load::{Loaded, Problem, Problems, Sources, draw};
pub use log::{Log, LogFormat};
pub use methods::{
    Code, CodeConfig, Link, LinkConfig, LookupSecret, Methods, MigrateHook, MigrateHookConfig, Passkey, PasskeyConfig,
    PasskeyTimeouts, Password, PasswordConfig, Profile, RelyingParty, Totp, TotpConfig, WebAuthn, WebAuthnConfig,
};
pub use nexus::{Hashing, Nexus, NexusPassword, NexusSession};
pub use oidc::{Oidc, OidcConfig, OidcProvider};
pub use secrets::{Secret, Secrets};
pub use selfservice::SelfService;
pub use serve::{Cors, Listener, Serve, Tls, TlsSource};
pub use session::{Cookies, Session, SessionCookie, Tokenizer, TokenizerTemplate, Whoami};

pub use throttle::{Audit, Rate, Throttle};

use serde::Deserialize;
use url::Url;

/// The whole configuration. It has no derived `Debug`: it holds secrets.
#[derive(Clone, Deserialize)]
#[expect(missing_docs, reason = "fields are named after the documented keys")]
pub struct Config {
    /// `memory`, `sqlite://…` or `postgres://…`; may hold a password.
    pub dsn: String,
    #[serde(default)]
    pub serve: Serve,
    pub selfservice: SelfService,
    pub identity: Identity,
    #[serde(default)]
    pub secrets: Secrets,
    #[serde(default)]
    pub ciphers: Ciphers,
    #[serde(default)]
    pub hashers: Hashers,
    #[serde(default)]
    pub session: Session,
    #[serde(default)]
    pub cookies: Cookies,
    #[serde(default)]
    pub courier: Courier,
    #[serde(default)]
    pub log: Log,
    #[serde(default)]
    pub security: Security,
    #[serde(default)]
    pub feature_flags: FeatureFlags,
    #[serde(default)]
    pub oauth2_provider: OAuth2Provider,
    #[serde(default)]
    pub clients: Clients,
    #[serde(default)]
    pub nexus: Nexus,
    /// Development mode: cookies without `Secure`, mails shown in full, secrets drawn when none are given.
    #[serde(default)]
    pub dev: bool,
    /// Whether the courier runs inside the server; it does unless this says `false`.
    #[serde(default, rename = "watch-courier")]
    pub watch_courier: Option<bool>,
    /// A free text that the admin API echoes.
    #[serde(default)]
    pub revision: Option<String>,
    /// The Kratos version that the file was written for; it has no effect.
    #[serde(default)]
    pub version: Option<String>,
    /// A digest of everything above.
    #[serde(skip)]
    pub fingerprint: String,
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config").field("revision", &self.revision).finish_non_exhaustive()
    }
}

impl Config {
    /// Where browsers reach the public API: its `base_url`, or its address. Ends with a slash.
    #[must_use]
    pub fn public_url(&self) -> Url {
        self.serve.public.url()
    }

    /// Where the admin API is reached: its `base_url`, or its address. Ends with a slash.
    #[must_use]
    pub fn admin_url(&self) -> Url {
        self.serve.admin.url()
    }
}
