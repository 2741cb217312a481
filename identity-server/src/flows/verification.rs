//! Verification of an address by a mailed code.

use super::body::Body;
use super::code::{self, Checked};
use super::start::{button, csrf_node, method_button};
use super::{Refusal, proof};
use crate::audit::{AuditEvent, Kind, Outcome};
use crate::config::{Config, Use};
use crate::http::app::{App, PublicUrl};
use crate::http::error::ApiError;
use crate::http::respond::with_query;
use crate::model::{Flow, FlowKind, FlowState, Identity};
use crate::store::{Change, MarkedAddress, StoreError};
use crate::throttle;
use identity_api::continue_with::VerificationTarget;
use identity_api::ui::{AnchorAttributes, Attributes, InputAttributes, InputType, NodeGroup};
use identity_api::{UiContainer, UiNode, messages};
use serde_json::Value;

/// A verification under way.
#[derive(Clone, Debug)]
pub struct Started {
    /// The flow.
    pub flow: Flow,
    /// The address.
    pub address: String,
}

impl Started {
    /// The flow as a client goes on with it; browsers are told the page.
    #[must_use]
    pub fn target(&self, config: &Config) -> VerificationTarget {
        let url = self.flow.is_browser().then(|| self.page(config));
        VerificationTarget { id: self.flow.id, verifiable_address: self.address.clone(), url }
    }

    /// The page that shows it.
    #[must_use]
    pub fn page(&self, config: &Config) -> String {
        with_query(&config.selfservice.flows.verification.ui_url, "flow", &self.flow.id.to_string())
    }
}

/// Sends a code to the first unproven address of an identity that `parent` has just made, if verification is on.
/// The address's state and everything to commit go into `identity` and `changes`.
///
/// # Errors
/// When the mail cannot be written.
pub fn begin(
    app: &App,
    config: &Config,
    (parent, next_csrf): (&Flow, &str),
    identity: &mut Identity,
    transient_payload: Option<Value>,
    changes: &mut Vec<Change>,
) -> Result<Option<Started>, ApiError> {
    let settings = &config.selfservice.flows.verification;
    if !settings.enabled {
        return Ok(None);
    }
    let now = app.now();
    let identity_id = identity.id;
    let Some(address) = identity.verifiable_addresses.iter_mut().find(|address| !address.verified) else {
        return Ok(None);
    };
    address.status = "sent".into();
    let (via, value) = (address.via.clone(), address.value.clone());
    let id = crate::crypto::token::uuid(&mut app.rng());
    let public = PublicUrl(config.public_url());
    let mut flow = Flow {
        id,
        kind: FlowKind::Verification,
        issued_at: now,
        expires_at: now + settings.lifespan,
        updated_at: now,
        request_url: parent.request_url.clone(),
        return_to: None,
        active: Some("code".into()),
        identity_id: Some(identity_id),
        csrf_token: if parent.is_browser() { next_csrf.into() } else { String::new() },
        transient_payload,
        ui: UiContainer { action: public.at(&format!("/self-service/verification?flow={id}")), ..parent.ui.clone() },
        ..parent.clone()
    };
    let wanted = parent_return_to(parent);
    if let Some(wanted) = wanted {
        let joined = url::Url::parse(&flow.request_url).map(|url| with_query(&url, "return_to", &wanted));
        flow.request_url = joined.unwrap_or(flow.request_url);
        flow.return_to = Some(wanted);
    }
    show_sent(&mut flow, &via, &value);
    proof::send(app, config, &flow, Use::Code, (&via, &value), Some(&*identity), changes)?;
    changes.push(Change::PutFlow(flow.clone()));
    Ok(Some(Started { flow, address: value }))
}

/// `after_verification_return_to` of the registration that led here.
fn parent_return_to(parent: &Flow) -> Option<String> {
    let url = url::Url::parse(&parent.request_url).ok()?;
    let found = url.query_pairs().find(|(key, value)| key == "after_verification_return_to" && !value.is_empty());
    found.map(|(_, value)| value.into_owned())
}

/// Fills in the form of a new verification: it asks for the address.
pub fn build_form(config: &Config, flow: &mut Flow) {
    flow.ui.nodes =
        vec![csrf_node(), address_node(config, ""), method_button(NodeGroup::Code, "code", messages::label_submit())];
    flow.active = Some("code".into());
}

fn address_node(config: &Config, value: &str) -> UiNode {
    let phones = config.courier.channels.iter().any(|channel| channel.id == "sms");
    let attributes = InputAttributes {
        name: "email".into(),
        input_type: if phones { InputType::Text } else { InputType::Email },
        value: (!value.is_empty()).then(|| value.into()),
        required: true,
        ..InputAttributes::default()
    };
    let label = if phones { messages::label_email_or_phone() } else { messages::label_email() };
    UiNode::input(NodeGroup::Code, attributes).labelled(label)
}

