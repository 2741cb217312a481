//! The password policy: length, likeness to the identifier, and passwords that everybody tries first.

mod breaches;
mod common;

pub use breaches::{BreachCheck, BreachError};

use crate::config::{Config, HashAlgorithm};
use crate::hashing::BCRYPT_MAX_BYTES;
use identity_api::{UiText, messages};

/// A password of more bytes than this is refused before any work is done (requirement 3).
const ABSURD: usize = 1 << 16;
/// As much of each text is compared as Kratos compares, in characters.
const COMPARED: usize = 256;
/// Fewer edits than this between password and identifier are too few.
const MIN_DISTANCE: usize = 5;

/// What a new password must be like.
pub struct PasswordPolicy {
    min_bytes: usize,
    max_bytes: usize,
    check_similarity: bool,
    /// The offline list of common passwords goes with the breach check unless `nexus.password.common_passwords` says
    /// otherwise: switching the breach check off gives Kratos' behaviour exactly.
    check_common: bool,
    /// Texts that must not be part of a password; see [`Self::strict`].
    forbidden: Option<Vec<String>>,
    /// In characters, beside `min_bytes`.
    min_characters: usize,
}

/// NIST SP 800-63B-4 §3.1.1.2: the least for a password that is the only factor, in characters.
const STRICT_CHARACTERS: usize = 15;
/// Shorter names are parts of too many words to be forbidden.
const MIN_FORBIDDEN: usize = 4;

impl PasswordPolicy {
    /// The policy that the configuration describes.
    #[must_use]
    pub fn from_config(config: &Config) -> Self {
        let settings = &config.selfservice.methods.password.config;
        let bcrypt = config.hashers.algorithm == HashAlgorithm::Bcrypt;
        let ours = &config.nexus.password;
        let policy = Self {
            min_bytes: settings.min_password_length,
            max_bytes: if bcrypt { BCRYPT_MAX_BYTES } else { ABSURD },
            check_similarity: settings.identifier_similarity_check_enabled,
            check_common: ours.common_passwords.unwrap_or(settings.haveibeenpwned_enabled),
            forbidden: None,
            min_characters: 0,
        };
        if ours.strict { policy.strict(&ours.forbidden_words) } else { policy }
    }

    /// The stricter rules of requirements 1 and 7, which Kratos does not have: at least 15 characters, and a password
    /// must not contain the local part of an address, a user name or one of `names` (of the product), each from four
    /// letters on.
    #[must_use]
    pub fn strict<S: AsRef<str>>(mut self, names: &[S]) -> Self {
        self.forbidden = Some(names.iter().map(|name| name.as_ref().to_lowercase()).collect());
        self.min_characters = STRICT_CHARACTERS;
        self
    }

    /// Checks a new password of somebody with these identifiers. Lengths count bytes, as Kratos counts.
    ///
    /// # Errors
    /// The message to show.
    pub fn check(&self, password: &str, identifiers: &[String]) -> Result<(), UiText> {
        let bytes = password.len();
        if bytes > self.max_bytes {
            return Err(messages::password_max_length(self.max_bytes, bytes));
        }
        if bytes < self.min_bytes {
            return Err(messages::password_min_length(self.min_bytes, bytes));
        }
        let characters = password.chars().count();
        if characters < self.min_characters {
            return Err(messages::password_min_length(self.min_characters, characters));
        }
        if self.check_similarity && identifiers.iter().any(|identifier| is_similar(password, identifier)) {
            return Err(messages::password_too_similar());
        }
        if self.check_common && common::is_common(password) {
            return Err(messages::password_breached(1));
        }
        if let Some(names) = &self.forbidden {
            let password = password.to_lowercase();
            let own =
                identifiers.iter().map(|identifier| identifier.split('@').next().unwrap_or_default().to_lowercase());
            let is_in = |name: &String| name.chars().count() >= MIN_FORBIDDEN && password.contains(name.as_str());
            if own.chain(names.iter().cloned()).any(|name| is_in(&name)) {
                return Err(messages::password_policy("it contains your name or the name of this service"));
            }
        }
        Ok(())
    }
}

