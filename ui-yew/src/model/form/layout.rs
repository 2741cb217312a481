//! Where each node of a form goes.

use crate::model::form::role::{ButtonRole, is_button, is_username};
use identity_api::UiContainer;
use identity_api::ui::{Attributes, InputType, NodeGroup, UiNode};
use std::rc::Rc;

/// A node, shared between the layout and what draws it.
pub type Node = Rc<UiNode>;

/// A form, sorted: shared fields on top, then the methods, the primary one first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// Fields that nobody sees, of all groups.
    pub hidden: Vec<Node>,
    /// The account that the form is about, when it is given already.
    pub username: Option<Node>,
    /// What all methods share, mostly the identifier or the profile.
    pub shared: Vec<Node>,
    /// The methods in the order in which they are offered.
    pub methods: Vec<Method>,
    /// Buttons below everything: back, send again.
    pub footer: Vec<Node>,
    /// Scripts to load.
    pub scripts: Vec<Node>,
}

/// One way to go on.
#[derive(Clone, Debug, PartialEq)]
pub struct Method {
    /// Its group.
    pub group: NodeGroup,
    /// Its fields, texts, pictures and buttons, in the server's order, buttons last.
    pub nodes: Vec<Node>,
}

impl Method {
    /// Whether something must be filled in or read before its button is pressed; a method without fields can be
    /// offered as a mere button.
    #[must_use]
    pub fn has_fields(&self) -> bool {
        self.nodes.iter().any(|node| match &node.attributes {
            Attributes::Input(input) => !is_button(input),
            Attributes::Script(_) | Attributes::Div(_) => false,
            Attributes::Text(_) | Attributes::Img(_) | Attributes::A(_) => true,
        })
    }

    /// Its first button.
    #[must_use]
    pub fn button(&self) -> Option<&Node> {
        self.nodes.iter().find(|node| node.as_input().is_some_and(is_button))
    }
}

/// Which method comes first when none was taken yet: what most people have, then what needs no further page.
const RANK: [NodeGroup; 11] = [
    NodeGroup::IdentifierFirst,
    NodeGroup::Password,
    NodeGroup::Profile,
    NodeGroup::Totp,
    NodeGroup::Code,
    NodeGroup::Link,
    NodeGroup::Webauthn,
    NodeGroup::Passkey,
    NodeGroup::LookupSecret,
    NodeGroup::Oidc,
    NodeGroup::Saml,
];

/// Sorts a form. `preferred` names the group to put first if it is there: the one that was chosen, or that was used
/// last; else the flow's active method, else the usual rank.
#[must_use]
pub fn layout(ui: &UiContainer, preferred: &[Option<&str>]) -> Layout {
    let mut layout = Layout::default();
    for node in &ui.nodes {
        place(&mut layout, Rc::new(node.clone()));
    }
    for method in &mut layout.methods {
        method.nodes.sort_by_key(|node| node.as_input().is_some_and(is_button));
    }
    let first = preferred
        .iter()
        .flatten()
        .find_map(|name| layout.methods.iter().position(|method| method.group.as_str() == *name))
        .or_else(|| RANK.iter().find_map(|group| layout.methods.iter().position(|method| method.group == *group)));
    if let Some(first) = first {
        let method = layout.methods.remove(first);
        layout.methods.insert(0, method);
    }
    layout
}

/// The methods of a form in the usual order, for pages that show each by itself.
#[must_use]
pub fn groups(ui: &UiContainer) -> Vec<NodeGroup> {
    let mut found: Vec<NodeGroup> = Vec::new();
    for node in &ui.nodes {
        if node.group != NodeGroup::Default && !found.contains(&node.group) {
            found.push(node.group);
        }
    }
    const SETTINGS: [NodeGroup; 7] = [
        NodeGroup::Profile,
        NodeGroup::Password,
        NodeGroup::Totp,
        NodeGroup::LookupSecret,
        NodeGroup::Passkey,
        NodeGroup::Webauthn,
        NodeGroup::Oidc,
    ];
    found.sort_by_key(|group| SETTINGS.iter().position(|known| known == group).unwrap_or(SETTINGS.len()));
    found
}

