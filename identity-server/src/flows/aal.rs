//! Assurance levels: what an identity can reach, and whether a session reaches what is asked.

use crate::config::{Config, RequiredAal};
use crate::model::{Identity, factor};
use crate::store::SessionWithIdentity;
use identity_api::session::Aal;

/// The highest level that the identity can reach with the methods that are switched on.
#[must_use]
pub fn available(config: &Config, identity: &Identity) -> Aal {
    let methods = &config.selfservice.methods;
    let on = [
        (methods.totp.enabled, factor::TOTP),
        (methods.lookup_secret.enabled, factor::LOOKUP_SECRET),
        (methods.webauthn.enabled, factor::WEBAUTHN),
        (methods.code.mfa_enabled, factor::CODE),
    ];
    let counted = on.iter().filter(|(on, _)| *on).fold(0, |bits, (_, bit)| bits | bit);
    if identity.second_factors & counted == 0 { Aal::Aal1 } else { Aal::Aal2 }
}

/// Whether the session is below the level that `required` asks of its identity.
#[must_use]
pub fn falls_short(config: &Config, required: RequiredAal, found: &SessionWithIdentity) -> bool {
    required == RequiredAal::HighestAvailable && found.session.aal() < available(config, &found.identity)
}

/// Where a browser completes its second factor, and comes back to `return_to` afterwards.
#[must_use]
pub fn step_up_url(config: &Config, return_to: Option<&str>) -> String {
    let start = crate::http::app::PublicUrl(config.public_url()).at("/self-service/login/browser?aal=aal2");
    match (return_to, url::Url::parse(&start)) {
        (Some(to), Ok(start)) => crate::http::respond::with_query(&start, "return_to", to),
        _ => start,
    }
}
