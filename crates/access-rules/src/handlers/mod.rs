//! The handlers: one module each. A new one is a module, a line in [`ALL`], and a case in the four enums.

mod anonymous;
mod bearer_token;
mod cel;
mod cookie;
mod cookie_session;
mod error_json;
mod error_redirect;
mod error_www_authenticate;
mod header;
mod hydrator;
mod id_token;
mod json_path;
mod jwt;
mod keto;
mod oauth2;
mod oauth2_client_credentials;
mod oauth2_introspection;
mod remote;
mod retry;
mod scope;
mod session_store;
mod templates;
mod token;
mod when;

pub(crate) use templates::Source;

use crate::{
    denial::Denial,
    document::{Key, Shape},
    effect::{Host, Line},
    endpoint::Endpoint,
    key_store::Due,
    plan::{HandlerPlan, Plan},
    request::Request,
    session::Session,
    state::State,
};
use std::sync::Arc;

/// The four stages of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Who is asking.
    Authenticators,
    /// Whether that one may.
    Authorizer,
    /// What the upstream is told.
    Mutators,
    /// What the client is told who does not get through.
    Errors,
}

impl Stage {
    /// The key of the configuration that holds the stage's handlers.
    pub fn section(self) -> &'static str {
        match self {
            Self::Authenticators => "authenticators",
            Self::Authorizer => "authorizers",
            Self::Mutators => "mutators",
            Self::Errors => "errors.handlers",
        }
    }

    /// What one of its handlers is called.
    pub fn one(self) -> &'static str {
        match self {
            Self::Authenticators => "authenticator",
            Self::Authorizer => "authorizer",
            Self::Mutators => "mutator",
            Self::Errors => "error handler",
        }
    }
}

/// A handler and the shape of its settings.
#[derive(Debug)]
pub struct HandlerInfo {
    /// Its stage.
    pub stage: Stage,
    /// Its name.
    pub name: &'static str,
    /// Its settings; required keys are required once a rule uses it.
    pub keys: &'static [Key],
    /// Settings must be given where it is switched on in the configuration.
    pub needs_config: bool,
}

macro_rules! handler {
    ($stage:ident, $name:literal, $keys:expr, $needs:literal) => {
        HandlerInfo { stage: Stage::$stage, name: $name, keys: $keys, needs_config: $needs }
    };
}

/// All handlers.
pub static ALL: &[HandlerInfo] = &[
    handler!(Authenticators, "noop", &[], false),
    handler!(Authenticators, "unauthorized", &[], false),
    handler!(Authenticators, "anonymous", anonymous::KEYS, false),
    handler!(Authenticators, "cookie_session", cookie_session::KEYS, true),
    handler!(Authenticators, "bearer_token", bearer_token::KEYS, true),
    handler!(Authenticators, "jwt", jwt::KEYS, true),
    handler!(Authenticators, "oauth2_introspection", oauth2_introspection::KEYS, true),
    handler!(Authenticators, "oauth2_client_credentials", oauth2_client_credentials::KEYS, true),
    handler!(Authorizer, "allow", &[], false),
    handler!(Authorizer, "deny", &[], false),
    handler!(Authorizer, "remote", remote::KEYS, true),
    handler!(Authorizer, "remote_json", remote::JSON_KEYS, true),
    handler!(Authorizer, "keto_engine_acp_ory", keto::KEYS, true),
    handler!(Authorizer, "cel", cel::KEYS, false),
    handler!(Mutators, "noop", &[], false),
    handler!(Mutators, "header", header::KEYS, true),
    handler!(Mutators, "cookie", cookie::KEYS, true),
    handler!(Mutators, "id_token", id_token::KEYS, true),
    handler!(Mutators, "hydrator", hydrator::KEYS, true),
    handler!(Errors, "json", error_json::KEYS, false),
    handler!(Errors, "redirect", error_redirect::KEYS, true),
    handler!(Errors, "www_authenticate", error_www_authenticate::KEYS, false),
];

/// The handler of that name at a stage.
pub fn find(stage: Stage, name: &str) -> Option<&'static HandlerInfo> {
    ALL.iter().find(|info| info.stage == stage && info.name == name)
}

