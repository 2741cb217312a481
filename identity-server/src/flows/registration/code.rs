//! Registration by a one-time code: the first submission mails it, the second hands it in.

use super::{Success, credentials_of, duplicate, in_two_steps, new_identity};
use crate::config::{Config, Hook};
use crate::courier::{self, Facts, Template};
use crate::flows::body::Body;
use crate::flows::code::{self, Checked, Order};
use crate::flows::one_time_code::{faulty_nodes, sent_nodes, too_often};
use crate::flows::start::{button, csrf_node};
use crate::flows::{Refusal, session_issue, verification};
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::model::{Flow, FlowState, Identity};
use crate::schema::{Extracted, FieldFault, IdentitySchema, form};
use crate::store::{Change, StoreError, StoredCode};
use crate::throttle;
use identity_api::session::Aal;
use identity_api::ui::{InputType, NodeGroup};
use identity_api::{UiNode, messages};
use serde_json::{Value, json};

/// Where the flow keeps the traits that its code was asked for.
const TRAITS: &str = "code_traits";

/// Decides on a submission, and commits it when all is well.
pub(super) async fn submit(
    app: &App,
    config: &Config,
    req: &Req,
    flow: &mut Flow,
    body: &Body,
    (schema, next_csrf): (&IdentitySchema, &str),
) -> Result<Success, Refusal> {
    let payload = body.transient_payload()?;
    if flow.state == FlowState::PassedChallenge {
        return Err(Refusal::message(messages::registration_no_strategy()));
    }
    form::fill_values(&mut flow.ui, &body.0);
    let sent = flow.state == FlowState::SentEmail;
    if sent {
        show(flow, config, faulty_nodes(messages::label_registration_code()));
    }
    let traits = schema.normalise(body.traits());
    let faults = schema.validate(&traits);
    if !faults.is_empty() {
        return Err(Refusal::Form(faults));
    }
    let extracted = schema.extract(&traits);
    if extracted.code_addresses.is_empty() {
        return Err(Refusal::message(messages::identifier_missing()));
    }
    if !sent || body.filled("resend").is_some() {
        return Err(send(app, config, flow, payload, (traits, &extracted)).await?);
    }
    let Some(given) = body.filled("code") else {
        return Err(Refusal::Form(vec![FieldFault { name: "code".into(), message: messages::required("code") }]));
    };
    // The code proves the address that it was mailed to, and no other.
    if flow.internal.get(TRAITS) != Some(&traits) {
        return Err(Refusal::message(messages::traits_mismatch()));
    }
    let stored = match code::check(app, config, flow, &given).await? {
        Checked::Right(stored) => stored,
        Checked::TooOften => return Err(Refusal::Form(vec![too_often()])),
        Checked::Wrong => return Err(Refusal::message(messages::registration_code_invalid())),
    };
    let mut identity = new_identity(app, schema.id(), traits, &extracted);
    prove(app, &mut identity, &stored);
    let (hooks, _) = config.selfservice.flows.registration.after.for_method("code");
    let has = |wanted: fn(&Hook) -> bool| hooks.iter().any(wanted);
    let mut changes = Vec::new();
    let started = verification::begin(app, config, (flow, next_csrf), &mut identity, payload, &mut changes)?;
    changes.insert(0, Change::UseCode { id: stored.id, at: app.now() });
    changes.insert(1, Change::CreateIdentity(identity.clone(), credentials_of(app, &extracted, None)));
    let session = has(|hook| matches!(hook, Hook::Session))
        .then(|| session_issue::issue(app, config, req, identity.id, session_issue::proof(app, "code", Aal::Aal1)));
    changes.extend(session.clone().map(Change::CreateSession));
    flow.active = Some("code".into());
    let mut passed = flow.clone();
    passed.state = FlowState::PassedChallenge;
    changes.push(Change::PutFlow(passed));
    match app.store.commit(changes).await {
        Ok(()) => {}
        Err(StoreError::Stale) => return Err(Refusal::message(messages::registration_code_invalid())),
        Err(StoreError::Conflict) => {
            // Only who reads the address learns that it is taken.
            flow.state = FlowState::PassedChallenge;
            return Err(duplicate(app, config, &extracted).await);
        }
        Err(error) => return Err(error.into()),
    }
    let verification = started.filter(|_| has(|hook| matches!(hook, Hook::ShowVerificationUi)));
    Ok(Success { identity, method: "code", session, verification })
}

/// Marks the address that the code went to as proven.
fn prove(app: &App, identity: &mut Identity, stored: &StoredCode) {
    let now = app.now();
    let own = identity.verifiable_addresses.iter_mut();
    for address in own.filter(|address| address.via == stored.via && address.value == stored.address) {
        address.verified = true;
        address.status = "completed".into();
        address.verified_at = Some(now);
    }
}

/// Mails a code to each address and shows the field for it, whether or not somebody has the address already.
async fn send(
    app: &App,
    config: &Config,
    flow: &mut Flow,
    payload: Option<Value>,
    (traits, extracted): (Value, &Extracted),
) -> Result<Refusal, ApiError> {
    let lifespan = config.selfservice.methods.code.config.lifespan;
    flow.transient_payload = Some(payload.unwrap_or_else(|| json!({})));
    let mut changes = vec![Change::DropCodes { flow_id: flow.id }];
    for (via, address) in &extracted.code_addresses {
        let via = via.as_str();
        throttle::message(app, config, address).await?;
        let order = Order { flow_id: flow.id, purpose: "registration", via, address, identity_id: None, lifespan };
        let (secret, stored) = code::create(app, config, &order)?;
        let facts = Facts { code: Some(&secret), traits: Some(&traits), ..Facts::of(flow) };
        let message = courier::compose(app, config, Template::RegistrationCodeValid, (via, address), &facts)?;
        changes.extend([Change::CreateCode(stored), Change::QueueMessage(message)]);
    }
    app.store.commit(changes).await?;
    flow.internal = json!({ TRAITS: traits });
    flow.active = Some("code".into());
    flow.state = FlowState::SentEmail;
    show(flow, config, sent_nodes(messages::label_registration_code()));
    flow.ui.messages = vec![messages::registration_code_sent()];
    Ok(Refusal::NextScreen)
}

/// The details, hidden, with the field for the code.
fn show(flow: &mut Flow, config: &Config, nodes: Vec<UiNode>) {
    let mut traits: Vec<UiNode> = flow.ui.nodes.drain(..).filter(|node| node.id().starts_with("traits.")).collect();
    for node in &mut traits {
        node.messages.clear();
        if let Some(input) = node.as_input_mut() {
            input.input_type = InputType::Hidden;
        }
    }
    flow.ui.nodes = std::iter::once(csrf_node()).chain(traits).chain(nodes).collect();
    if in_two_steps(config) {
        let back = button(NodeGroup::Profile, "screen", "credential-selection", messages::registration_back());
        flow.ui.nodes.push(back);
    }
}
