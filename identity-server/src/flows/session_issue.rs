//! Making sessions.

use crate::config::Config;
use crate::http::app::App;
use crate::http::request::Req;
use crate::http::session::device;
use crate::model::Session;
use identity_api::session::{Aal, AuthenticationMethod};
use std::time::Duration;
use uuid::Uuid;

/// A proof by `method` that counts for `aal`, given now.
#[must_use]
pub fn proof(app: &App, method: &str, aal: Aal) -> AuthenticationMethod {
    AuthenticationMethod {
        method: method.into(),
        aal,
        completed_at: app.now(),
        provider: None,
        organization: None,
        upstream_acr: None,
        upstream_amr: None,
    }
}

/// A new session of `identity` that rests on `proof`, with a new token.
#[must_use]
pub fn issue(app: &App, config: &Config, req: &Req, identity: Uuid, proof: AuthenticationMethod) -> Session {
    let now = app.now();
    let mut rng = app.rng();
    Session {
        id: crate::crypto::token::uuid(&mut rng),
        identity_id: identity,
        active: true,
        authentication_methods: vec![proof],
        devices: vec![device(app, config, req)],
        issued_at: now,
        authenticated_at: now,
        expires_at: now + config.session.lifespan.min(config.nexus.session.absolute_lifespan.unwrap_or(Duration::MAX)),
        last_used_at: now,
        token: Some(crate::crypto::token::session_token(&mut rng)),
    }
}

/// The same session with one more proof: a refresh or a second factor.
#[must_use]
pub fn strengthen(app: &App, mut session: Session, proof: AuthenticationMethod) -> Session {
    session.authenticated_at = app.now();
    session.authentication_methods.push(proof);
    session
}
