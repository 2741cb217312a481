//! Signing in by a one-time code, as first or as second factor.
//!
//! A submission without a code mails one; the next one hands it in. Codes belong to their flow and to one address. A
//! right one is used up before the session is made: of two that come at once, one wins (requirement 21).

use super::{Attempt, Success, finish};
use crate::audit::{self, AuditEvent, Kind, Outcome};
use crate::config::Config;
use crate::courier::{self, Facts, Template};
use crate::flows::code::{self, Checked, Order};
use crate::flows::one_time_code::{channel_of, csrf_of, faulty_nodes, hidden, sent_nodes, too_often};
use crate::flows::start::csrf_node;
use crate::flows::{Refusal, set_value};
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::model::{Credential, CredentialKind, Flow, FlowState, Identity};
use crate::schema::{FieldFault, normalise_identifier};
use crate::store::{Change, MarkedAddress, StoreError};
use crate::throttle;
use identity_api::session::Aal;
use identity_api::ui::{InputType, NodeGroup};
use identity_api::{UiNode, messages};
use serde_json::json;

/// Where the codes of an identity may go: channel and address, in the order of the addresses.
#[must_use]
pub fn addresses(credentials: &[Credential]) -> Vec<(String, String)> {
    let Some(credential) = credentials.iter().find(|credential| credential.kind == CredentialKind::Code) else {
        return Vec::new();
    };
    let list = credential.config.get("addresses").and_then(serde_json::Value::as_array);
    let text = |entry: &serde_json::Value, key: &str| Some(entry.get(key)?.as_str()?.to_owned());
    let mut found: Vec<_> = list
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let address = text(entry, "address")?;
            Some((text(entry, "channel").unwrap_or_else(|| channel_of(&address).into()), address))
        })
        .collect();
    found.sort_by(|(_, a), (_, b)| a.cmp(b));
    found
}

/// Decides on a submission.
pub(super) async fn submit(attempt: Attempt<'_>, flow: &mut Flow) -> Result<Success, Refusal> {
    let body = attempt.body;
    let payload = body.transient_payload()?;
    if flow.state == FlowState::PassedChallenge {
        return Err(Refusal::message(messages::login_no_strategy()));
    }
    let second = flow.requested_aal == "aal2";
    let typed = body.filled("address").or_else(|| body.filled("identifier"));
    let resend = body.filled("resend").is_some() || body.filled("address").is_some();
    if flow.state != FlowState::SentEmail || resend {
        let previous = if typed.is_none() && second { last_address(&attempt, flow).await? } else { None };
        let Some(typed) = typed.or(previous) else {
            return Err(missing(flow, "identifier", ""));
        };
        return Err(send(&attempt, flow, &typed, payload).await?);
    }
    let shown = typed.clone().unwrap_or_default();
    if typed.is_none() && !second {
        return Err(missing(flow, "identifier", ""));
    }
    let Some(given) = body.filled("code") else {
        return Err(missing(flow, "code", &shown));
    };
    show_faulty(flow, &shown);
    let owner = match (&typed, second) {
        (_, true) => attempt.current.as_ref().map(|current| current.identity.clone()),
        (Some(typed), false) => owner(&attempt, flow, typed).await?.map(|(identity, _)| identity),
        (None, false) => None,
    };
    let mitigated = attempt.config.security.account_enumeration.mitigate;
    if owner.is_none() && !mitigated {
        return Err(Refusal::message(messages::no_code_account()));
    }
    let stored = match code::check(attempt.app, attempt.config, flow, &given).await? {
        Checked::Right(stored) => stored,
        Checked::TooOften => return Err(Refusal::Form(vec![too_often()])),
        Checked::Wrong => return Err(Refusal::message(messages::login_code_invalid())),
    };
    // The code must be that of the one who is named: a mailed code says nothing about anybody else.
    let Some(identity) = owner.filter(|owner| stored.identity_id == Some(owner.id)) else {
        return Err(Refusal::message(messages::login_code_invalid()));
    };
    let now = attempt.app.now();
    match attempt.app.store.commit(vec![Change::UseCode { id: stored.id, at: now }]).await {
        Ok(()) => {}
        Err(StoreError::Stale) => return Err(Refusal::message(messages::login_code_invalid())),
        Err(error) => return Err(error.into()),
    }
    flow.active = Some("code".into());
    if !identity.is_active() {
        let event = AuditEvent::new(attempt.app, Kind::Login, Outcome::Failure).method("code").flow(flow.id);
        audit::record(attempt.app, event.identity(identity.id).reason("identity_disabled")).await;
        return Err(Refusal::message(messages::login_identity_disabled()));
    }
    flow.state = FlowState::PassedChallenge;
    let identity_id = identity.id;
    let (via, value) = (stored.via, stored.address);
    let identity = proven(identity, (&via, &value), now);
    let mark = Change::MarkAddress(MarkedAddress { identity_id, via, value, status: "completed", at: now });
    let aal = if second { Aal::Aal2 } else { Aal::Aal1 };
    Ok(finish(attempt, flow, identity, "code", aal, vec![mark]))
}

/// The identity as it is once the address is proven: whoever read the code reads the address.
fn proven(mut identity: Identity, (via, value): (&str, &str), now: identity_api::Timestamp) -> Identity {
    let own = |address: &&mut identity_api::identity::VerifiableAddress| address.via == via && address.value == value;
    if let Some(address) = identity.verifiable_addresses.iter_mut().find(own).filter(|address| !address.verified) {
        address.verified = true;
        address.status = "completed".into();
        address.verified_at = Some(now);
        address.updated_at = now;
    }
    identity
}

async fn last_address(attempt: &Attempt<'_>, flow: &Flow) -> Result<Option<String>, Refusal> {
    if flow.state != FlowState::SentEmail {
        return Ok(None);
    }
    Ok(attempt.app.store.codes(flow.id).await?.last().map(|code| code.address.clone()))
}

