//! Recovery in which an identity of several addresses chooses one (Kratos' flag `choose_recovery_address`): any of the
//! addresses is asked for first, then one is chosen and must be typed in full, so that nobody learns the others.

use super::form::{code_node, hidden};
use super::{Failure, Outcome, proof, take_code};
use crate::config::{Config, Use};
use crate::flows::Refusal;
use crate::flows::body::Body;
use crate::flows::start::{button, csrf_node, method_button};
use crate::http::app::App;
use crate::model::{Flow, FlowState, Identity};
use crate::schema::normalise_identifier;
use crate::store::Change;
use crate::throttle;
use base64::Engine as _;
use identity_api::ui::{InputAttributes, InputType, NodeGroup};
use identity_api::{UiNode, messages};
use sha2::{Digest as _, Sha256};

fn address_field(name: &str, input_type: InputType, label: identity_api::UiText) -> UiNode {
    let value = (name == "recovery_confirm_address").then(|| "".into());
    let attributes =
        InputAttributes { name: name.into(), input_type, value, required: true, ..InputAttributes::default() };
    UiNode::input(NodeGroup::Code, attributes).labelled(label)
}

/// Asks for any address of the account.
pub(super) fn show_start(flow: &mut Flow) {
    flow.state = FlowState::RecoveryAwaitingAddress;
    flow.ui.messages.clear();
    flow.ui.nodes = vec![
        csrf_node(),
        address_field("recovery_address", InputType::Text, messages::label_recovery_address()),
        method_button(NodeGroup::Code, "code", messages::label_continue()),
    ];
}

/// The value of an address's button: it tells nobody the address.
fn digest(address: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(Sha256::digest(address.as_bytes()))
}

/// The first two characters of an address and what is public of the rest.
pub(super) fn masked(address: &str) -> String {
    match address.split_once('@') {
        Some((name, domain)) => format!("{}****@{domain}", name.chars().take(2).collect::<String>()),
        None => {
            let count = address.chars().count();
            let head: String = address.chars().take(3).collect();
            let tail: String = address.chars().skip(count.saturating_sub(2).max(3)).collect();
            format!("{head}****{tail}")
        }
    }
}

fn addresses_of(identity: &Identity) -> Vec<(String, String)> {
    let mut all: Vec<_> =
        identity.recovery_addresses.iter().map(|address| (address.value.clone(), address.via.clone())).collect();
    all.sort();
    all
}

fn show_choice(flow: &mut Flow, identity: &Identity, typed: &str) {
    flow.state = FlowState::RecoveryAwaitingAddressChoice;
    flow.ui.messages = vec![messages::recovery_choose_address()];
    flow.ui.nodes = vec![csrf_node()];
    for (address, _) in addresses_of(identity) {
        let label = messages::recovery_address_choice(&masked(&address));
        flow.ui.nodes.push(button(NodeGroup::Code, "recovery_select_address", &digest(&address), label));
    }
    flow.ui.nodes.push(hidden(NodeGroup::Code, "method", "code"));
    flow.ui.nodes.push(hidden(NodeGroup::Code, "recovery_address", typed));
}

fn show_confirm(flow: &mut Flow, via: &str, typed: &str) {
    flow.state = FlowState::RecoveryConfirmingAddress;
    flow.ui.messages = vec![messages::recovery_give_full_address()];
    let (input_type, label) = match via {
        "sms" => (InputType::Tel, messages::label_phone()),
        _ => (InputType::Email, messages::label_email()),
    };
    flow.ui.nodes = vec![
        csrf_node(),
        address_field("recovery_confirm_address", input_type, label),
        hidden(NodeGroup::Code, "recovery_address", typed),
        method_button(NodeGroup::Code, "code", messages::label_continue()),
        hidden(NodeGroup::Code, "method", "code"),
        button(NodeGroup::Code, "screen", "previous", messages::recovery_back()),
    ];
}

fn show_code(flow: &mut Flow, address: &str, typed: &str) {
    flow.state = FlowState::RecoveryAwaitingCode;
    flow.ui.messages = vec![messages::recovery_code_sent_to(&masked(address))];
    flow.ui.nodes = vec![
        csrf_node(),
        code_node(),
        method_button(NodeGroup::Code, "code", messages::label_continue()),
        hidden(NodeGroup::Code, "method", "code"),
        button(NodeGroup::Code, "recovery_confirm_address", address, messages::label_resend_code()),
        hidden(NodeGroup::Code, "recovery_address", typed),
        button(NodeGroup::Code, "screen", "previous", messages::recovery_back()),
    ];
}

/// Decides on a submission.
pub(super) async fn submit(
    app: &App,
    config: &Config,
    flow: &mut Flow,
    body: &Body,
    code: Option<&str>,
) -> Result<Outcome, Failure> {
    if body.filled("screen").as_deref() == Some("previous") {
        show_start(flow);
        return shown(app, flow).await;
    }
    if let Some(code) = code.filter(|_| flow.state == FlowState::RecoveryAwaitingCode) {
        flow.transient_payload = None;
        return take_code(app, config, flow, code).await;
    }
    let Some(typed) = body.filled("recovery_address") else {
        return Err(Refusal::field("recovery_address", messages::required("recovery_address")).into());
    };
    let identity = app.store.identity_by_address("recovery", &normalise_identifier(&typed)).await?;
    let known = identity.as_ref().map(addresses_of).unwrap_or_default();
    if let Some(confirmed) = body.filled("recovery_confirm_address") {
        let address = normalise_identifier(&confirmed);
        let own = identity.filter(|_| known.iter().any(|(known, _)| *known == address));
        return send(app, config, flow, (&address, &typed), own.as_ref()).await;
    }
    if flow.state == FlowState::RecoveryAwaitingAddressChoice {
        let Some(chosen) = body.filled("recovery_select_address") else {
            let fault = messages::required("recovery_select_address");
            return Err(Refusal::field("recovery_select_address", fault).into());
        };
        let Some((_, via)) = known.iter().find(|(address, _)| digest(address) == chosen) else {
            return Err(Refusal::message(messages::generic("The selected recovery address is not valid.")).into());
        };
        show_confirm(flow, via, &typed);
        return shown(app, flow).await;
    }
    if let Some(identity) = identity.as_ref().filter(|_| known.len() > 1) {
        show_choice(flow, identity, &typed);
        return shown(app, flow).await;
    }
    let address = normalise_identifier(&typed);
    send(app, config, flow, (&address, &typed), identity.as_ref()).await
}

async fn send(
    app: &App,
    config: &Config,
    flow: &mut Flow,
    (address, typed): (&str, &str),
    identity: Option<&Identity>,
) -> Result<Outcome, Failure> {
    let via = if address.contains('@') { "email" } else { "sms" };
    throttle::message(app, config, address).await?;
    show_code(flow, address, typed);
    let mut changes = Vec::new();
    proof::send(app, config, flow, Use::Code, (via, address), identity, &mut changes)?;
    changes.push(super::requested(app, flow, identity));
    changes.push(Change::PutFlow(flow.clone()));
    app.store.commit(changes).await?;
    Ok(Outcome::Shown)
}

async fn shown(app: &App, flow: &Flow) -> Result<Outcome, Failure> {
    app.store.commit(vec![Change::PutFlow(flow.clone())]).await?;
    Ok(Outcome::Shown)
}