/// Whether two texts are alike: few edits apart, or sharing a run of more than half of the password.
fn is_similar(password: &str, identifier: &str) -> bool {
    let cut = |text: &str| text.to_lowercase().chars().take(COMPARED).collect::<Vec<char>>();
    let (password, identifier) = (cut(password), cut(identifier));
    if password.is_empty() || identifier.is_empty() {
        return false;
    }
    let text = |chars: &[char]| chars.iter().collect::<String>();
    strsim::levenshtein(&text(&password), &text(&identifier)) < MIN_DISTANCE
        || longest_common_run(&password, &identifier) * 2 > password.len()
}

fn longest_common_run(a: &[char], b: &[char]) -> usize {
    let mut longest = 0;
    let mut previous = vec![0usize; b.len() + 1];
    for x in a {
        let mut current = vec![0usize; b.len() + 1];
        for (j, y) in b.iter().enumerate() {
            if x == y {
                current[j + 1] = previous[j] + 1;
                longest = longest.max(current[j + 1]);
            }
        }
        previous = current;
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: PasswordPolicy = PasswordPolicy {
        min_bytes: 8,
        max_bytes: ABSURD,
        check_similarity: true,
        check_common: true,
        forbidden: None,
        min_characters: 0,
    };

    #[test]
    fn lengths_count_bytes_as_in_kratos() {
        assert!(POLICY.check("äöüß", &[]).is_ok());
        let short = POLICY.check("Vq7-xK2", &[]).unwrap_err().context.unwrap();
        assert_eq!(short, serde_json::json!({ "min_length": 8, "actual_length": 7 }));
        let bcrypt = PasswordPolicy { max_bytes: BCRYPT_MAX_BYTES, ..POLICY };
        assert!(bcrypt.check(&"aB-".repeat(24), &[]).is_ok());
        assert_eq!(bcrypt.check(&"ä".repeat(37), &[]).unwrap_err().id, 4_000_033);
    }

    #[test]
    fn requirement_6_common_passwords_are_refused_without_network() {
        for common in ["password", "PassWord1", "1234567890", "qwertyuiop", "iloveyou"] {
            assert_eq!(POLICY.check(common, &[]).unwrap_err().id, 4_000_034, "{common}");
        }
        let off = PasswordPolicy { check_common: false, ..POLICY };
        assert!(off.check("1234567890", &[]).is_ok());
    }

    #[test]
    fn requirement_7_the_strict_policy_refuses_parts_of_the_name_and_the_product() {
        let names = ["lovelace@example.com".to_owned()];
        let strict = PasswordPolicy { ..POLICY }.strict(&["Nexus"]);
        for bad in ["a very long text with LoveLace in it", "nexus is the word of the day"] {
            assert_eq!(strict.check(bad, &names).unwrap_err().id, 4_000_005, "{bad}");
            assert!(POLICY.check(bad, &names).is_ok(), "{bad}");
        }
        assert!(strict.check("correct horse battery", &names).is_ok());
    }

    #[test]
    fn requirement_1_the_strict_policy_wants_fifteen_characters() {
        let strict = PasswordPolicy { ..POLICY }.strict::<&str>(&[]);
        let short = strict.check("fourteen of me", &[]).unwrap_err();
        assert_eq!(short.context.unwrap(), serde_json::json!({ "min_length": 15, "actual_length": 14 }));
        assert!(strict.check("fifteen of us !", &[]).is_ok());
        assert_eq!(strict.check("äöüäöüäöüäöü", &[]).unwrap_err().id, 4_000_032);
    }

    #[test]
    fn requirement_7_a_password_like_the_identifier_is_refused() {
        let names = ["ada.lovelace@example.com".to_owned()];
        assert_eq!(POLICY.check("ada.lovelace", &names).unwrap_err().id, 4_000_031);
        assert!(POLICY.check("correct horse battery", &names).is_ok());
    }

    #[test]
    fn requirement_2_and_3_long_passwords_work_and_absurd_ones_cost_nothing() {
        assert!(POLICY.check(&"x9-".repeat(43), &[]).is_ok());
        assert_eq!(POLICY.check(&"x".repeat(1 << 20), &[]).unwrap_err().id, 4_000_033);
        assert_eq!(POLICY.check("short", &[]).unwrap_err().id, 4_000_032);
    }
}
