//! Which nodes stand together.

use identity_api::ui::{Attributes, InputType, NodeGroup};
use identity_api::{UiContainer, UiNode};

use super::values::is_typed;

/// A part of the page: one form with its own buttons. Parts are separated by "or".
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// The method that its buttons submit.
    pub group: NodeGroup,
    /// What is shown, in order.
    pub nodes: Vec<UiNode>,
    /// What goes along unseen. Scripts of older methods submit forms natively, so each form is complete.
    pub hidden: Vec<UiNode>,
}

impl Section {
    /// Whether something can be filled in here.
    #[must_use]
    pub fn has_fields(&self) -> bool {
        self.nodes.iter().any(is_field)
    }
}

/// Sorts a form into sections, in the order in which the server lists the groups. The shared fields stand where the
/// server has them, together with the first method that asks for more (a password), so that password managers see
/// name and password in one form and Enter presses the right button.
#[must_use]
pub fn sections(ui: &UiContainer) -> Vec<Section> {
    let (hidden, shown): (Vec<&UiNode>, Vec<&UiNode>) = ui.nodes.iter().partition(|node| is_hidden(node));
    let mut sections: Vec<Section> = Vec::new();
    for node in shown {
        match sections.iter_mut().find(|section| section.group == node.group) {
            Some(section) => section.nodes.push(node.clone()),
            None => sections.push(Section { group: node.group, nodes: vec![node.clone()], hidden: Vec::new() }),
        }
    }
    join_shared_fields(&mut sections);
    for section in &mut sections {
        let belongs =
            |node: &&&UiNode| matches!(node.group, group if group == section.group || group == NodeGroup::Default);
        section.hidden = hidden.iter().filter(belongs).map(|node| (*node).clone()).collect();
        // Enter presses the first button; with something filled in that is "go on", never "send again" or "back".
        if section.has_fields() {
            section.nodes.sort_by_key(rank);
        }
    }
    sections
}

fn join_shared_fields(sections: &mut Vec<Section>) {
    let Some(shared) = sections.iter().position(|section| section.group == NodeGroup::Default) else {
        return;
    };
    let has_button = sections[shared].nodes.iter().any(is_button);
    let others = || sections.iter().enumerate().filter(|(index, _)| *index != shared);
    let partner = others()
        .find(|(_, section)| section.has_fields())
        .or_else(|| others().find(|(_, section)| section.nodes.iter().any(is_method_button)))
        .or_else(|| others().find(|(_, section)| section.nodes.iter().any(is_button)))
        .map(|(index, _)| index);
    let Some(partner) = partner.filter(|_| !has_button) else {
        return;
    };
    let taken = std::mem::take(&mut sections[partner].nodes);
    let group = sections[partner].group;
    sections[shared].nodes.extend(taken);
    sections[shared].group = group;
    sections.remove(partner);
}

/// 0: fields and what explains them; 1: the button that goes on; 2: other buttons.
fn rank(node: &UiNode) -> u8 {
    match (is_button(node), is_method_button(node)) {
        (false, _) => 0,
        (true, true) => 1,
        (true, false) => 2,
    }
}

fn is_hidden(node: &UiNode) -> bool {
    node.as_input().is_some_and(|input| input.input_type == InputType::Hidden)
}

fn is_field(node: &UiNode) -> bool {
    node.as_input().is_some_and(is_typed)
}

/// Whether a node is a button.
#[must_use]
pub fn is_button(node: &UiNode) -> bool {
    matches!(&node.attributes, Attributes::Input(input)
        if matches!(input.input_type, InputType::Submit | InputType::Button))
}

fn is_method_button(node: &UiNode) -> bool {
    node.as_input().is_some_and(|input| input.input_type == InputType::Submit && input.name == "method")
}

#[cfg(test)]
mod tests {
    use super::sections;
    use identity_api::ui::NodeGroup;
    use serde_json::{Value, json};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn laid_out(nodes: &[(&str, &str, &str)]) -> Vec<(NodeGroup, Vec<String>, Vec<String>)> {
        let nodes: Vec<Value> = nodes
            .iter()
            .map(|(group, name, kind)| {
                json!({"type": "input", "group": group, "messages": [], "meta": {},
                       "attributes": {"node_type": "input", "name": name, "type": kind}})
            })
            .collect();
        let ui = serde_json::from_value(json!({"action": "/x", "method": "POST", "nodes": nodes})).expect("a form");
        let names = |nodes: &[identity_api::UiNode]| nodes.iter().map(|node| node.id().to_owned()).collect();
        sections(&ui).iter().map(|section| (section.group, names(&section.nodes), names(&section.hidden))).collect()
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_identifier_stands_with_the_password_and_groups_keep_their_order() {
        let sections = laid_out(&[
            ("oidc", "provider", "submit"),
            ("default", "csrf_token", "hidden"),
            ("default", "identifier", "text"),
            ("passkey", "passkey_login_trigger", "button"),
            ("passkey", "passkey_login", "hidden"),
            ("code", "method", "submit"),
            ("password", "password", "password"),
            ("password", "method", "submit"),
        ]);
        let expected = [
            (NodeGroup::Oidc, names(&["provider"]), names(&["csrf_token"])),
            (NodeGroup::Password, names(&["identifier", "password", "method"]), names(&["csrf_token"])),
            (NodeGroup::Passkey, names(&["passkey_login_trigger"]), names(&["csrf_token", "passkey_login"])),
            (NodeGroup::Code, names(&["method"]), names(&["csrf_token"])),
        ];
        assert_eq!(sections, expected);
    }

    #[test]
    fn going_on_comes_before_sending_again() {
        let sections =
            laid_out(&[("code", "resend", "submit"), ("code", "code", "text"), ("code", "method", "submit")]);
        assert_eq!(sections, [(NodeGroup::Code, names(&["code", "method", "resend"]), names(&[]))]);
    }

    #[test]
    fn a_group_of_a_later_version_has_a_section_of_its_own() {
        let sections = laid_out(&[
            ("default", "csrf_token", "hidden"),
            ("profile", "traits.email", "email"),
            ("profile", "method", "submit"),
            ("telepathy", "thought", "text"),
            ("telepathy", "method", "submit"),
        ]);
        assert_eq!(sections.len(), 2);
        assert_eq!(sections[1].1, names(&["thought", "method"]));
    }

    #[test]
    fn fields_without_any_method_are_shown_all_the_same() {
        let sections = laid_out(&[("default", "identifier", "text")]);
        assert_eq!(sections, [(NodeGroup::Default, names(&["identifier"]), names(&[]))]);
    }
}
