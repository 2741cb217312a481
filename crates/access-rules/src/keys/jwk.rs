//! Reading key sets; signatures with the keys in them.

use super::{Algorithm, decoded, der, encoded};
use jsonwebtoken::{DecodingKey, EncodingKey, crypto};
use serde::Deserialize;
use serde_json::{Value as Json, json};

/// A key set. Keys of kinds that are not known are left out.
#[derive(Debug, Default)]
pub(crate) struct KeySet(pub(crate) Vec<Key>);

/// A key.
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) algorithm: Option<Algorithm>,
    use_: String,
    kind: Kind,
    public: Json,
    verify: Option<DecodingKey>,
    sign: Option<EncodingKey>,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "key {:?}", self.id)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rsa,
    P256,
    P384,
    Ed25519,
    Secret,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Raw {
    kty: String,
    kid: String,
    alg: String,
    #[serde(rename = "use")]
    use_: String,
    crv: String,
    n: String,
    e: String,
    d: String,
    p: String,
    q: String,
    dp: String,
    dq: String,
    qi: String,
    x: String,
    y: String,
    k: String,
}

#[derive(Deserialize)]
struct RawSet {
    keys: Vec<Json>,
}

/// No set has more keys than this.
const MAX_KEYS: usize = 256;

impl KeySet {
    /// Reads a set.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let raw: RawSet =
            serde_json::from_slice(bytes).map_err(|error| format!("this is no JSON Web Key Set: {error}"))?;
        let keys = raw.keys.into_iter().take(MAX_KEYS);
        Ok(Self(
            keys.filter_map(|key| serde_json::from_value::<Raw>(key).ok().and_then(|raw| Key::read(&raw))).collect(),
        ))
    }

    /// The public halves, as a set. Secrets have none.
    pub(crate) fn public(&self) -> Vec<Json> {
        self.0.iter().filter(|key| key.kind != Kind::Secret).map(|key| key.public.clone()).collect()
    }
}

impl Key {
    fn read(raw: &Raw) -> Option<Self> {
        let mut public = json!({ "use": raw.use_, "kty": raw.kty, "kid": raw.kid, "alg": raw.alg });
        if let Some(map) = public.as_object_mut() {
            map.retain(|_, value| value.as_str() != Some(""));
        }
        let mut add = |name: &str, value: &str| {
            if let Some(map) = public.as_object_mut() {
                map.insert(name.to_owned(), json!(value));
            }
        };
        let (kind, verify, sign) = match (raw.kty.as_str(), raw.crv.as_str()) {
            ("RSA", _) => {
                add("n", &raw.n);
                add("e", &raw.e);
                // A modulus below 2048 bits protects nothing.
                let size = decoded(&raw.n)?.len();
                if size < 256 {
                    return None;
                }
                (
                    Kind::Rsa,
                    DecodingKey::from_rsa_components(&raw.n, &raw.e).ok(),
                    rsa_private(raw).map(|der| EncodingKey::from_rsa_der(&der)),
                )
            }
            ("EC", "P-256" | "P-384") => {
                add("crv", &raw.crv);
                add("x", &raw.x);
                add("y", &raw.y);
                let kind = if raw.crv == "P-256" { Kind::P256 } else { Kind::P384 };
                (
                    kind,
                    DecodingKey::from_ec_components(&raw.x, &raw.y).ok(),
                    ec_private(raw, kind).map(|der| EncodingKey::from_ec_der(&der)),
                )
            }
            ("OKP", "Ed25519") => {
                add("crv", &raw.crv);
                add("x", &raw.x);
                (
                    Kind::Ed25519,
                    DecodingKey::from_ed_components(&raw.x).ok(),
                    ed_private(raw).map(|der| EncodingKey::from_ed_der(&der)),
                )
            }
            ("oct", _) => {
                let secret = decoded(&raw.k).filter(|secret| !secret.is_empty())?;
                (Kind::Secret, Some(DecodingKey::from_secret(&secret)), Some(EncodingKey::from_secret(&secret)))
            }
            _ => return None,
        };
        Some(Self {
            id: raw.kid.clone(),
            algorithm: Algorithm::parse(&raw.alg),
            use_: raw.use_.clone(),
            kind,
            public,
            verify,
            sign,
        })
    }

    /// Whether the key says that it is for signatures.
    pub(crate) fn is_for_signatures(&self) -> bool {
        self.use_ == "sig"
    }

    /// Whether the key has a private half (or is a secret).
    pub(crate) fn can_sign(&self) -> bool {
        self.sign.is_some()
    }

    /// Whether the key is a secret that both sides share.
    pub(crate) fn is_secret(&self) -> bool {
        self.kind == Kind::Secret
    }

