//! The messages of a form, sorted by what is done with them.

use crate::i18n::I18n;
use crate::model::form::check::Problem;
use identity_api::UiContainer;
use identity_api::ui::{TextType, UiNode, UiText};

/// An entry of the error summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The field that it is about, if there is one to go to.
    pub field: Option<String>,
    /// What is wrong.
    pub text: String,
}

/// Messages that say the flow's time was over. They stand where the page tells that it has begun anew, not among
/// the faults of the person.
const EXPIRED: [u32; 5] = [4_010_001, 4_040_001, 4_050_001, 4_060_005, 4_070_005];

/// Messages that introduce the form rather than report something: they stand below the title.
const INTRODUCING: [u32; 7] = [1_010_003, 1_010_004, 1_010_016, 1_010_020, 1_040_009, 1_060_005, 1_060_006];

/// Whether the server says that this flow replaces one whose time was over.
#[must_use]
pub fn has_expired(ui: &UiContainer) -> bool {
    ui.messages.iter().any(|message| EXPIRED.contains(&message.id))
}

/// The message that introduces the form.
#[must_use]
pub fn introduction(ui: &UiContainer) -> Option<&UiText> {
    ui.messages.iter().find(|message| INTRODUCING.contains(&message.id))
}

/// Messages that report something good or neutral: a code was sent, changes were saved.
pub fn reports(ui: &UiContainer) -> impl Iterator<Item = &UiText> {
    ui.messages.iter().filter(|message| message.kind != TextType::Error && !INTRODUCING.contains(&message.id))
}

/// All faults, the form's own first, then field by field: the server's and those found here.
#[must_use]
pub fn faults(ui: &UiContainer, problems: &[Problem], i18n: &I18n) -> Vec<Fault> {
    let mut faults: Vec<Fault> = ui
        .messages
        .iter()
        .filter(|message| message.kind == TextType::Error && !EXPIRED.contains(&message.id))
        .map(|message| Fault { field: None, text: i18n.message(message, None) })
        .collect();
    if !problems.is_empty() {
        // What the server said of an earlier attempt is stale once something newer is known.
        faults.clear();
    }
    for node in &ui.nodes {
        for text in of_node(node, problems, i18n) {
            faults.push(Fault { field: has_field(node).then(|| node.id().to_owned()), text });
        }
    }
    // What the page itself asks for beside the server's fields.
    let own = problems.iter().filter(|problem| ui.nodes.iter().all(|node| node.id() != problem.field));
    faults.extend(own.map(|problem| Fault { field: Some(problem.field.clone()), text: i18n.t(problem.text) }));
    faults
}

/// The faults of one node.
#[must_use]
pub fn of_node(node: &UiNode, problems: &[Problem], i18n: &I18n) -> Vec<String> {
    let label = label(node, i18n);
    if problems.is_empty() {
        let faults = node.messages.iter().filter(|message| message.kind == TextType::Error);
        return faults.map(|message| i18n.message(message, Some(&label))).collect();
    }
    let own = problems.iter().filter(|problem| problem.field == node.id() && has_field(node));
    own.map(|problem| i18n.with(problem.text, &[("label", &label)])).collect()
}

/// A node's label: the server's text, or the last part of its name.
#[must_use]
pub fn label(node: &UiNode, i18n: &I18n) -> String {
    let own = node.as_input().and_then(|input| input.label.as_ref());
    match node.meta.label.as_ref().or(own) {
        Some(label) => i18n.message(label, None),
        None => {
            let name = node.id();
            let last = name.rsplit('.').next().unwrap_or(name);
            last.replace(['_', '-'], " ")
        }
    }
}

/// Whether the node is a field that a link can lead to.
fn has_field(node: &UiNode) -> bool {
    use crate::model::form::role::is_button;
    use identity_api::ui::InputType;
    node.as_input().is_some_and(|input| !is_button(input) && input.input_type != InputType::Hidden)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::texts;
    use crate::model::form::samples;
    use identity_api::Timestamp;
    use identity_api::messages::{self, Expired};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn ui_19_27_the_summary_names_form_faults_first_then_fields_and_no_expiry() {
        let mut ui = samples::login();
        ui.messages = vec![
            messages::expired(Expired::Login, Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH),
            messages::login_second_factor(),
            messages::invalid_credentials(),
        ];
        ui.node_mut("identifier").expect("a node").messages = vec![messages::required("identifier")];
        let i18n = I18n::english();
        let found = faults(&ui, &[], &i18n);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].field, None);
        assert_eq!(found[1].field.as_deref(), Some("identifier"));
        assert!(found[1].text.contains("E-Mail"), "{}", found[1].text);
        assert!(has_expired(&ui));
        assert_eq!(introduction(&ui).map(|text| text.id), Some(1_010_004));
        assert_eq!(reports(&ui).count(), 0);
    }

    #[test]
    fn what_is_found_here_replaces_what_the_server_said_before() {
        let mut ui = samples::login();
        ui.messages = vec![messages::invalid_credentials()];
        let problems = [Problem { field: "password".into(), text: &texts::CHECK_REQUIRED }];
        let found = faults(&ui, &problems, &I18n::english());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].field.as_deref(), Some("password"));
        assert!(found[0].text.contains("Password"));
    }

    #[test]
    fn a_field_without_a_label_is_called_by_its_name() {
        let node =
            samples::node(identity_api::ui::NodeGroup::Default, "traits.shoe_size", identity_api::ui::InputType::Text);
        assert_eq!(label(&node, &I18n::english()), "shoe size");
    }
}
