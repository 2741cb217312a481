//! `bearer_token`: a session store is shown the token.

use super::{
    Context, Found, config,
    session_store::{Settings, Store, shared_keys},
    token::{TOKEN_FROM, TokenFrom, token},
};
use crate::{
    denial::Denial,
    document::{Key, Shape, TextKind, key},
    endpoint::Endpoint,
    plan::{HandlerPlan, Plan},
    session::Session,
};
use std::sync::Arc;

pub(super) const KEYS: &[Key] = &{
    let [a, b, c, d, e, f, g, h, i] = shared_keys();
    [a, b, c, d, e, f, g, h, i, key("token_from", &TOKEN_FROM), key("prefix", &Shape::Text(TextKind::Any))]
};

#[derive(serde::Deserialize)]
struct Config {
    #[serde(flatten)]
    store: Settings,
    token_from: Option<TokenFrom>,
    #[serde(default)]
    prefix: String,
}

/// A session store and where the token stands.
#[derive(Debug)]
pub(crate) struct BearerToken {
    store: Store,
    token_from: Option<TokenFrom>,
    prefix: String,
}

impl BearerToken {
    pub(super) fn compile(handler: &HandlerPlan, plan: &Plan) -> Result<Self, String> {
        let config: Config = config(handler)?;
        if let Some(from) = &config.token_from {
            from.check()?;
        }
        Ok(Self {
            store: Store::compile(config.store, "authorization", "sub", plan)?,
            token_from: config.token_from,
            prefix: config.prefix,
        })
    }

    pub(super) fn endpoint(&self) -> Arc<Endpoint> {
        self.store.endpoint()
    }

    /// Responsible for requests with a token that begins with the prefix. The token itself is not sent anew: the
    /// forwarded headers carry it.
    pub(super) async fn authenticate(&self, context: &Context, session: &mut Session) -> Result<Found, Denial> {
        match token(self.token_from.as_ref(), &context.request)? {
            Some(token) if token.starts_with(&self.prefix) => {}
            _ => return Ok(Found::NotResponsible),
        }
        self.store.authenticate(context, session).await
    }
}
