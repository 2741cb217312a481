//! Changing the traits.

use super::{Context, Saved, privileged};
use crate::audit::{AuditEvent, Kind, Outcome};
use crate::flows::start::{method_button, schema_of};
use crate::flows::{Refusal, traits, verification};
use crate::http::app::App;
use crate::model::{Flow, Identity};
use crate::schema::form;
use crate::store::Change;
use identity_api::ui::NodeGroup;
use identity_api::{ContinueWith, UiNode, messages};
use serde_json::json;

/// The traits with their values, and a button.
pub fn nodes(app: &App, flow: &Flow, identity: &Identity) -> Vec<UiNode> {
    let mut nodes = schema_of(app, flow).trait_nodes();
    let mut ui = identity_api::UiContainer { nodes: std::mem::take(&mut nodes), ..Default::default() };
    form::fill_values(&mut ui, &json!({ "traits": identity.traits }));
    nodes = ui.nodes;
    nodes.iter_mut().for_each(|node| node.group = NodeGroup::Profile);
    nodes.push(method_button(NodeGroup::Profile, "profile", messages::label_save()));
    nodes
}

/// Takes new traits; they replace the old ones as a whole.
pub fn submit(context: &Context<'_>, flow: &mut Flow) -> Result<Saved, Refusal> {
    let Context { app, config, identity, credentials, session, body } = context;
    let transient_payload = body.transient_payload()?;
    let schema = schema_of(app, flow);
    for input in
        flow.ui.nodes.iter_mut().filter(|node| node.id().starts_with("traits.")).filter_map(UiNode::as_input_mut)
    {
        input.value = None;
    }
    form::fill_values(&mut flow.ui, &body.0);
    let wanted = schema.normalise(body.traits());
    let faults = schema.validate(&wanted);
    if !faults.is_empty() {
        return Err(Refusal::Form(faults));
    }
    let extracted = schema.extract(&wanted);
    let mut changed = Identity { traits: wanted, updated_at: app.now(), ..(*identity).clone() };
    traits::synchronise_addresses(app, &mut changed, &extracted);
    let new_credentials = traits::changed_credentials(app, credentials, &extracted);
    let addresses = |identity: &Identity| {
        let verifiable =
            identity.verifiable_addresses.iter().map(|address| (0, address.via.clone(), address.value.clone()));
        let recovery =
            identity.recovery_addresses.iter().map(|address| (1, address.via.clone(), address.value.clone()));
        let mut all: Vec<_> = verifiable.chain(recovery).collect();
        all.sort();
        all
    };
    let moved = addresses(&changed) != addresses(identity);
    if !new_credentials.is_empty() || moved {
        privileged::require(app, config, session)?;
    }
    let mut changes = Vec::new();
    let parent: &Flow = flow;
    let begun =
        verification::begin(app, config, (parent, &parent.csrf_token), &mut changed, transient_payload, &mut changes)?;
    if moved {
        let event = AuditEvent::new(app, Kind::AddressChange, Outcome::Success).identity(identity.id).flow(flow.id);
        changes.push(Change::Audit(Box::new(event.session(session.id))));
    }
    changes.insert(0, Change::UpdateIdentity(changed));
    changes.extend(new_credentials.into_iter().map(|credential| traits::change_of(identity.id, credential)));
    let (hooks, _) = config.selfservice.flows.settings.after.for_method("profile");
    let mut saved = Saved::of("profile", changes);
    if let Some(begun) = begun
        && hooks.iter().any(|hook| matches!(hook, crate::config::Hook::ShowVerificationUi))
    {
        saved.continue_with.push(ContinueWith::ShowVerificationUi { flow: begun.target(config) });
    }
    Ok(saved)
}
