//! scrypt (RFC 7914) in four spellings: `$scrypt$ln=N,r=,p=$salt$hash` (here `ln` is N itself),
//! Firebase's variant `$firescrypt$ln=log2 N,r=,p=$salt$hash$separator$signer key`, and werkzeug's
//! `scrypt:N:r:p$salt$hex`, and Django's `scrypt$N$salt$r$p$hash`.

use super::format::{ImportError, equal, number, padded_base64, parameters, unhex};
use aes::Aes256;
use aes::cipher::{KeyIvInit as _, StreamCipher as _};

/// Bounds of what can be imported, as in Kratos.
const MOST_N: u32 = 1 << 17;
const MOST_R: u32 = 8;
const MOST_P: u32 = 10;
/// Longer keys only cost time.
const MOST_LENGTH: usize = 128;

/// A stored hash.
#[derive(Debug)]
pub(super) struct Stored {
    params: ::scrypt::Params,
    salt: Vec<u8>,
    hash: Vec<u8>,
    /// The signer key of a Firebase project, which the derived key encrypts to the hash.
    signer_key: Option<Vec<u8>>,
}

impl Stored {
    /// Reads a hash; `None` when it is in none of the four spellings.
    pub(super) fn parse(text: &str) -> Option<Result<Self, ImportError>> {
        if let Some(rest) = text.strip_prefix("$scrypt$") {
            return Some(Self::read_phc(rest));
        }
        if let Some(rest) = text.strip_prefix("$firescrypt$") {
            return Some(Self::read_firebase(rest));
        }
        if let Some(rest) = text.strip_prefix("scrypt$") {
            return Some(Self::read_django(rest));
        }
        text.strip_prefix("scrypt:").map(Self::read_werkzeug)
    }

    fn read_django(rest: &str) -> Result<Self, ImportError> {
        let malformed = || ImportError::Malformed("expected scrypt$N$salt$r$p$hash");
        let parts: Vec<&str> = rest.split('$').collect();
        let [n, salt, r, p, hash] = parts.as_slice() else {
            return Err(malformed());
        };
        let hash = padded_base64(hash).ok_or_else(malformed)?;
        Self::new(power(n)?, r, p, salt.as_bytes().to_vec(), hash)
    }

    fn read_phc(rest: &str) -> Result<Self, ImportError> {
        let malformed = || ImportError::Malformed("expected $scrypt$ln=…,r=…,p=…$salt$hash");
        let parts: Vec<&str> = rest.split('$').collect();
        let [settings, salt, hash] = parts.as_slice() else {
            return Err(malformed());
        };
        let [n, r, p] = parameters(settings, ["ln", "r", "p"]).ok_or_else(malformed)?;
        let salt = padded_base64(salt).ok_or_else(malformed)?;
        let hash = padded_base64(hash).ok_or_else(malformed)?;
        Self::new(power(n)?, r, p, salt, hash)
    }

    fn read_firebase(rest: &str) -> Result<Self, ImportError> {
        let malformed =
            || ImportError::Malformed("expected $firescrypt$ln=…,r=…,p=…$salt$hash$salt separator$signer key");
        let parts: Vec<&str> = rest.split('$').collect();
        let [settings, salt, hash, separator, key] = parts.as_slice() else {
            return Err(malformed());
        };
        let [log_n, r, p] = parameters(settings, ["ln", "r", "p"]).ok_or_else(malformed)?;
        let log_n = number(log_n, MOST_N.trailing_zeros(), "the exponent of scrypt (ln)")?;
        let mut salt = padded_base64(salt).ok_or_else(malformed)?;
        salt.extend(padded_base64(separator).ok_or_else(malformed)?);
        let hash = padded_base64(hash).ok_or_else(malformed)?;
        let key = padded_base64(key).filter(|key| key.len() == hash.len()).ok_or_else(malformed)?;
        Ok(Self { signer_key: Some(key), ..Self::new(log_n, r, p, salt, hash)? })
    }

    fn read_werkzeug(rest: &str) -> Result<Self, ImportError> {
        let malformed = || ImportError::Malformed("expected scrypt:N:r:p$salt$hash");
        let parts: Vec<&str> = rest.split('$').collect();
        let [settings, salt, hash] = parts.as_slice() else {
            return Err(malformed());
        };
        let settings: Vec<&str> = settings.split(':').collect();
        let [n, r, p] = settings.as_slice() else {
            return Err(malformed());
        };
        let hash = unhex(hash).ok_or_else(malformed)?;
        Self::new(power(n)?, r, p, salt.as_bytes().to_vec(), hash)
    }

    fn new(log_n: u32, r: &str, p: &str, salt: Vec<u8>, hash: Vec<u8>) -> Result<Self, ImportError> {
        let malformed = || ImportError::Malformed("expected parameters that scrypt can use, a salt and a hash");
        let r = number(r, MOST_R, "the block size of scrypt (r)")?;
        let p = number(p, MOST_P, "the parallelism of scrypt (p)")?;
        let log_n = u8::try_from(log_n).map_err(|_| malformed())?;
        let params = ::scrypt::Params::new(log_n, r, p, ::scrypt::Params::RECOMMENDED_LEN).map_err(|_| malformed())?;
        if salt.is_empty() || hash.is_empty() || hash.len() > MOST_LENGTH {
            return Err(malformed());
        }
        Ok(Self { params, salt, hash, signer_key: None })
    }

    /// In bytes.
    pub(super) fn memory(&self) -> usize {
        (128 * usize::try_from(self.params.r()).unwrap_or(usize::MAX >> 25)) << self.params.log_n()
    }

    pub(super) fn verify(&self, password: &[u8]) -> bool {
        match &self.signer_key {
            None => {
                let mut found = vec![0; self.hash.len()];
                ::scrypt::scrypt(password, &self.salt, &self.params, &mut found).is_ok() && equal(&found, &self.hash)
            }
            Some(signer_key) => {
                let mut key = [0; 32];
                if ::scrypt::scrypt(password, &self.salt, &self.params, &mut key).is_err() {
                    return false;
                }
                let mut found = signer_key.clone();
                ctr::Ctr128BE::<Aes256>::new(&key.into(), &[0; 16].into()).apply_keystream(&mut found);
                equal(&found, &self.hash)
            }
        }
    }
}

/// The exponent of N, which must be a power of two.
fn power(n: &str) -> Result<u32, ImportError> {
    let n = number(n, MOST_N, "the cost of scrypt (N)")?;
    if n > 1 && n.is_power_of_two() {
        Ok(n.trailing_zeros())
    } else {
        Err(ImportError::Malformed("expected a power of two as cost of scrypt (N)"))
    }
}