/// Who signs in by codes to what was typed, and the channel. While a session is confirmed or raised only its own
/// identity counts.
async fn owner(attempt: &Attempt<'_>, flow: &Flow, typed: &str) -> Result<Option<(Identity, String)>, Refusal> {
    let (store, code) = (&attempt.app.store, &attempt.config.selfservice.methods.code);
    let address = normalise_identifier(typed);
    let found = store.identity_by_identifier(CredentialKind::Code, &address).await?;
    let mut found = found.map(|(identity, credential)| (identity, addresses(&[credential])));
    if found.is_none() && code.config.missing_credential_fallback_enabled {
        found = store.identity_by_address("verification", &address).await?.map(|identity| (identity, Vec::new()));
    }
    let confirms = flow.refresh || flow.requested_aal == "aal2";
    let expected = attempt.current.as_ref().filter(|_| confirms).map(|current| current.identity.id);
    let own = found.filter(|(identity, _)| !confirms || expected == Some(identity.id));
    Ok(own.map(|(identity, list)| {
        let via = list.into_iter().find(|(_, known)| *known == address).map(|(via, _)| via);
        (identity, via.unwrap_or_else(|| channel_of(&address).into()))
    }))
}

/// Mails a code and shows the field for it.
async fn send(
    attempt: &Attempt<'_>,
    flow: &mut Flow,
    typed: &str,
    payload: Option<serde_json::Value>,
) -> Result<Refusal, Refusal> {
    let Attempt { app, config, .. } = *attempt;
    let address = normalise_identifier(typed);
    let found = owner(attempt, flow, typed).await?;
    if found.is_none() {
        let event = AuditEvent::new(app, Kind::Login, Outcome::Failure).method("code").flow(flow.id);
        audit::record(app, event.reason("unknown_identifier")).await;
    }
    if found.is_none() && !config.security.account_enumeration.mitigate {
        match flow.state {
            FlowState::SentEmail => show_faulty(flow, typed),
            _ => set_value(&mut flow.ui, "identifier", typed.into()),
        }
        return Err(Refusal::message(messages::no_code_account()));
    }
    throttle::message(app, config, &address).await?;
    flow.transient_payload = Some(payload.unwrap_or_else(|| json!({})));
    show_sent(flow, &address);
    if let Some((identity, via)) = found {
        let changes = mail(app, config, flow, (&via, &address), &identity)?;
        app.store.commit(changes).await?;
    }
    Ok(Refusal::NextScreen)
}

/// A new code for `address`, and the message with it; the flow's earlier codes are worth nothing from then on.
fn mail(
    app: &App,
    config: &Config,
    flow: &Flow,
    (via, address): (&str, &str),
    identity: &Identity,
) -> Result<Vec<Change>, ApiError> {
    let lifespan = config.selfservice.methods.code.config.lifespan;
    let order = Order { flow_id: flow.id, purpose: "login", via, address, identity_id: Some(identity.id), lifespan };
    let (secret, stored) = code::create(app, config, &order)?;
    let facts = Facts { code: Some(&secret), identity: Some(identity), ..Facts::of(flow) };
    let message = courier::compose(app, config, Template::LoginCodeValid, (via, address), &facts)?;
    Ok(vec![Change::DropCodes { flow_id: flow.id }, Change::CreateCode(stored), Change::QueueMessage(message)])
}

/// Sends the code of a second factor as soon as the flow starts, where there is no choice: `chosen` is the only
/// address, or the one that `via` names. Commit the changes after the flow.
///
/// # Errors
/// 429 when too many messages were sent there; else when the mail cannot be written.
pub async fn send_at_once(
    app: &App,
    config: &Config,
    flow: &mut Flow,
    (via, address): (&str, &str),
    identity: &Identity,
) -> Result<Vec<Change>, ApiError> {
    throttle::message(app, config, address).await?;
    show_sent(flow, address);
    mail(app, config, flow, (via, address), identity)
}

/// Says that a code is under way. What named the address before (a field or buttons) becomes hidden fields.
fn show_sent(flow: &mut Flow, address: &str) {
    let known = flow.refresh || flow.requested_aal == "aal2";
    flow.active = Some("code".into());
    flow.state = FlowState::SentEmail;
    let mut nodes: Vec<UiNode> =
        flow.ui.nodes.drain(..).filter(|node| matches!(node.id(), "identifier" | "address")).collect();
    for node in &mut nodes {
        node.messages.clear();
        if let Some(input) = node.as_input_mut() {
            input.name = "identifier".into();
            input.input_type = InputType::Hidden;
        }
    }
    if nodes.is_empty() {
        nodes.push(hidden(NodeGroup::Default, "identifier", address));
    }
    nodes.extend(sent_nodes(messages::label_login_code()));
    nodes.extend(csrf_of(flow));
    flow.ui.nodes = nodes;
    set_value(&mut flow.ui, "identifier", address.into());
    flow.ui.messages =
        vec![if known { messages::login_code_sent_to("your address") } else { messages::login_code_sent() }];
}

/// Lays the form out for a fault.
fn show_faulty(flow: &mut Flow, typed: &str) {
    let mut nodes = vec![csrf_node(), hidden(NodeGroup::Default, "identifier", typed)];
    nodes.extend(faulty_nodes(messages::label_login_code()));
    flow.ui.nodes = nodes;
}

/// A field is missing.
fn missing(flow: &mut Flow, name: &'static str, typed: &str) -> Refusal {
    if flow.state == FlowState::SentEmail {
        show_faulty(flow, typed);
    }
    Refusal::Form(vec![FieldFault { name: name.into(), message: messages::required(name) }])
}
