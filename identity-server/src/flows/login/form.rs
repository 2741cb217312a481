//! The form of a login.

use crate::config::Config;
use crate::flows::start::{csrf_node, method_button, password_node, schema_of};
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
    flow.ui.nodes.extend(nodes);
    Ok(())
}

fn answer_node(group: NodeGroup, name: &str, label: UiText) -> UiNode {
    let attributes =
        InputAttributes { name: name.into(), value: Some("".into()), required: true, ..InputAttributes::default() };
    UiNode::input(group, attributes).labelled(label)
}
