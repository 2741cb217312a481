//! Registration: the form in one or two steps, and what a submission by password comes to.

mod code;

use crate::config::{Config, Hook, RegistrationStyle};
use crate::flows::body::Body;
use crate::flows::start::{button, csrf_node, method_button, password_node, schema_of};
use crate::flows::verification::{self, Started};
use crate::flows::{Refusal, new_password, session_issue, traits as changed_traits};
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::model::{Credential, CredentialKind, Flow, FlowState, Identity, Secret, Session};
use crate::schema::{Extracted, FieldFault, IdentitySchema, form};
use crate::store::{Change, StoreError};
use identity_api::IdentityState;
use identity_api::identity::{RecoveryAddress, VerifiableAddress};
use identity_api::session::Aal;
use identity_api::ui::{InputType, NodeGroup};
use identity_api::{UiNode, messages};
use serde_json::{Value, json};

/// A submission that succeeded; everything is committed.
pub struct Success {
    /// The new identity.
    pub identity: Identity,
    /// The method, whose hooks run.
    pub method: &'static str,
    /// The session, with hook `session`.
    pub session: Option<Session>,
    /// The verification under way, with hook `show_verification_ui`.
    pub verification: Option<Started>,
}

/// Whether the details come first and the password on a second screen.
#[must_use]
pub fn in_two_steps(config: &Config) -> bool {
    let registration = &config.selfservice.flows.registration;
    registration.style == RegistrationStyle::ProfileFirst && !registration.enable_legacy_one_step
}

/// Fills in the form of a new registration.
pub fn build_form(app: &App, config: &Config, flow: &mut Flow) {
    flow.ui.nodes = first_screen(app, config, flow);
}

fn first_screen(app: &App, config: &Config, flow: &Flow) -> Vec<UiNode> {
    let traits = schema_of(app, flow).trait_nodes();
    let mut nodes = vec![csrf_node()];
    if in_two_steps(config) {
        nodes.extend(traits);
        nodes.push(method_button(NodeGroup::Profile, "profile", messages::registration_title()));
    } else {
        with_password(config, &mut nodes, traits);
    }
    nodes
}

/// The traits with the ways to sign up. As Kratos orders them: the password follows the first trait, but all traits
/// where codes are on.
fn with_password(config: &Config, nodes: &mut Vec<UiNode>, traits: Vec<UiNode>) {
    let enabled = config.selfservice.methods.password.enabled;
    let by_code = config.selfservice.methods.code.passwordless_enabled;
    let mut traits = traits.into_iter();
    nodes.extend(traits.by_ref().take(if by_code { usize::MAX } else { 1 }));
    if by_code {
        nodes.push(method_button(NodeGroup::Code, "code", messages::registration_send_code()));
    }
    if enabled {
        nodes.push(password_node("new-password"));
    }
    nodes.extend(traits);
    if enabled {
        nodes.push(method_button(NodeGroup::Password, "password", messages::registration_title()));
    }
}

/// Shows the second screen: the details, hidden, and the ways to sign in.
fn show_credentials(config: &Config, flow: &mut Flow) {
    let mut traits: Vec<UiNode> = flow.ui.nodes.drain(..).filter(|node| node.id().starts_with("traits.")).collect();
    for input in traits.iter_mut().filter_map(UiNode::as_input_mut) {
        input.input_type = InputType::Hidden;
    }
    // A code that was sent before is not asked for any more.
    flow.state = FlowState::ChooseMethod;
    flow.active = None;
    let mut nodes = vec![csrf_node()];
    with_password(config, &mut nodes, traits);
    nodes.push(button(NodeGroup::Profile, "screen", "previous", messages::registration_back()));
    flow.ui.nodes = nodes;
    flow.ui.messages = vec![messages::registration_choose_credential()];
}

/// Shows the first screen again, with what was typed.
fn show_profile(app: &App, config: &Config, flow: &mut Flow, body: &Body) {
    flow.ui.nodes = first_screen(app, config, flow);
    flow.ui.messages.clear();
    form::fill_values(&mut flow.ui, &body.0);
}

