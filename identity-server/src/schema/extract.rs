//! What the traits say about signing in and about addresses.

use super::extension::Via;
use super::fields::Field;
use super::{IdentitySchema, formats};
use crate::model::CredentialKind;
use serde_json::Value;
use std::collections::BTreeMap;
use unicode_normalization::UnicodeNormalization as _;

/// What the traits of one identity say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extracted {
    /// The identifiers by credential, normalised, without repetition, in the order of the schema.
    pub identifiers: BTreeMap<CredentialKind, Vec<String>>,
    /// Where sign-in codes may go.
    pub code_addresses: Vec<(Via, String)>,
    /// The addresses to verify.
    pub verifiable: Vec<(Via, String)>,
    /// The addresses for recovery.
    pub recovery: Vec<(Via, String)>,
    /// The account name that an authenticator app shows.
    pub totp_account_name: Option<String>,
    /// The name that a passkey dialog shows.
    pub passkey_display_name: Option<String>,
}

impl IdentitySchema {
    /// Reads identifiers and addresses out of `traits`.
    #[must_use]
    pub fn extract(&self, traits: &Value) -> Extracted {
        let mut out = Extracted::default();
        for field in &self.fields {
            let extension = &field.extension;
            for text in field.values(traits).into_iter().filter_map(text_of) {
                for kind in &extension.identifier_of {
                    add(out.identifiers.entry(*kind).or_default(), normalise_identifier(&text));
                }
                for (via, list) in [
                    (extension.code_via, &mut out.code_addresses),
                    (extension.verification, &mut out.verifiable),
                    (extension.recovery, &mut out.recovery),
                ] {
                    if let Some(via) = via {
                        add(list, (via, normalise_address(via, &text)));
                    }
                }
                if extension.totp_account_name {
                    out.totp_account_name.get_or_insert_with(|| text.clone());
                }
                if extension.passkey_display_name {
                    out.passkey_display_name.get_or_insert_with(|| text.clone());
                }
            }
        }
        out
    }

    /// The traits as they are kept: phone numbers in E.164, everything else as it was typed.
    #[must_use]
    pub fn normalise(&self, mut traits: Value) -> Value {
        for field in self.fields.iter().filter(|field| is_phone(field)) {
            field.rewrite(&mut traits, &formats::e164);
        }
        traits
    }
}

fn is_phone(field: &Field) -> bool {
    field.format() == Some("tel") || field.extension.address_via() == Some(Via::Sms)
}

/// The text of a trait; numbers may be identifiers too (a staff number).
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn add<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

fn normalise_address(via: Via, text: &str) -> String {
    match via {
        Via::Email => normalise_identifier(text),
        Via::Sms => formats::e164(text).unwrap_or_else(|| text.trim().to_owned()),
    }
}

/// The form of an identifier that look-ups and uniqueness use: trimmed, in lower case and NFKC, so that look-alike
/// spellings are one account; international phone numbers in E.164.
#[must_use]
pub fn normalise_identifier(text: &str) -> String {
    let text = text.trim();
    if let Some(number) = formats::e164(text) {
        return number;
    }
    // Lower case may undo the composition and the other way round (`İ`): once more makes the result stable.
    let folded: String = text.nfkc().collect::<String>().to_lowercase();
    folded.nfkc().collect::<String>().trim().to_owned()
}
