//! Proving that one reads an address: what recovery and verification mail.

use super::code::{self, Order};
use crate::config::{Config, RecoveryFlow, Use};
use crate::courier::{self, Facts, Template};
use crate::http::app::{App, PublicUrl};
use crate::http::error::ApiError;
use crate::model::{Flow, FlowKind, Identity, Secret};
use crate::store::Change;

/// The settings of the flow's kind.
fn settings<'c>(config: &'c Config, flow: &Flow) -> (&'c RecoveryFlow, &'static str) {
    match flow.kind {
        FlowKind::Recovery => (&config.selfservice.flows.recovery, "recovery"),
        _ => (&config.selfservice.flows.verification, "verification"),
    }
}

/// Queues a code or a link for `address`. Somebody without an account gets nothing, or a notice where the
/// configuration says so. The flow's earlier codes are worth nothing from then on.
///
/// # Errors
/// When the mail cannot be written.
pub fn send(
    app: &App,
    config: &Config,
    flow: &Flow,
    with: Use,
    (via, address): (&str, &str),
    identity: Option<&Identity>,
    changes: &mut Vec<Change>,
) -> Result<(), ApiError> {
    let (settings, purpose) = settings(config, flow);
    let Some(identity) = identity else {
        if settings.notify_unknown_recipients {
            let template = match (flow.kind, with) {
                (FlowKind::Recovery, Use::Code) => Template::RecoveryCodeInvalid,
                (FlowKind::Recovery, Use::Link) => Template::RecoveryInvalid,
                (_, Use::Code) => Template::VerificationCodeInvalid,
                (_, Use::Link) => Template::VerificationInvalid,
            };
            let message = courier::compose(app, config, template, (via, address), &Facts::of(flow))?;
            changes.push(Change::QueueMessage(message));
        }
        return Ok(());
    };
    let methods = &config.selfservice.methods;
    let lifespan = match with {
        Use::Code => methods.code.config.lifespan,
        Use::Link => methods.link.config.lifespan,
    };
    let order = Order { flow_id: flow.id, purpose, via, address, identity_id: Some(identity.id), lifespan };
    let (secret, stored) = match with {
        Use::Code => code::create(app, config, &order)?,
        Use::Link => code::create_token(app, config, &order)?,
    };
    let link = match with {
        Use::Code => code_link(config, flow, purpose, &secret),
        Use::Link => token_link(config, flow, purpose, &secret),
    };
    let (template, code) = match (flow.kind, with) {
        (FlowKind::Recovery, Use::Code) => (Template::RecoveryCodeValid, Some(&secret)),
        (FlowKind::Recovery, Use::Link) => (Template::RecoveryValid, None),
        (_, Use::Code) => (Template::VerificationCodeValid, Some(&secret)),
        (_, Use::Link) => (Template::VerificationValid, None),
    };
    let mut facts = Facts { code, link: Some(&link), identity: Some(identity), ..Facts::of(flow) };
    if with == Use::Link {
        // As in Kratos: what the client sent along does not reach the mails with links.
        facts.transient_payload = None;
    }
    let message = courier::compose(app, config, template, (via, address), &facts)?;
    changes.push(Change::DropCodes { flow_id: flow.id });
    changes.push(Change::CreateCode(stored));
    changes.push(Change::QueueMessage(message));
    Ok(())
}

/// Fills the code in and leads to the page. Opening it uses nothing up, so a mail scanner burns nothing.
fn code_link(config: &Config, flow: &Flow, purpose: &str, code: &Secret) -> Secret {
    let target = format!("/self-service/{purpose}?code={}&flow={}", code.expose(), flow.id);
    Secret::new(PublicUrl(config.public_url()).at(&target))
}

/// The link that proves the address when it is opened.
#[must_use]
pub fn token_link(config: &Config, flow: &Flow, purpose: &str, token: &Secret) -> Secret {
    let base = config.selfservice.methods.link.config.base_url.clone().unwrap_or_else(|| config.public_url());
    let base = base.as_str().trim_end_matches('/');
    Secret::new(format!("{base}/self-service/{purpose}?flow={}&token={}", flow.id, token.expose()))
}