/// Decides on a submission, and commits it when all is well. `next_csrf` is the token that the browser gets with the
/// answer: the verification that follows is bound to it.
///
/// # Errors
/// A [`Refusal`]; no identity was made then.
pub async fn submit(
    app: &App,
    config: &Config,
    req: &Req,
    flow: &mut Flow,
    body: &Body,
    next_csrf: &str,
) -> Result<Success, Refusal> {
    let method = body.filled("method");
    let schema = schema_of(app, flow);
    if method.as_deref() == Some("oidc") && !config.selfservice.methods.oidc.enabled {
        return Err(ApiError::method_disabled().into());
    }
    if method.as_deref() == Some("code") && config.selfservice.methods.code.passwordless_enabled {
        return code::submit(app, config, req, flow, body, (schema, next_csrf)).await;
    }
    if in_two_steps(config) && method.as_deref() != Some("password") {
        return Err(profile_step(app, config, flow, body, schema));
    }
    match method.as_deref() {
        Some("password") if config.selfservice.methods.password.enabled => {
            by_password(app, config, req, flow, body, (schema, next_csrf)).await
        }
        Some("password") => Err(ApiError::method_disabled().into()),
        _ => Err(Refusal::message(messages::registration_no_strategy())),
    }
}

/// The first of two steps: never creates anything, shows the next screen or the faults.
fn profile_step(app: &App, config: &Config, flow: &mut Flow, body: &Body, schema: &IdentitySchema) -> Refusal {
    let payload = match body.transient_payload() {
        Ok(payload) => payload,
        Err(refusal) => return refusal,
    };
    form::fill_values(&mut flow.ui, &body.0);
    let mut faults = schema.validate(&body.traits());
    let screen = body.filled("screen");
    if let Some(screen) = screen.as_deref().filter(|screen| !matches!(*screen, "previous" | "credential-selection")) {
        let _ = screen;
        let reason = "value must be one of \"credential-selection\", \"previous\"";
        faults.push(FieldFault { name: "screen".into(), message: messages::generic(reason) });
    }
    if !faults.is_empty() {
        return Refusal::Form(faults);
    }
    match (body.filled("method").as_deref(), screen.as_deref()) {
        (_, Some("previous")) => show_profile(app, config, flow, body),
        (Some("profile"), _) | (None, Some("credential-selection")) => show_credentials(config, flow),
        _ => return Refusal::message(messages::registration_no_strategy()),
    }
    flow.transient_payload = Some(payload.unwrap_or_else(|| json!({})));
    Refusal::NextScreen
}

async fn by_password(
    app: &App,
    config: &Config,
    req: &Req,
    flow: &mut Flow,
    body: &Body,
    (schema, next_csrf): (&IdentitySchema, &str),
) -> Result<Success, Refusal> {
    let transient_payload = body.transient_payload()?;
    form::fill_values(&mut flow.ui, &body.0);
    let traits = schema.normalise(body.traits());
    let mut faults = schema.validate(&traits);
    let password = body.filled("password");
    if password.is_none() {
        faults.push(FieldFault { name: "password".into(), message: messages::required("password") });
    }
    let (Some(password), true) = (password, faults.is_empty()) else {
        return Err(Refusal::Form(faults));
    };
    let extracted = schema.extract(&traits);
    let identifiers = extracted.identifiers.get(&CredentialKind::Password).cloned().unwrap_or_default();
    if identifiers.is_empty() {
        return Err(Refusal::message(messages::identifier_missing()));
    }
    let password = Secret::from(password);
    new_password::check(app, config, &password, &identifiers).await?;
    let hash = app.hasher.hash(&password).await?;

    let mut identity = new_identity(app, schema.id(), traits, &extracted);
    let credentials = credentials_of(app, &extracted, Some(hash));
    let (hooks, _) = config.selfservice.flows.registration.after.for_method("password");
    let mut changes = Vec::new();
    let started = verification::begin(app, config, (flow, next_csrf), &mut identity, transient_payload, &mut changes)?;
    changes.insert(0, Change::CreateIdentity(identity.clone(), credentials));
    let session = session_issue::issue(app, config, req, identity.id, session_issue::proof(app, "password", Aal::Aal1));
    changes.push(Change::CreateSession(session.clone()));
    match app.store.commit(changes).await {
        Ok(()) => {}
        Err(StoreError::Conflict) => return Err(duplicate(app, config, &extracted).await),
        Err(error) => return Err(error.into()),
    }
    let has = |wanted: fn(&Hook) -> bool| hooks.iter().any(wanted);
    Ok(Success {
        identity,
        method: "password",
        session: has(|hook| matches!(hook, Hook::Session)).then_some(session),
        verification: started.filter(|_| has(|hook| matches!(hook, Hook::ShowVerificationUi))),
    })
}

