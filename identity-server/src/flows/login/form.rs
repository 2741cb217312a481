//! The form of a login.

use super::code;
use crate::config::Config;
use crate::flows::start::{button, csrf_node, method_button, password_node, schema_of};
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::model::{Credential, CredentialKind, Flow, factor};
use crate::store::SessionWithIdentity;
use identity_api::session::Aal;
use identity_api::ui::{InputAttributes, InputType, NodeGroup};
use identity_api::{UiNode, UiText, messages};

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
    if second_factor && current.is_none_or(|current| current.session.aal() < Aal::Aal2) {
        flow.ui.messages.push(messages::login_second_factor());
    }
    if second_factor {
        return second_factor_form(app, config, flow, current).await;
    }
    flow.ui.nodes.push(csrf_node());
    let credentials = match current.filter(|_| flow.refresh) {
        Some(current) => Some(app.store.credentials(current.identity.id).await?),
        None => None,
    };
    let by_code = config.selfservice.methods.code.passwordless_enabled;
    let addresses = credentials.as_deref().map(code::addresses).unwrap_or_default();
    match &credentials {
        // One who signs in by code says the address again, unless there are several to choose from.
        Some(_) if by_code && addresses.len() == 1 => flow.ui.nodes.push(identifier_node(app, flow)),
        Some(credentials) => flow.ui.nodes.push(known_identifier(credentials)),
        None => flow.ui.nodes.push(identifier_node(app, flow)),
    }
    if by_code && addresses.len() > 1 {
        flow.ui.nodes.extend(addresses.iter().map(|(channel, address)| address_button(channel, address)));
    } else if by_code && (credentials.is_none() || addresses.len() == 1) {
        flow.ui.nodes.push(method_button(NodeGroup::Code, "code", messages::login_send_code()));
    }
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

/// The form for a second factor: what the person has set up. Without any it stays empty, but a browser gets its token.
async fn second_factor_form(
    app: &App,
    config: &Config,
    flow: &mut Flow,
    current: Option<&SessionWithIdentity>,
) -> Result<(), ApiError> {
    let credentials = match current {
        Some(current) => app.store.credentials(current.identity.id).await?,
        None => Vec::new(),
    };
    let has = |bit: u8| credentials.iter().any(|credential| credential.second_factor() == bit);
    let methods = &config.selfservice.methods;
    let mut nodes = Vec::new();
    if methods.totp.enabled && has(factor::TOTP) {
        nodes.push(answer_node(NodeGroup::Totp, "totp_code", messages::login_totp_label()));
        nodes.push(method_button(NodeGroup::Totp, "totp", messages::login_totp()));
    }
    if methods.lookup_secret.enabled && has(factor::LOOKUP_SECRET) {
        nodes.push(answer_node(NodeGroup::LookupSecret, "lookup_secret", messages::login_lookup_label()));
        nodes.push(method_button(NodeGroup::LookupSecret, "lookup_secret", messages::login_lookup()));
    }
    if flow.is_browser() || !nodes.is_empty() {
        flow.ui.nodes.push(csrf_node());
    }
    if methods.code.mfa_enabled {
        let addresses = code::addresses(&credentials);
        flow.ui.nodes.extend(addresses.iter().map(|(channel, address)| address_button(channel, address)));
    }
    flow.ui.nodes.extend(nodes);
    Ok(())
}

/// The button that sends a code to one of the person's addresses.
fn address_button(channel: &str, address: &str) -> UiNode {
    button(NodeGroup::Code, "address", address, messages::login_send_code_to(address, channel))
}

/// Where the code of a second factor goes without being asked for: channel and address.
pub type Second = (String, String);

/// The address that a second-factor flow sends its code to as it starts: the trait that `via` names, or the only
/// address of somebody who has no other second factor. The form keeps only that address.
///
/// # Errors
/// 400 when `via` names no address that codes may go to.
pub async fn second_address(
    app: &App,
    config: &Config,
    flow: &mut Flow,
    via: Option<&str>,
    current: &SessionWithIdentity,
) -> Result<Option<Second>, ApiError> {
    if flow.requested_aal != "aal2" || !config.selfservice.methods.code.mfa_enabled {
        return Ok(None);
    }
    let credentials = app.store.credentials(current.identity.id).await?;
    let mut addresses = code::addresses(&credentials);
    let chosen = match via.filter(|via| !via.is_empty()) {
        Some(via) => {
            let value = via.split('.').try_fold(&current.identity.traits, |value, key| value.get(key));
            let Some(value) = value.and_then(serde_json::Value::as_str).filter(|value| !value.is_empty()) else {
                let reason = format!("The identity has no value for the trait {via} that `via` names.");
                return Err(ApiError::bad_request(&reason));
            };
            let value = crate::schema::normalise_identifier(value);
            let Some(found) = addresses.into_iter().find(|(_, address)| *address == value) else {
                let reason = "`via` must name a trait whose value is an address that sign-in codes may go to.";
                return Err(ApiError::bad_request(reason));
            };
            found
        }
        None => {
            let others = flow.ui.nodes.iter().any(|node| !matches!(node.id(), "csrf_token" | "address"));
            if addresses.len() != 1 || others {
                return Ok(None);
            }
            addresses.remove(0)
        }
    };
    flow.ui.nodes.retain(|node| node.id() == "address");
    flow.ui.nodes.retain(|node| node.as_input().and_then(|input| input.value.as_ref()?.as_str()) == Some(&chosen.1));
    Ok(Some(chosen))
}

fn answer_node(group: NodeGroup, name: &str, label: UiText) -> UiNode {
    let attributes =
        InputAttributes { name: name.into(), value: Some("".into()), required: true, ..InputAttributes::default() };
    UiNode::input(group, attributes).labelled(label)
}