/// The names of a stage's handlers.
pub fn names(stage: Stage) -> impl Iterator<Item = &'static str> {
    ALL.iter().filter(move |info| info.stage == stage).map(|info| info.name)
}

impl HandlerInfo {
    /// The shape of its settings.
    pub fn shape(&self) -> Shape {
        Shape::Object(self.keys)
    }
}

/// What handlers get to work with.
pub(crate) struct Context {
    pub(crate) request: Arc<Request>,
    pub(crate) host: Arc<dyn Host>,
    pub(crate) state: Arc<State>,
    pub(crate) line: Line,
    /// The body of the request, once it was asked for.
    pub(crate) mode: Mode,
}

/// What the decision is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The request is passed on to the rule's upstream.
    Proxy,
    /// Another proxy asks; it knows its upstreams itself.
    Decision,
}

/// What an authenticator found.
pub(crate) enum Found {
    /// It accepts the request.
    Accepted,
    /// It has nothing to say; the next one is asked.
    NotResponsible,
}

/// Settings that can be read from a plan.
pub(crate) fn config<T: serde::de::DeserializeOwned>(plan: &HandlerPlan) -> Result<T, String> {
    let config =
        if plan.config.is_null() { serde_json::Value::Object(serde_json::Map::new()) } else { plan.config.clone() };
    serde_json::from_value(config).map_err(|error| error.to_string())
}

/// An authenticator with its settings.
#[derive(Debug)]
pub(crate) enum Authenticator {
    Noop,
    Unauthorized,
    Anonymous(anonymous::Anonymous),
    CookieSession(cookie_session::CookieSession),
    BearerToken(bearer_token::BearerToken),
    Jwt(jwt::Jwt),
    Introspection(Box<oauth2_introspection::Introspection>),
    ClientCredentials(oauth2_client_credentials::ClientCredentials),
}

impl Authenticator {
    /// The key sets that it fetches.
    pub(crate) fn key_sets(&self) -> Vec<Due> {
        match self {
            Self::Jwt(jwt) => jwt.key_sets(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn compile(handler: &HandlerPlan, plan: &Plan) -> Result<Self, String> {
        Ok(match handler.handler.as_str() {
            "noop" => Self::Noop,
            "unauthorized" => Self::Unauthorized,
            "anonymous" => Self::Anonymous(config(handler)?),
            "cookie_session" => Self::CookieSession(cookie_session::CookieSession::compile(handler, plan)?),
            "bearer_token" => Self::BearerToken(bearer_token::BearerToken::compile(handler, plan)?),
            "jwt" => Self::Jwt(jwt::Jwt::compile(handler, plan)?),
            "oauth2_introspection" => {
                Self::Introspection(Box::new(oauth2_introspection::Introspection::compile(handler, plan)?))
            }
            "oauth2_client_credentials" => {
                Self::ClientCredentials(oauth2_client_credentials::ClientCredentials::compile(handler, plan)?)
            }
            other => return Err(format!("there is no authenticator {other:?}")),
        })
    }

    pub(crate) async fn authenticate(&self, context: &Context, session: &mut Session) -> Result<Found, Denial> {
        match self {
            Self::Noop => Ok(Found::Accepted),
            Self::Unauthorized => Err(Denial::unauthorized()),
            Self::Anonymous(anonymous) => Ok(anonymous.authenticate(context, session)),
            Self::CookieSession(cookie_session) => cookie_session.authenticate(context, session).await,
            Self::BearerToken(bearer_token) => bearer_token.authenticate(context, session).await,
            Self::Jwt(jwt) => jwt.authenticate(context, session).await,
            Self::Introspection(introspection) => introspection.authenticate(context, session).await,
            Self::ClientCredentials(client) => client.authenticate(context, session).await,
        }
    }

    /// What it calls.
    pub(crate) fn endpoints(&self) -> Vec<Arc<Endpoint>> {
        match self {
            Self::Noop | Self::Unauthorized | Self::Anonymous(_) => Vec::new(),
            Self::CookieSession(cookie_session) => vec![cookie_session.endpoint()],
            Self::BearerToken(bearer_token) => vec![bearer_token.endpoint()],
            Self::Jwt(jwt) => jwt.endpoints(),
            Self::Introspection(introspection) => introspection.endpoints(),
            Self::ClientCredentials(client) => vec![client.endpoint()],
        }
    }

    /// The handler's name.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Noop => "noop",
            Self::Unauthorized => "unauthorized",
            Self::Anonymous(_) => "anonymous",
            Self::CookieSession(_) => "cookie_session",
            Self::BearerToken(_) => "bearer_token",
            Self::Jwt(_) => "jwt",
            Self::Introspection(_) => "oauth2_introspection",
            Self::ClientCredentials(_) => "oauth2_client_credentials",
        }
    }
}

/// An authorizer with its settings.
#[derive(Debug)]
pub(crate) enum Authorizer {
    Allow,
    Deny,
    Remote(remote::Remote),
    Keto(Box<keto::Keto>),
    Cel(Box<cel::Cel>),
}

impl Authorizer {
    pub(crate) fn compile(handler: &HandlerPlan, plan: &Plan) -> Result<Self, String> {
        Ok(match handler.handler.as_str() {
            "allow" => Self::Allow,
            "deny" => Self::Deny,
            "remote" | "remote_json" => Self::Remote(remote::Remote::compile(handler, plan)?),
            "keto_engine_acp_ory" => Self::Keto(Box::new(keto::Keto::compile(handler, plan)?)),
            "cel" => Self::Cel(Box::new(cel::Cel::compile(handler)?)),
            other => return Err(format!("there is no authorizer {other:?}")),
        })
    }

