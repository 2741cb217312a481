//! `cookie_session`: a session store is shown the cookies.

use super::{
    Context, Found, config,
    session_store::{Settings, Store, shared_keys},
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
    [a, b, c, d, e, f, g, h, i, key("only", &Shape::List(&Shape::Text(TextKind::Any), 0))]
};

#[derive(serde::Deserialize)]
struct Config {
    #[serde(flatten)]
    store: Settings,
    #[serde(default)]
    only: Vec<String>,
}

/// A session store and the cookies that make it responsible.
#[derive(Debug)]
pub(crate) struct CookieSession {
    store: Store,
    only: Vec<String>,
}

impl CookieSession {
    pub(super) fn compile(handler: &HandlerPlan, plan: &Plan) -> Result<Self, String> {
        let config: Config = config(handler)?;
        Ok(Self { store: Store::compile(config.store, "cookie", "subject", plan)?, only: config.only })
    }

    pub(super) fn endpoint(&self) -> Arc<Endpoint> {
        self.store.endpoint()
    }

    /// Responsible for requests with one of the named cookies; without names, for requests with any cookie.
    pub(super) async fn authenticate(&self, context: &Context, session: &mut Session) -> Result<Found, Denial> {
        let mut cookies = context.request.cookies();
        let responsible = cookies.any(|(name, _)| self.only.is_empty() || self.only.iter().any(|known| known == name));
        if !responsible {
            return Ok(Found::NotResponsible);
        }
        drop(cookies);
        self.store.authenticate(context, session).await
    }
}
