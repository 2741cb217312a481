//! Verification: whoever reads a mailed code or opens a mailed link proves an address.

mod form;

use super::body::Body;
use super::code::{self, Checked};
use super::{Failure, Refusal, proof, start_over};
use crate::audit::{AuditEvent, Kind, Outcome};
use crate::config::{Config, Use};
use crate::http::app::{App, PublicUrl};
use crate::http::error::ApiError;
use crate::http::respond::with_query;
use crate::model::{Flow, FlowKind, FlowState, Identity};
use crate::schema::{FieldFault, normalise_identifier};
use crate::store::{Change, MarkedAddress, StoreError, StoredCode};
use crate::throttle;
use identity_api::continue_with::VerificationTarget;
use identity_api::{UiContainer, messages};
use serde_json::{Value, json};

pub use form::{arrange, build_form};

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

/// Sends a code or link to the first unproven address of an identity that `parent` has just made, if verification is on.
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
    let Some(address) =
        identity.verifiable_addresses.iter_mut().find(|address| !address.verified && address.status == "pending")
    else {
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
        active: Some(form::names(settings.r#use).1.into()),
        state: FlowState::ChooseMethod,
        internal: Value::Null,
        skip_csrf_check: false,
        session_id: None,
        identity_schema: None,
        identity_id: Some(identity_id),
        csrf_token: if parent.is_browser() { next_csrf.into() } else { String::new() },
        transient_payload,
        ui: UiContainer {
            action: public.at(&format!("/self-service/verification?flow={id}")),
            method: "POST".into(),
            ..UiContainer::default()
        },
        ..parent.clone()
    };
    let wanted = parent_return_to(parent);
    if let Some(wanted) = wanted {
        let joined = url::Url::parse(&flow.request_url).map(|url| with_query(&url, "return_to", &wanted));
        flow.request_url = joined.unwrap_or(flow.request_url);
        flow.return_to = Some(wanted);
    }
    form::show_begun(&mut flow, settings.r#use, &via, &value);
    proof::send(app, config, &flow, settings.r#use, (&via, &value), Some(&*identity), changes)?;
    changes.push(Change::PutFlow(flow.clone()));
    Ok(Some(Started { flow, address: value }))
}

/// `after_verification_return_to` of the registration that led here.
fn parent_return_to(parent: &Flow) -> Option<String> {
    let url = url::Url::parse(&parent.request_url).ok()?;
    let found = url.query_pairs().find(|(key, value)| key == "after_verification_return_to" && !value.is_empty());
    found.map(|(_, value)| value.into_owned())
}

/// The strategy that the flow works with now. A submission that fits none spoils the flow, as in Kratos: it answers so
/// from then on.
fn strategy(config: &Config, flow: &mut Flow, body: &Body) -> Result<Use, Refusal> {
    let method = body.filled("method");
    let code_given = body.filled("code").is_some();
    let wanted = match method.as_deref() {
        Some("code") => Some(Use::Code),
        Some("link") => Some(Use::Link),
        None if code_given => Some(Use::Code),
        Some(_) if flow.active.as_deref() == Some("code") && flow.state == FlowState::SentEmail => {
            let message = messages::generic("value must be one of \"code\", \"link\"");
            return Err(Refusal::Form(vec![FieldFault { name: "method".into(), message }]));
        }
        _ => None,
    };
    let methods = &config.selfservice.methods;
    match (wanted, flow.active.as_deref()) {
        (Some(Use::Link), Some("link")) if methods.link.enabled => Ok(Use::Link),
        (Some(Use::Code), Some("code")) if methods.code.enabled => Ok(Use::Code),
        (Some(Use::Link), Some("code")) if methods.link.enabled => Ok(Use::Link),
        _ => {
            flow.active = Some("default".into());
            Err(Refusal::message(messages::verification_no_strategy()))
        }
    }
}

/// Decides on a submission and commits it: an address asks for a code or link, a code proves the address.
///
/// # Errors
/// A [`Failure`] for what cannot be taken; a wrong code is no error but a message in the flow.
pub async fn submit(app: &App, config: &Config, flow: &mut Flow, body: &Body) -> Result<(), Failure> {
    let with = strategy(config, flow, body)?;
    if with == Use::Code
        && let Some(given) = body.text("code").filter(|code| !code.is_empty())
    {
        flow.transient_payload = body.transient_payload()?.or_else(|| Some(json!({})));
        return check(app, config, flow, &given).await;
    }
    let Some(typed) = body.filled("email") else {
        return Err(Refusal::field("email", messages::required("email")).into());
    };
    flow.transient_payload = body.transient_payload()?;
    let address = normalise_identifier(&typed);
    throttle::message(app, config, &address).await?;
    let via = if address.contains('@') { "email" } else { "sms" };
    let identity = app.store.identity_by_address("verification", &address).await?;
    let mut changes = Vec::new();
    form::show_sent(config, flow, with, via, &typed);
    proof::send(app, config, flow, with, (via, &address), identity.as_ref(), &mut changes)?;
    let event = AuditEvent::new(app, Kind::VerificationRequest, Outcome::Success).method(form::names(with).1);
    let event = event.flow(flow.id).identity(identity.as_ref().map(|identity| identity.id));
    changes.push(Change::Audit(Box::new(event)));
    if let Some(identity) = identity
        && identity.verifiable_addresses.iter().any(|known| known.value == address && known.status == "pending")
    {
        changes.push(mark(&identity, (via, &address), "sent", app));
    }
    changes.push(Change::PutFlow(flow.clone()));
    app.store.commit(changes).await?;
    Ok(())
}

fn mark(identity: &Identity, (via, value): (&str, &str), status: &'static str, app: &App) -> Change {
    Change::MarkAddress(MarkedAddress {
        identity_id: identity.id,
        via: via.into(),
        value: value.into(),
        status,
        at: app.now(),
    })
}

async fn check(app: &App, config: &Config, flow: &mut Flow, given: &str) -> Result<(), Failure> {
    if flow.state == FlowState::PassedChallenge {
        return Err(Failure::StartOver(
            messages::verification_retry_success(),
            Box::new(ApiError::bad_request("This verification was completed before.")),
        ));
    }
    match code::check(app, config, flow, given).await? {
        Checked::Right(code) => match prove(app, config, flow, &code, Use::Code).await {
            Ok(true) => Ok(()),
            Ok(false) => wrong(app, flow).await,
            Err(error) => Err(error.into()),
        },
        Checked::Wrong => wrong(app, flow).await,
        Checked::TooOften => Err(start_over("The request was submitted too often. Please request another code.")),
    }
}

/// Marks the address as proven and the code as used, together. `false` when the address or the code is gone.
async fn prove(app: &App, config: &Config, flow: &mut Flow, code: &StoredCode, with: Use) -> Result<bool, StoreError> {
    let identity = match code.identity_id {
        Some(id) => app.store.identity(id).await?,
        None => None,
    };
    let known = |identity: &Identity| identity.verifiable_addresses.iter().any(|known| known.value == code.address);
    let Some(identity) = identity.filter(known) else {
        return Ok(false);
    };
    form::show_passed(config, flow, with, &code.via);
    let changes = vec![
        Change::UseCode { id: code.id, at: app.now() },
        mark(&identity, (&code.via, &code.address), "completed", app),
        Change::PutFlow(flow.clone()),
    ];
    match app.store.commit(changes).await {
        Ok(()) => Ok(true),
        Err(StoreError::Stale) => Ok(false),
        Err(error) => Err(error),
    }
}

async fn wrong(app: &App, flow: &mut Flow) -> Result<(), Failure> {
    flow.state = FlowState::SentEmail;
    flow.ui.messages = vec![messages::verification_code_invalid()];
    app.store.commit(vec![Change::PutFlow(flow.clone())]).await?;
    Ok(())
}

/// Takes the token of a mailed link.
///
/// # Errors
/// A [`Failure`]: a wrong, used or old token starts over.
pub async fn take_token(app: &App, config: &Config, flow: &mut Flow, token: &str) -> Result<(), Failure> {
    let codes = app.store.codes(flow.id).await?;
    let now = app.now();
    let failed = |message| {
        let error = ApiError::bad_request("The verification token is wrong, too old or was used before.");
        Failure::StartOver(message, Box::new(error))
    };
    let found = code::find_any(config, flow.id, &codes, token).cloned().filter(|code| !code.used);
    match found {
        Some(code) if code.expires_at <= now => {
            Err(failed(messages::expired(messages::Expired::Verification, code.expires_at, now)))
        }
        Some(code) if prove(app, config, flow, &code, Use::Link).await? => Ok(()),
        _ => Err(failed(messages::verification_token_invalid())),
    }
}