    pub(crate) async fn authorize(&self, context: &Context, session: &mut Session) -> Result<(), Denial> {
        match self {
            Self::Allow => Ok(()),
            Self::Deny => Err(Denial::forbidden()),
            Self::Remote(remote) => remote.authorize(context, session).await,
            Self::Keto(keto) => keto.authorize(context, session).await,
            Self::Cel(cel) => cel.authorize(context, session),
        }
    }

    /// What it calls.
    pub(crate) fn endpoints(&self) -> Vec<Arc<Endpoint>> {
        match self {
            Self::Allow | Self::Deny | Self::Cel(_) => Vec::new(),
            Self::Remote(remote) => vec![remote.endpoint()],
            Self::Keto(keto) => vec![keto.endpoint()],
        }
    }

    /// The handler's name.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Remote(remote) if remote.needs_body() => "remote",
            Self::Remote(_) => "remote_json",
            Self::Keto(_) => "keto_engine_acp_ory",
            Self::Cel(_) => "cel",
        }
    }

    /// The headers that it may set on the way to the upstream.
    pub(crate) fn sets(&self) -> Vec<String> {
        match self {
            Self::Remote(remote) => remote.sets(),
            _ => Vec::new(),
        }
    }

    /// Whether it needs the body of the request.
    pub(crate) fn needs_body(&self) -> bool {
        matches!(self, Self::Remote(remote) if remote.needs_body())
    }
}

/// A mutator with its settings.
#[derive(Debug)]
pub(crate) enum Mutator {
    Noop,
    Header(header::Header),
    Cookie(cookie::Cookie),
    IdToken(Box<id_token::IdToken>),
    Hydrator(hydrator::Hydrator),
}

