//! Settings: one form made of what each method offers, and what a submission of each comes to.
//!
//! Every method is a module with `nodes` (its part of the form) and `submit`. A submission runs in [`submit`], which
//! finds the method; whatever it changes is committed by the caller in one transaction.

mod lookup;
mod password;
pub mod privileged;
mod profile;
mod totp;

use super::Refusal;
use super::body::Body;
use super::start::{self, csrf_node};
use crate::config::Config;
use crate::http::app::{App, PublicUrl};
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::model::{Credential, Flow, FlowKind, FlowState, Identity, Session};
use crate::store::{Change, SessionWithIdentity};
use identity_api::flow::FlowType;
use identity_api::ui::NodeGroup;
use identity_api::{ContinueWith, UiContainer, UiNode, messages};
use serde_json::Value;

/// What every method of the settings works with.
pub struct Context<'c> {
    /// The server.
    pub app: &'c App,
    /// The configuration of this request.
    pub config: &'c Config,
    /// The identity as it is now.
    pub identity: &'c Identity,
    /// Its credentials.
    pub credentials: &'c [Credential],
    /// The session that the settings are changed in.
    pub session: &'c Session,
    /// What was sent.
    pub body: &'c Body,
}

/// A submission that may be committed.
pub struct Saved {
    /// The method that saved; its hooks run.
    pub method: &'static str,
    /// What to commit.
    pub changes: Vec<Change>,
    /// The session, when a new second factor made it stronger.
    pub session: Option<Session>,
    /// What the client should do next.
    pub continue_with: Vec<ContinueWith>,
    /// Whether the form stays open without the word that all is saved (backup codes that wait to be confirmed).
    pub form_stays: bool,
}

impl Saved {
    fn of(method: &'static str, changes: Vec<Change>) -> Self {
        Self { method, changes, session: None, continue_with: Vec::new(), form_stays: false }
    }
}

/// A new settings flow of an identity, with its form.
///
/// # Errors
/// 400 when `return_to` is not allowed; else only when the store fails.
pub async fn begin(
    app: &App,
    config: &Config,
    req: &Req,
    flow_type: FlowType,
    found: &SessionWithIdentity,
) -> Result<Flow, ApiError> {
    let lifespan = config.selfservice.flows.settings.lifespan;
    let mut flow = start::new_flow(app, config, req, (FlowKind::Settings, flow_type), lifespan)?;
    flow.state = FlowState::ShowForm;
    flow.identity_id = Some(found.identity.id);
    flow.identity_schema = Some(found.identity.schema_id.clone());
    build_form(app, config, &mut flow, &found.identity).await?;
    Ok(flow)
}

/// The flow that goes on where `old` ended: the same form under a new id, with all its time ahead.
///
/// # Errors
/// Only when the store fails.
pub async fn successor(
    app: &App,
    config: &Config,
    req: &Req,
    old: &Flow,
    identity: &Identity,
) -> Result<Flow, ApiError> {
    let now = app.now();
    let id = crate::crypto::token::uuid(&mut app.rng());
    let public = PublicUrl(config.public_url());
    let mut flow = Flow {
        id,
        issued_at: now,
        updated_at: now,
        expires_at: now + config.selfservice.flows.settings.lifespan,
        request_url: public.at(req.target()),
        active: None,
        state: FlowState::ShowForm,
        internal: Value::Null,
        ui: UiContainer {
            action: public.at(&format!("/self-service/settings?flow={id}")),
            method: "POST".into(),
            ..UiContainer::default()
        },
        ..old.clone()
    };
    build_form(app, config, &mut flow, identity).await?;
    Ok(flow)
}

/// Fills in the form from what the identity has.
///
/// # Errors
/// Only when the store fails.
pub async fn build_form(app: &App, config: &Config, flow: &mut Flow, identity: &Identity) -> Result<(), ApiError> {
    let credentials = app.store.credentials(identity.id).await?;
    let methods = &config.selfservice.methods;
    flow.internal = Value::Object(serde_json::Map::new());
    let mut nodes = vec![csrf_node()];
    if methods.profile.enabled {
        nodes.extend(profile::nodes(app, flow, identity));
    }
    if methods.password.enabled {
        nodes.extend(password::nodes());
    }
    if methods.lookup_secret.enabled {
        nodes.extend(lookup::nodes(&credentials));
    }
    if methods.totp.enabled {
        nodes.extend(totp::nodes(app, config, flow, identity, &credentials)?);
    }
    flow.ui.nodes = nodes;
    Ok(())
}

/// The method that a submission is for.
fn method_of(body: &Body) -> Option<String> {
    let present = |name: &str| body.filled(name).is_some();
    body.filled("method").or_else(|| {
        let lookup = ["regenerate", "reveal", "confirm", "disable"];
        if lookup.iter().any(|action| present(&format!("lookup_secret_{action}"))) {
            return Some("lookup_secret".into());
        }
        present("totp_unlink").then(|| "totp".into())
    })
}

/// Decides on a submission. Nothing is committed here.
///
/// # Errors
/// A [`Refusal`]; [`Refusal::Reauthenticate`] when the session is too old for what is asked.
pub async fn submit(context: &Context<'_>, flow: &mut Flow) -> Result<Saved, Refusal> {
    let methods = &context.config.selfservice.methods;
    let off = || Err(ApiError::method_disabled().into());
    match method_of(context.body).as_deref() {
        Some("profile") if methods.profile.enabled => profile::submit(context, flow),
        Some("password") if methods.password.enabled => password::submit(context, flow).await,
        Some("lookup_secret") if methods.lookup_secret.enabled => lookup::submit(context, flow).await,
        Some("totp") if methods.totp.enabled => totp::submit(context, flow),
        Some("profile" | "password" | "lookup_secret" | "totp") => off(),
        Some("oidc") if !methods.oidc.enabled => off(),
        _ => Err(Refusal::message(messages::settings_no_strategy())),
    }
}

/// Replaces the nodes of a group by `nodes`, which come last.
fn replace_group(flow: &mut Flow, group: NodeGroup, nodes: Vec<UiNode>) {
    flow.ui.nodes.retain(|node| node.group != group);
    flow.ui.nodes.extend(nodes);
}

/// Puts a node that a fault has added into the group of its method, before that group's button.
pub fn arrange(flow: &mut Flow, method: Option<&str>) {
    let group = match method {
        Some("password") => NodeGroup::Password,
        Some("totp") => NodeGroup::Totp,
        Some("lookup_secret") => NodeGroup::LookupSecret,
        _ => NodeGroup::Profile,
    };
    let is_stray = |node: &UiNode| node.group == NodeGroup::Default && node.id() != "csrf_token";
    let (strays, mut kept): (Vec<UiNode>, Vec<UiNode>) = flow.ui.nodes.drain(..).partition(is_stray);
    for mut node in strays {
        if node.id().starts_with("traits.") || group != NodeGroup::Profile {
            node.group = group;
        }
        let button = kept.iter().position(|other| other.group == node.group && other.id() == "method");
        kept.insert(button.unwrap_or(kept.len()), node);
    }
    flow.ui.nodes = kept;
}
