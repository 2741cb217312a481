//! Starting a flow: what login and registration have in common.

use crate::config::Config;
use crate::http::app::{App, PublicUrl};
use crate::http::error::ApiError;
use crate::http::request::Req;
use crate::http::return_to;
use crate::model::{Flow, FlowKind, FlowState};
use crate::schema::IdentitySchema;
use identity_api::flow::FlowType;
use identity_api::ui::{InputAttributes, InputType, NodeGroup};
use identity_api::{UiContainer, UiNode};
use std::time::Duration;

/// A new flow of that kind without nodes, started by `req`.
///
/// # Errors
/// 400 when `return_to` is not allowed.
pub fn new_flow(
    app: &App,
    config: &Config,
    req: &Req,
    (kind, flow_type): (FlowKind, FlowType),
    lifespan: Duration,
) -> Result<Flow, ApiError> {
    let return_to = req.param("return_to");
    if let Some(wanted) = return_to {
        return_to::check(config, wanted)?;
    }
    let public = PublicUrl(config.public_url());
    let id = crate::crypto::token::uuid(&mut app.rng());
    let now = app.now();
    Ok(Flow {
        id,
        kind,
        flow_type,
        issued_at: now,
        expires_at: now + lifespan,
        updated_at: now,
        request_url: public.at(req.target()),
        return_to: return_to.map(str::to_owned),
        active: None,
        state: FlowState::ChooseMethod,
        ui: UiContainer {
            action: public.at(&format!("/self-service/{}?flow={id}", kind.as_str())),
            method: "POST".into(),
            ..UiContainer::default()
        },
        organization_id: req.param("organization").and_then(|text| text.parse().ok()),
        identity_schema: None,
        refresh: false,
        requested_aal: "aal1".into(),
        transient_payload: None,
        identity_id: None,
        session_id: None,
        csrf_token: String::new(),
        skip_csrf_check: false,
        internal: serde_json::Value::Null,
    })
}

/// The hidden node of the CSRF token; empty in native flows.
#[must_use]
pub fn csrf_node() -> UiNode {
    UiNode::input(
        NodeGroup::Default,
        InputAttributes {
            name: "csrf_token".into(),
            input_type: InputType::Hidden,
            value: Some("".into()),
            required: true,
            ..InputAttributes::default()
        },
    )
}

/// A submit button `method=value`.
#[must_use]
pub fn method_button(group: NodeGroup, value: &str, label: identity_api::UiText) -> UiNode {
    button(group, "method", value, label)
}

/// A submit button `name=value`.
#[must_use]
pub fn button(group: NodeGroup, name: &str, value: &str, label: identity_api::UiText) -> UiNode {
    let attributes = InputAttributes {
        name: name.into(),
        input_type: InputType::Submit,
        value: Some(value.into()),
        ..InputAttributes::default()
    };
    UiNode::input(group, attributes).labelled(label)
}

/// The password field; `autocomplete` is `current-password` or `new-password`.
#[must_use]
pub fn password_node(autocomplete: &str) -> UiNode {
    let attributes = InputAttributes {
        name: "password".into(),
        input_type: InputType::Password,
        required: true,
        autocomplete: Some(autocomplete.into()),
        ..InputAttributes::default()
    };
    UiNode::input(NodeGroup::Password, attributes).labelled(identity_api::messages::label_password())
}

/// The schema that a flow works with: the one it names, else the default.
#[must_use]
pub fn schema_of<'a>(app: &'a App, flow: &Flow) -> &'a IdentitySchema {
    flow.identity_schema.as_deref().and_then(|id| app.schemas.get(id)).unwrap_or_else(|| app.schemas.default())
}

/// Takes `?identity_schema=` into the flow.
///
/// # Errors
/// 400 when there is no such schema or when it may not be chosen. The default one always may.
pub fn choose_schema(app: &App, req: &Req, flow: &mut Flow) -> Result<(), ApiError> {
    let Some(id) = req.param("identity_schema") else {
        return Ok(());
    };
    let Some(schema) = app.schemas.get(id) else {
        return Err(ApiError::bad_request("The requested identity schema does not exist."));
    };
    if schema.id() != app.schemas.default().id() && !app.schemas.is_selectable(id) {
        return Err(ApiError::bad_request("The requested identity schema is not enabled for self-service."));
    }
    flow.identity_schema = Some(id.to_owned());
    Ok(())
}