    /// An algorithm fits the kind of key, and the key's own `alg` where it has one.
    pub(crate) fn fits(&self, algorithm: Algorithm) -> bool {
        use Algorithm as A;
        let kind = match algorithm {
            A::Rs256 | A::Rs384 | A::Rs512 | A::Ps256 | A::Ps384 | A::Ps512 => Kind::Rsa,
            A::Es256 => Kind::P256,
            A::Es384 => Kind::P384,
            A::Hs256 | A::Hs384 | A::Hs512 => Kind::Secret,
            A::EdDsa => Kind::Ed25519,
        };
        kind == self.kind && self.algorithm.is_none_or(|own| own == algorithm)
    }

    /// Whether a signature is good.
    pub(crate) fn verifies(&self, algorithm: Algorithm, message: &str, signature: &str) -> bool {
        let (Some(key), true) = (&self.verify, self.fits(algorithm)) else { return false };
        crypto::verify(signature, message.as_bytes(), key, library(algorithm)).unwrap_or(false)
    }

    /// A compact token with this header's `kid` and these claims.
    pub(crate) fn token(&self, algorithm: Algorithm, key_id: &str, claims: &Json) -> Result<String, String> {
        let (Some(key), true) = (&self.sign, self.fits(algorithm)) else {
            return Err(format!("the key {:?} cannot sign with {}", self.id, algorithm.name()));
        };
        let header = json!({ "alg": algorithm.name(), "kid": key_id, "typ": "JWT" });
        let message = format!("{}.{}", encoded(header.to_string().as_bytes()), encoded(claims.to_string().as_bytes()));
        let signature = crypto::sign(message.as_bytes(), key, library(algorithm)).map_err(|error| error.to_string())?;
        Ok(format!("{message}.{signature}"))
    }
}

fn library(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    use jsonwebtoken::Algorithm as Library;
    match algorithm {
        Algorithm::Rs256 => Library::RS256,
        Algorithm::Rs384 => Library::RS384,
        Algorithm::Rs512 => Library::RS512,
        Algorithm::Ps256 => Library::PS256,
        Algorithm::Ps384 => Library::PS384,
        Algorithm::Ps512 => Library::PS512,
        Algorithm::Es256 => Library::ES256,
        Algorithm::Es384 => Library::ES384,
        Algorithm::Hs256 => Library::HS256,
        Algorithm::Hs384 => Library::HS384,
        Algorithm::Hs512 => Library::HS512,
        Algorithm::EdDsa => Library::EdDSA,
    }
}

/// RSAPrivateKey (RFC 8017, A.1.2).
fn rsa_private(raw: &Raw) -> Option<Vec<u8>> {
    if raw.d.is_empty() || raw.p.is_empty() {
        return None;
    }
    let mut parts = vec![der::integer(&[0])];
    for number in [&raw.n, &raw.e, &raw.d, &raw.p, &raw.q, &raw.dp, &raw.dq, &raw.qi] {
        parts.push(der::integer(&decoded(number).filter(|bytes| !bytes.is_empty())?));
    }
    Some(der::sequence(&parts))
}

const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const CURVE_P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const CURVE_P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// PrivateKeyInfo with an ECPrivateKey (RFC 5208, RFC 5915).
fn ec_private(raw: &Raw, kind: Kind) -> Option<Vec<u8>> {
    if raw.d.is_empty() {
        return None;
    }
    let (curve, size) = if kind == Kind::P256 { (CURVE_P256, 32usize) } else { (CURVE_P384, 48) };
    let padded = |text: &str| {
        let bytes = decoded(text)?;
        let mut out = vec![0; size.checked_sub(bytes.len())?];
        out.extend(bytes);
        Some(out)
    };
    let point = [vec![4], padded(&raw.x)?, padded(&raw.y)?].concat();
    let key = der::sequence(&[der::integer(&[1]), der::octets(&padded(&raw.d)?), der::public_half(&point)]);
    let algorithm = der::sequence(&[der::identifier(EC_PUBLIC_KEY), der::identifier(curve)]);
    Some(der::sequence(&[der::integer(&[0]), algorithm, der::octets(&key)]))
}

/// PrivateKeyInfo with a CurvePrivateKey (RFC 8410).
fn ed_private(raw: &Raw) -> Option<Vec<u8>> {
    if raw.d.is_empty() {
        return None;
    }
    let seed = decoded(&raw.d).filter(|seed| seed.len() == 32)?;
    let algorithm = der::sequence(&[der::identifier(ED25519)]);
    Some(der::sequence(&[der::integer(&[0]), algorithm, der::octets(&der::octets(&seed))]))
}
