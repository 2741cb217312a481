//! Login: the form of a flow, and what a submission by password comes to.

use super::body::Body;
use super::start::{csrf_node, method_button, password_node, schema_of};
use super::{Refusal, session_issue};
use crate::audit::{self, AuditEvent, Kind, Outcome};
use crate::config::Config;
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::model::{Credential, CredentialKind, Flow, Identity, Secret, Session};
use crate::schema::normalise_identifier;
use crate::store::{Change, SessionWithIdentity};
use crate::throttle::{self, Class, Subject};
use identity_api::session::Aal;
use identity_api::ui::{InputAttributes, InputType, NodeGroup};
use identity_api::{UiNode, messages};

/// A submission that succeeded: the session and all that has to be committed with it.
pub struct Success {
    /// The session, with its token where it is known.
    pub session: Session,
    /// Whose it is.
    pub identity: Identity,
    /// Whether it is a new one: then the browser gets a new CSRF token.
    pub is_new: bool,
    /// What to commit.
    pub changes: Vec<Change>,
}

/// Fills in the form of a new login.
///
/// # Errors
/// Only when the store fails.
pub async fn build_form(
    app: &App,
    config: &Config,
    flow: &mut Flow,
    current: Option<&SessionWithIdentity>,
) -> Result<(), ApiError> {
    let second_factor = flow.requested_aal == "aal2";
    if flow.refresh {
        flow.ui.messages.push(messages::login_refresh());
    }
    if second_factor {
        flow.ui.messages.push(messages::login_second_factor());
        // Without a second factor the form stays empty; a browser still gets its token.
        if flow.is_browser() {
            flow.ui.nodes.push(csrf_node());
        }
        return Ok(());
    }
    flow.ui.nodes.push(csrf_node());
    let credentials = match current.filter(|_| flow.refresh) {
        Some(current) => Some(app.store.credentials(current.identity.id).await?),
        None => None,
    };
    flow.ui.nodes.push(match &credentials {
        Some(credentials) => known_identifier(credentials),
        None => identifier_node(app, flow),
    });
    let has_password = credentials.as_ref().is_none_or(|list| list.iter().any(|c| c.password_hash().is_some()));
    if config.selfservice.methods.password.enabled && has_password {
        let label = if flow.refresh { messages::login_title() } else { messages::login_password() };
        flow.ui.nodes.push(password_node("current-password"));
        flow.ui.nodes.push(method_button(NodeGroup::Password, "password", label));
    }
    Ok(())
}

fn identifier_node(app: &App, flow: &Flow) -> UiNode {
    let attributes = InputAttributes {
        name: "identifier".into(),
        value: Some("".into()),
        required: true,
        ..InputAttributes::default()
    };
    UiNode::input(NodeGroup::Default, attributes).labelled(schema_of(app, flow).identifier_label())
}

/// The identifier of somebody who confirms a session: shown to password managers, not to be changed.
fn known_identifier(credentials: &[Credential]) -> UiNode {
    let mut identifiers: Vec<&String> =
        credentials.iter().filter(|c| c.kind == CredentialKind::Password).flat_map(|c| &c.identifiers).collect();
    identifiers.sort();
    let value = identifiers.first().map(|text| text.as_str()).unwrap_or_default();
    let attributes = InputAttributes {
        name: "identifier".into(),
        input_type: InputType::Hidden,
        value: Some(value.into()),
        ..InputAttributes::default()
    };
    UiNode::input(NodeGroup::Default, attributes)
}

/// Decides on a submission; `current` is the session that came with the request.
///
/// # Errors
/// A [`Refusal`]; nothing is changed then but the flow's own form.
pub async fn submit(
    app: &App,
    config: &Config,
    req: &Req,
    flow: &mut Flow,
    body: &Body,
    current: Option<SessionWithIdentity>,
) -> Result<Success, Refusal> {
    match method_of(body).as_deref() {
        Some("password") if flow.requested_aal == "aal1" && config.selfservice.methods.password.enabled => {
            by_password(app, config, req, flow, body, current).await
        }
        Some("password") if !config.selfservice.methods.password.enabled => Err(ApiError::method_disabled().into()),
        Some("oidc") if !config.selfservice.methods.oidc.enabled => Err(ApiError::method_disabled().into()),
        Some("totp") if flow.requested_aal == "aal2" => Err(Refusal::message(messages::no_totp_device())),
        Some("lookup_secret") if flow.requested_aal == "aal2" => Err(Refusal::message(messages::no_lookup_defined())),
        _ => Err(Refusal::message(messages::login_no_strategy())),
    }
}