fn place(layout: &mut Layout, node: Node) {
    if let Attributes::Script(_) = &node.attributes {
        layout.scripts.push(node);
        return;
    }
    if let Some(input) = node.as_input() {
        if input.input_type == InputType::Hidden {
            if layout.username.is_none() && is_username(input) {
                layout.username = Some(node);
            } else {
                layout.hidden.push(node);
            }
            return;
        }
        if is_button(input) && matches!(ButtonRole::of(&node), ButtonRole::Back | ButtonRole::Resend) {
            // A flow that took the same step twice carries such a button twice.
            if !layout.footer.contains(&node) {
                layout.footer.push(node);
            }
            return;
        }
        if node.group == NodeGroup::Default && !is_button(input) {
            layout.shared.push(node);
            return;
        }
    } else if node.group == NodeGroup::Default {
        layout.shared.push(node);
        return;
    }
    match layout.methods.iter_mut().find(|method| method.group == node.group) {
        Some(method) if method.nodes.contains(&node) => {}
        Some(method) => method.nodes.push(node),
        None => layout.methods.push(Method { group: node.group, nodes: vec![node] }),
    }
}

impl Layout {
    /// The names of the fields that can be filled in: they tell one step of a flow from another.
    #[must_use]
    pub fn fields(&self) -> Vec<&str> {
        let methods = self.methods.iter().flat_map(|method| &method.nodes);
        self.shared
            .iter()
            .chain(methods)
            .filter_map(|node| node.as_input())
            .filter(|input| !is_button(input))
            .map(|input| input.name.as_str())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::form::samples;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn groups(layout: &Layout) -> Vec<NodeGroup> {
        layout.methods.iter().map(|method| method.group).collect()
    }

    #[test]
    fn the_password_comes_first_and_the_rest_keeps_the_servers_order() {
        let layout = layout(&samples::login(), &[]);
        assert_eq!(groups(&layout), [NodeGroup::Password, NodeGroup::Oidc, NodeGroup::Passkey, NodeGroup::Code]);
        assert_eq!(layout.fields(), ["identifier", "password"]);
        assert!(layout.methods[0].has_fields() && !layout.methods[1].has_fields());
        let hidden: Vec<_> = layout.hidden.iter().map(|node| node.id()).collect();
        assert_eq!(hidden, ["csrf_token", "passkey_login"]);
    }

    #[test]
    fn ui_31_a_method_that_was_used_before_comes_first_if_it_is_offered() {
        let code_first = layout(&samples::login(), &[Some("totp"), Some("code")]);
        assert_eq!(groups(&code_first)[0], NodeGroup::Code);
        let no_such = layout(&samples::login(), &[Some("totp"), None]);
        assert_eq!(groups(&no_such)[0], NodeGroup::Password);
    }

    #[test]
    fn ui_03_04_a_hidden_identifier_is_the_forms_username() {
        let layout = layout(&samples::choose_credential(), &[]);
        assert_eq!(layout.username.as_ref().map(|node| node.id()), Some("traits.email"));
        assert_eq!(layout.footer.len(), 1);
        assert_eq!(groups(&layout), [NodeGroup::Password]);
    }

    #[test]
    fn a_button_that_the_server_repeats_is_drawn_once() {
        let mut ui = samples::choose_credential();
        let back = ui.nodes.last().expect("a node").clone();
        ui.nodes.push(back);
        assert_eq!(layout(&ui, &[]).footer.len(), 1);
    }

    #[test]
    fn sending_again_stands_below_the_code() {
        let layout = layout(&samples::enter_code(), &[]);
        assert_eq!(layout.fields(), ["code"]);
        assert_eq!(layout.footer.len(), 1);
        assert_eq!(layout.methods[0].nodes.len(), 2);
    }
}
