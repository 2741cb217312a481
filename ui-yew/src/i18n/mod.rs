//! Texts in the person's language.
//!
//! English is built in: this app's own texts in [`texts`], clearer wordings of some server messages in
//! [`messages`]. Another language is a JSON file that is fetched; what it lacks falls back to English, and what is
//! unknown to both to the server's own sentence.

pub mod messages;
pub mod texts;
pub mod trouble;

use crate::model::wire;
use identity_api::UiText;
use serde_json::Value;
use std::borrow::Cow;
use std::rc::Rc;
use texts::Text;

/// Languages that there is a catalogue for: code and own name. English needs none.
pub const LANGUAGES: [(&str, &str); 2] = [("en", "English"), ("de", "Deutsch")];

/// A language's file: `lang`, `dir` (`ltr` or `rtl`), and three lists.
///
/// `texts` are this app's own by key; `messages` the server's by id, in which `{name}` stands for a value of the
/// message's context and `{label}` for the label of the field that it stands at; `labels` those of traits by the
/// node's name (`traits.email`), since the schema's titles are in one language only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue {
    lang: String,
    dir: String,
    lists: Value,
}

impl Catalogue {
    /// Reads a file; `None` when it names no language.
    #[must_use]
    pub fn read(file: Value) -> Option<Self> {
        let lang = wire::text(&file, "lang")?;
        let dir = wire::text(&file, "dir").unwrap_or_else(|| "ltr".into());
        Some(Self { lang, dir, lists: file })
    }

    fn get(&self, list: &str, key: &str) -> Option<&str> {
        self.lists.get(list)?.get(key)?.as_str()
    }
}

/// The texts of one language. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct I18n(Option<Rc<Catalogue>>);

impl PartialEq for I18n {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(two)) => Rc::ptr_eq(one, two),
            (None, None) => true,
            _ => false,
        }
    }
}

impl I18n {
    /// English.
    #[must_use]
    pub fn english() -> Self {
        Self(None)
    }

    /// The texts of a catalogue.
    #[must_use]
    pub fn new(catalogue: Catalogue) -> Self {
        Self(Some(Rc::new(catalogue)))
    }

    /// The language, for `lang`.
    #[must_use]
    pub fn lang(&self) -> &str {
        self.0.as_ref().map_or("en", |catalogue| &catalogue.lang)
    }

    /// The direction of writing, for `dir`.
    #[must_use]
    pub fn dir(&self) -> &str {
        self.0.as_ref().map_or("ltr", |catalogue| &catalogue.dir)
    }

    /// One of this app's own texts.
    #[must_use]
    pub fn t(&self, text: &'static Text) -> String {
        self.raw(text).to_owned()
    }

    /// The same with values in it: `{name}` is replaced.
    #[must_use]
    pub fn with(&self, text: &'static Text, values: &[(&str, &str)]) -> String {
        fill(self.raw(text), |name| {
            let found = values.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| Cow::Borrowed(*value))
        })
    }

    fn get(&self, list: &str, key: &str) -> Option<&str> {
        self.0.as_ref()?.get(list, key)
    }

    fn raw(&self, text: &'static Text) -> &str {
        self.get("texts", text.key).unwrap_or(text.english)
    }

    /// What a trait is called: the catalogue's label, or its name with blanks.
    #[must_use]
    pub fn trait_label(&self, name: &str) -> String {
        let known = self.get("labels", &format!("traits.{name}")).or_else(|| messages::english_label(name));
        known.map_or_else(|| name.replace(['.', '_', '-'], " "), str::to_owned)
    }

    /// What an authentication method of a session is called.
    #[must_use]
    pub fn method(&self, name: &str) -> String {
        let text = match name {
            "password" => &texts::METHOD_PASSWORD,
            "oidc" | "saml" => &texts::METHOD_OIDC,
            "totp" => &texts::METHOD_TOTP,
            "code" => &texts::METHOD_CODE,
            "lookup_secret" => &texts::METHOD_LOOKUP,
            "webauthn" => &texts::METHOD_WEBAUTHN,
            "passkey" => &texts::METHOD_PASSKEY,
            "code_recovery" | "link_recovery" => &texts::METHOD_RECOVERY,
            other => return other.to_owned(),
        };
        self.t(text)
    }

    /// A message of the server. `label` is that of the field that it stands at.
    #[must_use]
    pub fn message(&self, message: &UiText, label: Option<&str>) -> String {
        let context = |key: &str| message.context.as_ref().and_then(|values| values.get(key));
        if message.id == messages::GENERATED_LABEL {
            let name = context("name").and_then(Value::as_str).unwrap_or_default();
            return self.get("labels", name).unwrap_or(&message.text).to_owned();
        }
        let template = self.get("messages", &message.id.to_string()).or_else(|| messages::english(message.id));
        let Some(template) = template else {
            return message.text.clone();
        };
        // A template whose values did not come along would show holes; the server's sentence has none.
        let mut complete = true;
        let text = fill(template, |name| {
            let value = if name == "label" {
                label.map(Cow::Borrowed)
            } else {
                context(name).map(|value| match value {
                    Value::String(text) => Cow::Borrowed(text.as_str()),
                    other => Cow::Owned(other.to_string()),
                })
            };
            complete &= value.is_some();
            value
        });
        if complete { text } else { message.text.clone() }
    }
}