/// The identifier is taken: with `login_hints` the answer tells how its owner signs in.
async fn duplicate(app: &App, config: &Config, extracted: &Extracted) -> Refusal {
    if !config.selfservice.flows.registration.login_hints {
        return Refusal::message(messages::duplicate_credentials());
    }
    let identifiers = extracted.identifiers.get(&CredentialKind::Password).cloned().unwrap_or_default();
    for identifier in identifiers {
        let Ok(Some((identity, _))) = app.store.identity_by_identifier(CredentialKind::Password, &identifier).await
        else {
            continue;
        };
        let Ok(credentials) = app.store.credentials(identity.id).await else {
            continue;
        };
        let mut types: Vec<String> = credentials
            .iter()
            .filter(|c| matches!(c.kind, CredentialKind::Code | CredentialKind::Passkey) || c.password_hash().is_some())
            .map(|c| c.kind.as_str().to_owned())
            .collect();
        types.sort();
        return Refusal::message(messages::duplicate_credentials_with_hints(&types, &[], &identifier));
    }
    Refusal::message(messages::duplicate_credentials())
}

/// A new identity with `traits`, active, its addresses unproven.
#[must_use]
pub fn new_identity(app: &App, schema_id: &str, traits: Value, extracted: &Extracted) -> Identity {
    let now = app.now();
    let mut rng = app.rng();
    let mut id = || crate::crypto::token::uuid(&mut rng);
    Identity {
        id: id(),
        external_id: None,
        schema_id: schema_id.into(),
        state: IdentityState::Active,
        state_changed_at: now,
        traits,
        verifiable_addresses: extracted
            .verifiable
            .iter()
            .map(|(via, value)| VerifiableAddress {
                id: id(),
                value: value.clone(),
                verified: false,
                via: via.as_str().into(),
                status: "pending".into(),
                verified_at: None,
                created_at: now,
                updated_at: now,
            })
            .collect(),
        recovery_addresses: extracted
            .recovery
            .iter()
            .map(|(via, value)| RecoveryAddress {
                id: id(),
                value: value.clone(),
                via: via.as_str().into(),
                created_at: now,
                updated_at: now,
            })
            .collect(),
        metadata_public: Value::Null,
        metadata_admin: Value::Null,
        organization_id: None,
        created_at: now,
        updated_at: now,
        second_factors: 0,
        revision: 0,
    }
}

/// A credential of each kind that the schema names an identifier for; the password has its hash, if there is one.
#[must_use]
pub fn credentials_of(app: &App, extracted: &Extracted, password_hash: Option<String>) -> Vec<Credential> {
    let now = app.now();
    let with_config = |kind: CredentialKind| match kind {
        CredentialKind::Password => {
            password_hash.as_ref().map_or_else(|| json!({}), |hash| json!({ "hashed_password": hash }))
        }
        CredentialKind::Code => changed_traits::code_config(extracted),
        _ => json!({}),
    };
    extracted
        .identifiers
        .iter()
        .map(|(kind, identifiers)| Credential {
            kind: *kind,
            identifiers: identifiers.clone(),
            config: with_config(*kind),
            version: 1,
            created_at: now,
            updated_at: now,
        })
        .collect()
}

/// Puts fields that a fault has added where Kratos shows them: the password after the first trait, all else before
/// the buttons.
pub fn arrange(ui: &mut identity_api::UiContainer) {
    let group = |node: &UiNode| node.group == NodeGroup::Code;
    if ui.nodes.iter().any(group) {
        // The screens with codes are laid out as they shall be; only fields that a fault has added move.
        let known: Vec<UiNode> = std::mem::take(&mut ui.nodes);
        let end = known.iter().position(group).unwrap_or(known.len());
        let (added, kept): (Vec<_>, Vec<_>) = known
            .into_iter()
            .enumerate()
            .partition(|(at, node)| *at > end && node.group == NodeGroup::Default && node.id() != "csrf_token");
        ui.nodes = kept.into_iter().map(|(_, node)| node).collect();
        let end = ui.nodes.iter().position(group).unwrap_or(ui.nodes.len());
        ui.nodes.splice(end..end, added.into_iter().map(|(_, node)| node));
        return;
    }
    let first = ui.nodes.iter().position(|node| node.id().starts_with("traits."));
    let first = first.map(|at| ui.nodes[at].id().to_owned()).unwrap_or_default();
    ui.nodes.sort_by_key(|node| match node.id() {
        "csrf_token" => 0,
        id if id == first => 1,
        "password" => 2,
        _ if node.as_input().is_some_and(|input| input.input_type == InputType::Submit) => 4,
        _ => 3,
    });
}
