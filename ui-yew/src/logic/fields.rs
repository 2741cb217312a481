//! How a field is presented: its id, its label and the hints for browsers and password managers.

use identity_api::UiNode;
use identity_api::ui::{Attributes, InputAttributes, InputType};

use super::flow::Kind;
use super::values::is_code;

/// The id of a node's element: unique on the page, since a name appears once in a group.
#[must_use]
pub fn element_id(node: &UiNode) -> String {
    let plain = |text: &str| text.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
    format!("{}-{}", plain(node.group.as_str()), plain(node.id()))
}

/// A node's label: the server's, else the name in words.
#[must_use]
pub fn label(node: &UiNode) -> String {
    if let Some(label) = &node.meta.label {
        return label.text.clone();
    }
    match &node.attributes {
        Attributes::Input(input) => match &input.label {
            Some(label) => label.text.clone(),
            None if matches!(input.input_type, InputType::Submit | InputType::Button) => {
                input.value.as_ref().map(super::values::text_of).unwrap_or_default()
            }
            None => words(&input.name),
        },
        Attributes::A(link) => link.title.text.clone(),
        _ => String::new(),
    }
}

/// `traits.first_name` as "First name".
fn words(name: &str) -> String {
    let last = name.rsplit('.').next().unwrap_or(name).replace(['_', '-'], " ");
    let mut letters = last.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What tells browsers, password managers and on-screen keyboards what a field is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// `autocomplete`.
    pub autocomplete: Option<String>,
    /// `inputmode`.
    pub inputmode: Option<&'static str>,
    /// Whether the text is no prose: no capitals, no corrections.
    pub verbatim: bool,
}

/// The hints of a field (requirements 1, 2, 3 and 8). The server's own `autocomplete` wins, except for names that help nobody.
#[must_use]
pub fn hints(kind: Kind, input: &InputAttributes) -> Hints {
    let own = input.autocomplete.clone().filter(|text| !matches!(text.as_str(), "" | "off" | "on" | "password"));
    let is_identifier = input.name == "identifier";
    let fallback = match input.input_type {
        _ if is_identifier => Some("username webauthn"),
        _ if is_code(input) => Some("one-time-code"),
        InputType::Password if kind == Kind::Login => Some("current-password"),
        InputType::Password => Some("new-password"),
        InputType::Email => Some("email"),
        InputType::Tel => Some("tel"),
        InputType::Url => Some("url"),
        _ => match input.name.as_str() {
            "traits.username" => Some("username"),
            "traits.name.first" | "traits.first_name" => Some("given-name"),
            "traits.name.last" | "traits.last_name" => Some("family-name"),
            "traits.name" => Some("name"),
            "lookup_secret" => Some("off"),
            _ => None,
        },
    };
    // Conditional passkey sign-in needs the second word, whatever the server's version.
    let autocomplete =
        if is_identifier { fallback.map(str::to_owned) } else { own.or_else(|| fallback.map(str::to_owned)) };
    Hints {
        autocomplete,
        inputmode: match input.input_type {
            _ if is_code(input) => Some("numeric"),
            InputType::Number => Some("decimal"),
            _ => None,
        },
        verbatim: is_identifier
            || is_code(input)
            || matches!(input.input_type, InputType::Password | InputType::Email | InputType::Url)
            || matches!(input.name.as_str(), "traits.username" | "lookup_secret"),
    }
}

/// The name of an account that a password belongs to, when the form holds it unseen (requirements 3 and 4).
#[must_use]
pub fn hidden_account<'a>(shown: &[UiNode], hidden: &'a [UiNode]) -> Option<&'a str> {
    let has_password =
        shown.iter().filter_map(|node| node.as_input()).any(|input| input.input_type == InputType::Password);
    if !has_password {
        return None;
    }
    ["identifier", "traits.username", "traits.email"].iter().find_map(|name| {
        let input = hidden.iter().filter_map(|node| node.as_input()).find(|input| input.name == *name)?;
        input.value.as_ref()?.as_str().filter(|value| !value.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::{hints, label, words};
    use crate::logic::flow::Kind;
    use identity_api::UiNode;
    use identity_api::ui::{InputAttributes, InputType, NodeGroup};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn input(name: &str, input_type: InputType, autocomplete: Option<&str>) -> InputAttributes {
        InputAttributes {
            name: name.into(),
            input_type,
            autocomplete: autocomplete.map(Into::into),
            ..InputAttributes::default()
        }
    }

    // Requirements 1, 2, 3 and 8.
    #[test]
    fn password_managers_learn_what_each_field_is() {
        let autocomplete = |kind, name, input_type, own| hints(kind, &input(name, input_type, own)).autocomplete;
        for (kind, name, input_type, own, expected) in [
            (Kind::Login, "identifier", InputType::Text, None, "username webauthn"),
            (Kind::Login, "identifier", InputType::Email, Some("email"), "username webauthn"),
            (Kind::Login, "password", InputType::Password, None, "current-password"),
            (Kind::Login, "password", InputType::Password, Some("off"), "current-password"),
            (Kind::Registration, "password", InputType::Password, None, "new-password"),
            (Kind::Settings, "password", InputType::Password, Some("new-password"), "new-password"),
            (Kind::Recovery, "code", InputType::Text, None, "one-time-code"),
        ] {
            assert_eq!(autocomplete(kind, name, input_type, own).as_deref(), Some(expected), "{name}");
        }
        assert_eq!(autocomplete(Kind::Registration, "traits.colour", InputType::Text, None), None);
        assert!(hints(Kind::Login, &input("identifier", InputType::Text, None)).verbatim);
    }

    #[test]
    fn a_field_without_a_label_is_called_by_its_name() {
        assert_eq!(words("traits.first_name"), "First name");
        assert_eq!(words(""), "");
        let node = UiNode::input(NodeGroup::Default, input("traits.e-mail", InputType::Email, None));
        assert_eq!(label(&node), "E mail");
    }
}