fn method_of(body: &Body) -> Option<String> {
    body.filled("method")
}

async fn by_password(
    app: &App,
    config: &Config,
    req: &Req,
    flow: &mut Flow,
    body: &Body,
    current: Option<SessionWithIdentity>,
) -> Result<Success, Refusal> {
    body.transient_payload()?;
    let typed = body.text("identifier").or_else(|| body.text("password_identifier"));
    let password = body.text("password");
    let faults: Vec<_> = [("identifier", &typed), ("password", &password)]
        .into_iter()
        .filter(|(_, value)| value.as_deref().is_none_or(str::is_empty))
        .map(|(name, _)| crate::schema::FieldFault { name: name.into(), message: messages::required(name) })
        .collect();
    if let Some(typed) = typed.as_ref().filter(|_| !flow.refresh) {
        crate::flows::set_value(&mut flow.ui, "identifier", typed.clone().into());
    }
    let (Some(typed), Some(password), true) = (typed, password.map(Secret::from), faults.is_empty()) else {
        return Err(Refusal::Form(faults));
    };
    if !flow.refresh {
        crate::flows::set_value(&mut flow.ui, "identifier", typed.clone().into());
    }
    let found = app.store.identity_by_identifier(CredentialKind::Password, &normalise_identifier(&typed)).await?;
    let subject = Subject::of(found.as_ref().map(|(identity, _)| identity.id), &typed);
    let event = |outcome| AuditEvent::new(app, Kind::Login, outcome).method("password").flow(flow.id);
    let event = |outcome| event(outcome).identity(found.as_ref().map(|(identity, _)| identity.id));
    let permit = match throttle::attempt(app, config, Class::Password, subject).await {
        Ok(permit) => permit,
        Err(error) => {
            audit::record(app, event(Outcome::Throttled)).await;
            return Err(error.into());
        }
    };
    let failed = event(Outcome::Failure);
    let Some((identity, credential)) = found else {
        // Nobody has this name: the same work as for somebody, so that time does not tell (requirement 16).
        app.hasher.verify_nobody(&password).await?;
        audit::record(app, failed.reason("unknown_identifier")).await;
        return Err(Refusal::message(messages::invalid_credentials()));
    };
    let right = match credential.password_hash() {
        Some(hash) => app.hasher.verify(&password, hash).await?,
        None => {
            app.hasher.verify_nobody(&password).await?;
            false
        }
    };
    if !right {
        audit::record(app, failed.reason("wrong_password")).await;
        return Err(Refusal::message(messages::invalid_credentials()));
    }
    flow.active = Some("password".into());
    if !identity.is_active() {
        crate::flows::set_value(&mut flow.ui, "identifier", "".into());
        audit::record(app, failed.reason("identity_disabled")).await;
        return Err(Refusal::message(messages::login_identity_disabled()));
    }
    let mut changes = permit.succeeded();
    if let Some(hash) = credential.password_hash().filter(|hash| app.hasher.needs_rehash(hash)) {
        changes.extend(rehashed(app, &identity, hash, &password).await);
    }
    let proof = session_issue::proof(app, "password", Aal::Aal1);
    let confirmed = current.filter(|current| flow.refresh && current.session.identity_id == identity.id);
    let (session, is_new) = match confirmed {
        Some(current) => {
            let session = session_issue::strengthen(app, current.session, proof);
            // The token stays the one that the client holds, so its hash is not written again.
            let stored = Session { token: None, ..session.clone() };
            changes.push(Change::UpdateSession(stored));
            (session, false)
        }
        None => {
            let session = session_issue::issue(app, config, req, identity.id, proof);
            changes.push(Change::CreateSession(session.clone()));
            (session, true)
        }
    };
    let event = AuditEvent::new(app, Kind::Login, Outcome::Success).method("password").flow(flow.id);
    changes.push(Change::Audit(Box::new(event.identity(identity.id).session(session.id))));
    Ok(Success { session, identity, is_new, changes })
}

/// The password under the present algorithm. A failure is logged and does not stop the login (requirement 10).
async fn rehashed(app: &App, identity: &Identity, old: &str, password: &Secret) -> Option<Change> {
    match app.hasher.hash(password).await {
        Ok(hash) => {
            Some(Change::UpgradePassword { identity_id: identity.id, from: old.into(), to: hash, at: app.now() })
        }
        Err(error) => {
            let algorithm = old.split('$').nth(1).unwrap_or_default();
            tracing::warn!(%error, algorithm, identity = %identity.id, "a password hash could not be upgraded");
            None
        }
    }
}