fn show_sent(flow: &mut Flow, via: &str, address: &str) {
    let hidden = InputAttributes {
        name: "method".into(),
        input_type: InputType::Hidden,
        value: Some("code".into()),
        ..InputAttributes::default()
    };
    let code = InputAttributes {
        name: "code".into(),
        required: true,
        autocomplete: Some("one-time-code".into()),
        ..InputAttributes::default()
    };
    let mut nodes = vec![
        UiNode::input(NodeGroup::Code, hidden),
        UiNode::input(NodeGroup::Code, code).labelled(messages::label_verification_code()),
        method_button(NodeGroup::Code, "code", messages::label_continue()),
    ];
    if flow.is_browser() {
        nodes.push(csrf_node());
    }
    nodes.push(button(NodeGroup::Code, "email", address, messages::label_resend_code()));
    flow.ui.nodes = nodes;
    flow.ui.messages =
        vec![if via == "sms" { messages::verification_sms_sent() } else { messages::verification_code_sent() }];
    flow.state = FlowState::SentEmail;
}

/// Decides on a submission and commits it: an address asks for a code, a code proves the address.
///
/// # Errors
/// A [`Refusal`] for what cannot be taken; a wrong code is no error but a message in the flow.
pub async fn submit(app: &App, config: &Config, flow: &mut Flow, body: &Body) -> Result<(), Refusal> {
    if let Some(given) = body.filled("code") {
        return check(app, config, flow, given.trim()).await;
    }
    if body.filled("method").as_deref() != Some("code") && body.filled("email").is_none() {
        return Err(Refusal::message(messages::verification_no_strategy()));
    }
    let Some(typed) = body.filled("email") else {
        return Err(Refusal::field("email", messages::required("email")));
    };
    let address = crate::schema::normalise_identifier(&typed);
    let via = if address.contains('@') { "email" } else { "sms" };
    let identity = app.store.identity_by_address("verification", &address).await?;
    let mut changes = Vec::new();
    flow.transient_payload = body.transient_payload()?.or_else(|| Some(serde_json::json!({})));
    show_sent(flow, via, &typed);
    flow.active = Some("code".into());
    throttle::message(app, config, &address).await?;
    proof::send(app, config, flow, Use::Code, (via, &address), identity.as_ref(), &mut changes)?;
    let event = AuditEvent::new(app, Kind::VerificationRequest, Outcome::Success).method("code").flow(flow.id);
    changes.push(Change::Audit(Box::new(event.identity(identity.as_ref().map(|identity| identity.id)))));
    if let Some(identity) = identity {
        let pending = identity.verifiable_addresses.iter().any(|a| a.value == address && a.status == "pending");
        if pending {
            changes.push(Change::MarkAddress(MarkedAddress {
                identity_id: identity.id,
                via: via.into(),
                value: address,
                status: "sent",
                at: app.now(),
            }));
        }
    }
    changes.push(Change::PutFlow(flow.clone()));
    Ok(app.store.commit(changes).await?)
}

async fn check(app: &App, config: &Config, flow: &mut Flow, given: &str) -> Result<(), Refusal> {
    if flow.state == FlowState::PassedChallenge {
        return Err(Refusal::message(messages::verification_retry_success()));
    }
    let matching = match code::check(app, config, flow, given).await? {
        Checked::Right(code) => code,
        Checked::Wrong => return wrong(app, flow).await,
        Checked::TooOften => {
            return Err(Refusal::message(messages::generic("The code was tried too often. Please start again.")));
        }
    };
    let now = app.now();
    let identity = match matching.identity_id {
        Some(id) => app.store.identity(id).await?,
        None => None,
    };
    let Some(identity) = identity else {
        return wrong(app, flow).await;
    };
    if !identity.verifiable_addresses.iter().any(|a| a.value == matching.address) {
        return wrong(app, flow).await;
    }
    let via = matching.via.clone();
    passed(config, flow, &via);
    let changes = vec![
        Change::UseCode { id: matching.id, at: now },
        Change::MarkAddress(MarkedAddress {
            identity_id: identity.id,
            via,
            value: matching.address.clone(),
            status: "completed",
            at: now,
        }),
        Change::PutFlow(flow.clone()),
    ];
    match app.store.commit(changes).await {
        Ok(()) => Ok(()),
        Err(StoreError::Stale) => wrong(app, flow).await,
        Err(error) => Err(error.into()),
    }
}

async fn wrong(app: &App, flow: &mut Flow) -> Result<(), Refusal> {
    flow.state = FlowState::SentEmail;
    flow.ui.messages = vec![messages::verification_code_invalid()];
    Ok(app.store.commit(vec![Change::PutFlow(flow.clone())]).await?)
}

fn passed(config: &Config, flow: &mut Flow, via: &str) {
    let settings = &config.selfservice.flows.verification;
    let fallback =
        settings.after.default_browser_return_url.as_ref().unwrap_or(&config.selfservice.default_browser_return_url);
    let to = flow.return_to.clone().unwrap_or_else(|| fallback.to_string());
    flow.state = FlowState::PassedChallenge;
    flow.active = Some("code".into());
    flow.ui.method = "GET".into();
    flow.ui.action = to.clone();
    let anchor = AnchorAttributes { id: "continue".into(), href: to, title: messages::label_continue() };
    let mut nodes = Vec::new();
    if flow.is_browser() {
        nodes.push(csrf_node());
    }
    let continue_label = messages::label_continue();
    nodes.push(UiNode::new(NodeGroup::Code, Attributes::A(anchor)).labelled(continue_label));
    flow.ui.nodes = nodes;
    flow.ui.messages =
        vec![if via == "sms" { messages::verification_phone_done() } else { messages::verification_email_done() }];
}
