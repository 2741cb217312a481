//! The password policy: length, likeness to the identifier, and passwords that everybody tries first.

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
}

impl PasswordPolicy {
    /// The policy that the configuration describes.
    #[must_use]
    pub fn from_config(config: &Config) -> Self {
        let settings = &config.selfservice.methods.password.config;
        let bcrypt = config.hashers.algorithm == HashAlgorithm::Bcrypt;
        Self {
            min_bytes: settings.min_password_length,
            max_bytes: if bcrypt { BCRYPT_MAX_BYTES } else { ABSURD },
            check_similarity: settings.identifier_similarity_check_enabled,
        }
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
        if self.check_similarity && identifiers.iter().any(|identifier| is_similar(password, identifier)) {
            return Err(messages::password_too_similar());
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

    const POLICY: PasswordPolicy = PasswordPolicy { min_bytes: 8, max_bytes: ABSURD, check_similarity: true };

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