impl Mutator {
    /// The key sets that it fetches.
    pub(crate) fn key_sets(&self) -> Vec<Due> {
        match self {
            Self::IdToken(id_token) => id_token.key_sets(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn compile(handler: &HandlerPlan, plan: &Plan, rule: &str) -> Result<Self, String> {
        Ok(match handler.handler.as_str() {
            "noop" => Self::Noop,
            "header" => Self::Header(header::Header::compile(handler, rule)?),
            "cookie" => Self::Cookie(cookie::Cookie::compile(handler, rule)?),
            "id_token" => Self::IdToken(Box::new(id_token::IdToken::compile(handler, plan)?)),
            "hydrator" => Self::Hydrator(hydrator::Hydrator::compile(handler, plan)?),
            other => return Err(format!("there is no mutator {other:?}")),
        })
    }

    pub(crate) async fn mutate(&self, context: &Context, session: &mut Session) -> Result<(), Denial> {
        match self {
            Self::Noop => Ok(()),
            Self::Header(header) => header.mutate(session),
            Self::Cookie(cookie) => cookie.mutate(context, session),
            Self::IdToken(id_token) => id_token.mutate(context, session).await,
            Self::Hydrator(hydrator) => hydrator.mutate(context, session).await,
        }
    }

    /// What it calls.
    pub(crate) fn endpoints(&self) -> Vec<Arc<Endpoint>> {
        match self {
            Self::Noop | Self::Header(_) | Self::Cookie(_) => Vec::new(),
            Self::IdToken(id_token) => id_token.endpoint().into_iter().collect(),
            Self::Hydrator(hydrator) => vec![hydrator.endpoint()],
        }
    }

    /// The handler's name.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Noop => "noop",
            Self::Header(_) => "header",
            Self::Cookie(_) => "cookie",
            Self::IdToken(_) => "id_token",
            Self::Hydrator(_) => "hydrator",
        }
    }

    /// The headers that it may set on the way to the upstream.
    pub(crate) fn sets(&self) -> Vec<String> {
        match self {
            Self::Noop | Self::Hydrator(_) => Vec::new(),
            Self::Header(header) => header.names(),
            Self::Cookie(_) => vec!["Cookie".into()],
            Self::IdToken(_) => vec!["Authorization".into()],
        }
    }

    /// The public halves of the keys that it signs with.
    pub(crate) fn public_keys(&self) -> Vec<serde_json::Value> {
        match self {
            Self::IdToken(id_token) => id_token.public_keys(),
            _ => Vec::new(),
        }
    }
}

/// An error handler with its settings and conditions.
#[derive(Debug)]
pub(crate) struct ErrorHandler {
    pub(crate) when: when::When,
    pub(crate) kind: ErrorKind,
}

#[derive(Debug)]
pub(crate) enum ErrorKind {
    Json(error_json::Json),
    Redirect(error_redirect::Redirect),
    WwwAuthenticate(error_www_authenticate::WwwAuthenticate),
}

impl ErrorHandler {
    pub(crate) fn compile(handler: &HandlerPlan) -> Result<Self, String> {
        let when = when::When::compile(&handler.config)?;
        let mut rest = handler.clone();
        if let Some(map) = rest.config.as_object_mut() {
            map.remove("when");
        }
        let kind = match handler.handler.as_str() {
            "json" => ErrorKind::Json(config(&rest)?),
            "redirect" => ErrorKind::Redirect(error_redirect::Redirect::compile(&rest)?),
            "www_authenticate" => ErrorKind::WwwAuthenticate(error_www_authenticate::WwwAuthenticate::compile(&rest)?),
            other => return Err(format!("there is no error handler {other:?}")),
        };
        Ok(Self { when, kind })
    }

    /// The handler's name.
    pub(crate) fn name(&self) -> &'static str {
        match self.kind {
            ErrorKind::Json(_) => "json",
            ErrorKind::Redirect(_) => "redirect",
            ErrorKind::WwwAuthenticate(_) => "www_authenticate",
        }
    }

    pub(crate) fn answer(&self, request: &ErrorRequest<'_>, denial: &Denial) -> crate::engine::Response {
        match &self.kind {
            ErrorKind::Json(json) => json.answer(request, denial),
            ErrorKind::Redirect(redirect) => redirect.answer(request),
            ErrorKind::WwwAuthenticate(challenge) => challenge.answer(),
        }
    }
}

/// What an error handler knows of the request; a request that could not be read has no URL.
pub(crate) struct ErrorRequest<'r> {
    pub(crate) method: &'r str,
    pub(crate) headers: &'r crate::request::Headers,
    pub(crate) request: Option<&'r Request>,
}

/// The plain JSON answer, for what no handler could answer.
pub(crate) fn last_resort(request: &ErrorRequest<'_>, denial: &Denial) -> crate::engine::Response {
    error_json::Json::default().answer(request, denial)
}
