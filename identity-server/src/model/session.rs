//! Sessions as they are kept, and the assurance level that their methods reach.

use super::{Identity, Secret};
use crate::config::Config;
use identity_api::session::{Aal, AuthenticationMethod, Device};
use identity_api::{Session as ApiSession, Timestamp};
use url::Url;
use uuid::Uuid;

/// A session. The token itself is known only to whoever made it; the store keeps its hash.
#[derive(Clone)]
#[expect(missing_docs, reason = "the fields are those of the wire type")]
pub struct Session {
    pub id: Uuid,
    pub identity_id: Uuid,
    pub active: bool,
    pub authentication_methods: Vec<AuthenticationMethod>,
    pub devices: Vec<Device>,
    pub issued_at: Timestamp,
    pub authenticated_at: Timestamp,
    pub expires_at: Timestamp,
    /// When it was used last, as far as that is kept: at least when the last proof was given.
    pub last_used_at: Timestamp,
    /// Only right after it was made or when the caller sent it.
    pub token: Option<Secret>,
}

impl Session {
    /// Whether it can be used at `now`.
    #[must_use]
    pub fn is_usable(&self, now: Timestamp) -> bool {
        self.active && now < self.expires_at
    }

    /// The level that its methods reach.
    #[must_use]
    pub fn aal(&self) -> Aal {
        aal_of(&self.authentication_methods)
    }

    /// Whether it was not used for longer than the configuration lets a session lie idle.
    #[must_use]
    pub fn is_idle(&self, config: &Config, now: Timestamp) -> bool {
        config.nexus.session.idle_timeout.is_some_and(|idle| now - self.last_used_at.max(self.authenticated_at) > idle)
    }

    /// When it ends once it is extended at `now`: a lifespan from then, unless its end is further away than the
    /// configuration lets it be extended. Never beyond its absolute lifespan, and never earlier than it ends already.
    #[must_use]
    pub fn extended(&self, config: &Config, now: Timestamp) -> Timestamp {
        if config.session.earliest_possible_extend.is_some_and(|earliest| self.expires_at - now > earliest) {
            return self.expires_at;
        }
        let wanted = now + config.session.lifespan;
        let latest = config.nexus.session.absolute_lifespan.map(|age| self.issued_at + age);
        latest.map_or(wanted, |latest| wanted.min(latest)).max(self.expires_at)
    }

    /// The session as clients see it, with `identity` in it.
    #[must_use]
    pub fn to_api(&self, identity: Option<&Identity>, public: &Url) -> ApiSession {
        ApiSession {
            id: self.id,
            active: self.active,
            expires_at: self.expires_at,
            authenticated_at: self.authenticated_at,
            authenticator_assurance_level: self.aal(),
            authentication_methods: self.authentication_methods.clone(),
            issued_at: self.issued_at,
            identity: identity.map(|identity| identity.to_api(public)),
            devices: Some(self.devices.clone()),
            tokenized: None,
        }
    }
}

/// The assurance level of a list of proofs (Kratos' rule): none is aal0; a first and a second factor together are
/// aal2; a provider that vouches for aal2 by itself is aal2; all else is aal1. Two proofs of one class stay aal1.
#[must_use]
pub fn aal_of(methods: &[AuthenticationMethod]) -> Aal {
    if methods.is_empty() {
        return Aal::Aal0;
    }
    let upstream = |m: &&AuthenticationMethod| m.aal == Aal::Aal2 && matches!(m.method.as_str(), "oidc" | "saml");
    let first = methods.iter().any(|m| m.aal == Aal::Aal1);
    let second = methods.iter().any(|m| m.aal == Aal::Aal2);
    if (first && second) || methods.iter().any(|m| upstream(&m)) { Aal::Aal2 } else { Aal::Aal1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn method(name: &str, aal: Aal) -> AuthenticationMethod {
        AuthenticationMethod {
            method: name.into(),
            aal,
            completed_at: Timestamp::UNIX_EPOCH,
            provider: None,
            organization: None,
            upstream_acr: None,
            upstream_amr: None,
        }
    }

    #[test]
    fn two_methods_of_one_class_never_make_aal2() {
        for (a, b) in [("password", "code"), ("password", "oidc"), ("passkey", "password")] {
            assert_eq!(aal_of(&[method(a, Aal::Aal1), method(b, Aal::Aal1)]), Aal::Aal1);
        }
        assert_eq!(aal_of(&[method("totp", Aal::Aal2), method("lookup_secret", Aal::Aal2)]), Aal::Aal1);
    }

    #[test]
    fn one_of_each_class_makes_aal2() {
        assert_eq!(aal_of(&[method("password", Aal::Aal1), method("totp", Aal::Aal2)]), Aal::Aal2);
        assert_eq!(aal_of(&[method("oidc", Aal::Aal2)]), Aal::Aal2);
        assert_eq!(aal_of(&[]), Aal::Aal0);
    }
}