/// Replaces `{name}` by its value; an unknown name stays as it is.
fn fill<'v>(template: &str, mut value: impl FnMut(&str) -> Option<Cow<'v, str>>) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        match value(name) {
            Some(value) => filled.push_str(&value),
            None => {
                filled.push('{');
                filled.push_str(name);
                filled.push('}');
            }
        }
        rest = behind;
    }
    filled.push_str(rest);
    filled
}

/// The language to show: the one that was chosen before, else the first of the browser's that there is a catalogue
/// for, else English.
#[must_use]
pub fn negotiate(chosen: Option<&str>, wanted: &[String]) -> &'static str {
    let known = |wanted: &str| {
        let primary = wanted.split(['-', '_']).next().unwrap_or_default();
        LANGUAGES.iter().map(|(code, _)| *code).find(|code| code.eq_ignore_ascii_case(primary))
    };
    chosen.and_then(known).or_else(|| wanted.iter().find_map(|wanted| known(wanted))).unwrap_or("en")
}

#[cfg(test)]
mod tests {
    use super::*;
    use identity_api::messages as server;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn german() -> Catalogue {
        let file = serde_json::from_str(include_str!("../../locales/de.json")).expect("the file is JSON");
        Catalogue::read(file).expect("the file is read")
    }

    #[test]
    fn ui_43_every_own_text_is_in_the_german_catalogue_with_the_same_values() {
        let german = german();
        assert_eq!((german.lang.as_str(), german.dir.as_str()), ("de", "ltr"));
        for text in texts::ALL {
            let translated = german.get("texts", text.key);
            let translated = translated.unwrap_or_else(|| panic!("{} is missing", text.key));
            assert_eq!(names(text.english), names(translated), "{}", text.key);
        }
        for key in german.lists["texts"].as_object().expect("texts").keys() {
            assert!(texts::ALL.iter().any(|text| text.key == key), "{key} is not a text of this app");
        }
    }

    fn names(template: &str) -> Vec<String> {
        let mut found = Vec::new();
        fill(template, |name| {
            found.push(name.to_owned());
            None
        });
        found.sort();
        found
    }

    #[test]
    fn a_message_is_translated_by_its_id_and_context() {
        let german = I18n::new(german());
        let text = german.message(&server::invalid_credentials(), None);
        assert!(text.contains("Passwort"), "{text}");
        let text = german.message(&server::password_min_length(15, 3), None);
        assert!(text.contains("15"), "{text}");
        assert_eq!(german.message(&server::label_generated("E-Mail", "traits.email"), None), "E-Mail-Adresse");
        assert_eq!(german.message(&server::label_generated("Shoe size", "traits.shoe_size"), None), "Shoe size");
    }

    // What is not translated falls back.
    #[test]
    fn ui_43_an_unknown_message_keeps_the_servers_words() {
        let mut unknown = server::login_title();
        unknown.id = 1_999_999;
        unknown.text = "Brand new".into();
        assert_eq!(I18n::new(german()).message(&unknown, None), "Brand new");
        assert_eq!(I18n::english().message(&unknown, None), "Brand new");
    }

    #[test]
    fn a_template_without_its_values_gives_way_to_the_servers_words() {
        let mut message = server::required("email");
        assert_eq!(I18n::english().message(&message, Some("E-Mail")), "Enter a value for “E-Mail”.");
        assert_eq!(I18n::english().message(&message, None), "Property email is missing.");
        message.context = None;
        assert_eq!(I18n::english().message(&message, Some("E-Mail")), "Enter a value for “E-Mail”.");
    }

    #[test]
    fn the_language_is_the_chosen_one_or_the_browsers_first_known_one() {
        let wanted = ["fr-CH".to_owned(), "de-AT".to_owned(), "en".to_owned()];
        assert_eq!(negotiate(None, &wanted), "de");
        assert_eq!(negotiate(Some("en"), &wanted), "en");
        assert_eq!(negotiate(Some("xx"), &["pt".to_owned()]), "en");
    }

    #[test]
    fn braces_that_name_nothing_stay() {
        let text = fill("a {b} {c {b}", |name| (name == "b").then_some(Cow::Borrowed("1")));
        assert_eq!(text, "a 1 {c {b}");
    }
}
