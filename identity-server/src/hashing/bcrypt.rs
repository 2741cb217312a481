//! bcrypt: `$2a$12$` and then 22 characters of salt and 31 of hash. The letters a, b and y mark the same algorithm. `x`
//! marks hashes of an implementation that got letters beyond ASCII wrong; Kratos does not take them either.

use super::format::ImportError;

/// bcrypt reads no further.
pub(super) const MAX_PASSWORD: usize = 72;
pub(super) const LEAST_COST: u32 = 12;
pub(super) const LEAST_DEV_COST: u32 = 4;
/// The most that can be imported, as in Kratos.
pub(super) const MOST_COST: u32 = 15;

/// A stored hash in the spelling `$2b$`.
#[derive(Debug)]
pub(super) struct Stored(String);

impl Stored {
    /// Reads what follows the first `$`; `None` when it is no bcrypt.
    pub(super) fn parse(body: &str) -> Option<Result<Self, ImportError>> {
        let (name, rest) = body.split_once('$')?;
        matches!(name, "2a" | "2b" | "2y").then(|| Self::read(rest))
    }

    fn read(rest: &str) -> Result<Self, ImportError> {
        let malformed = ImportError::Malformed("expected $2b$12$ and 53 characters of salt and hash");
        let Some((cost, text)) = rest.split_once('$') else {
            return Err(malformed);
        };
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'/';
        let Ok(cost_value) = cost.parse::<u32>() else {
            return Err(malformed);
        };
        if cost.len() != 2 || cost_value < LEAST_DEV_COST || text.len() != 53 || !text.bytes().all(allowed) {
            return Err(malformed);
        }
        if cost_value > MOST_COST {
            return Err(ImportError::TooExpensive(format!(
                "the bcrypt cost is {cost_value}, at most {MOST_COST} is allowed"
            )));
        }
        Ok(Self(format!("$2b${cost}${text}")))
    }

    /// Passwords beyond 72 bytes never match (requirement 2): cut ones would make different passwords equal. The work
    /// is done all the same: a quick answer would tell that there is an account (requirement 16).
    pub(super) fn verify(&self, password: &[u8]) -> bool {
        let (cut, rest) = password.split_at(password.len().min(MAX_PASSWORD));
        ::bcrypt::verify(cut, &self.0).unwrap_or(false) & rest.is_empty()
    }
}

/// A new hash, spelt `$2a$` as Kratos writes it.
pub(super) fn hash(cost: u32, salt: [u8; 16], password: &[u8]) -> Result<String, String> {
    ::bcrypt::hash_with_salt(password, cost, salt)
        .map(|parts| parts.format_for_version(::bcrypt::Version::TwoA))
        .map_err(|error| error.to_string())
}
