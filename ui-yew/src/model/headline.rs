//! What a flow page calls itself, step by step (ui.md 21: each step has a title of its own).

use crate::i18n::texts::{self, Text};
use crate::model::flow::{Flow, FlowKind};
use crate::model::form::role::{is_button, is_username};
use identity_api::ui::InputType;

/// The headline of a step.
#[must_use]
pub fn headline(kind: FlowKind, flow: Option<&Flow>) -> &'static Text {
    let Some(flow) = flow else {
        return start_of(kind);
    };
    match kind {
        FlowKind::Login if flow.has_sent() => &texts::LOGIN_CODE,
        FlowKind::Login if flow.requested_aal == "aal2" => &texts::LOGIN_SECOND,
        FlowKind::Login if flow.refresh => &texts::LOGIN_REFRESH,
        FlowKind::Registration if flow.has_sent() => &texts::REGISTRATION_CODE,
        FlowKind::Registration if is_credential_step(flow) => &texts::REGISTRATION_CREDENTIAL,
        FlowKind::Recovery if flow.has_sent() || flow.state.ends_with("awaiting_code") => &texts::RECOVERY_SENT,
        FlowKind::Verification if flow.is_done() => &texts::VERIFICATION_DONE,
        FlowKind::Verification if flow.has_sent() => &texts::VERIFICATION_SENT,
        _ => start_of(kind),
    }
}

fn start_of(kind: FlowKind) -> &'static Text {
    match kind {
        FlowKind::Login => &texts::LOGIN,
        FlowKind::Registration => &texts::REGISTRATION,
        FlowKind::Recovery => &texts::RECOVERY,
        FlowKind::Verification => &texts::VERIFICATION,
        FlowKind::Settings => &texts::SETTINGS,
    }
}

/// Whether the profile is given and only a way to sign in is missing.
fn is_credential_step(flow: &Flow) -> bool {
    let inputs = || flow.ui.nodes.iter().filter_map(|node| node.as_input());
    inputs().any(is_username)
        && !inputs().any(|input| {
            input.name.starts_with("traits.") && input.input_type != InputType::Hidden && !is_button(input)
        })
}
