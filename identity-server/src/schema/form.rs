//! Faults and values in a flow's form.

use super::FieldFault;
use identity_api::ui::{InputAttributes, NodeGroup};
use identity_api::{UiContainer, UiNode};
use serde_json::Value;

/// Fields whose values are never given back: secrets, and what the server itself sets.
const NEVER_FILLED: &[&str] = &[
    "password",
    "code",
    "totp_code",
    "lookup_secret",
    "csrf_token",
    "method",
    "screen",
    "resend",
    "webauthn_login",
    "webauthn_register",
    "passkey_login",
    "passkey_register",
    "passkey_settings_register",
    "passkey_create_data",
    "passkey_challenge",
    "provider",
    "link",
    "unlink",
];

/// Puts each fault on its field. A field that does not exist becomes a text input without label at the end; a fault
/// without a name goes to the form's own messages.
pub fn apply_faults(ui: &mut UiContainer, faults: &[FieldFault]) {
    for fault in faults {
        if fault.name.is_empty() {
            ui.messages.push(fault.message.clone());
        } else if let Some(node) = ui.node_mut(&fault.name) {
            node.messages.push(fault.message.clone());
        } else {
            let attributes = InputAttributes { name: fault.name.clone(), ..InputAttributes::default() };
            let mut node = UiNode::input(NodeGroup::Default, attributes);
            node.messages.push(fault.message.clone());
            ui.nodes.push(node);
        }
    }
}

/// Takes all messages away, those of the form and those of its fields.
pub fn clear_messages(ui: &mut UiContainer) {
    ui.messages.clear();
    ui.nodes.iter_mut().for_each(|node| node.messages.clear());
}

/// Puts the values of a decoded `body` on the fields of the same dotted name. Fields that the body leaves out keep
/// their values; lists and objects are not shown.
pub fn fill_values(ui: &mut UiContainer, body: &Value) {
    for input in ui.nodes.iter_mut().filter_map(UiNode::as_input_mut) {
        if NEVER_FILLED.contains(&input.name.as_str()) {
            continue;
        }
        let found = input.name.split('.').try_fold(body, |value, key| value.get(key));
        if let Some(value @ (Value::String(_) | Value::Number(_) | Value::Bool(_))) = found {
            input.value = Some(value.clone());
        }
    }
}
