//! `id_token`: a signed token tells the upstream who is asking.

use super::{Context, Source, config};
use crate::{
    denial::Denial,
    document::{Key as SettingKey, Shape, TextKind, duration, key, required},
    endpoint::Endpoint,
    key_store::{Due, Patience, Source as KeySource, sets},
    keys::{Algorithm, Key, KeySet},
    plan::{HandlerPlan, Plan},
    session::Session,
};
use serde_json::{Value as Json, json};
use std::{sync::Arc, time::Duration};

pub(super) const KEYS: &[SettingKey] = &[
    required("issuer_url", &Shape::Text(TextKind::Any)),
    required("jwks_url", &Shape::Text(TextKind::Url)),
    key("claims", &Shape::Text(TextKind::Any)),
    key("ttl", &Shape::Text(TextKind::Duration)),
];

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    issuer_url: String,
    jwks_url: String,
    #[serde(default)]
    claims: String,
    ttl: Option<String>,
}

/// Who issues tokens, with which key, and what they say.
#[derive(Debug)]
pub(crate) struct IdToken {
    issuer: String,
    source: [KeySource; 1],
    claims: Option<Source>,
    ttl: Duration,
    fingerprint: String,
}

/// Key sets of the gateway itself are looked at again so often.
const PATIENCE: Patience = Patience { ttl: Duration::from_secs(60), wait: Duration::from_secs(2) };

impl IdToken {
    pub(super) fn compile(handler: &HandlerPlan, plan: &Plan) -> Result<Self, String> {
        let config: Config = config(handler)?;
        let ttl = config.ttl.as_deref().and_then(duration).unwrap_or(Duration::from_secs(900));
        let source = KeySource::compile(&config.jwks_url, &plan.key_sets).map_err(|e| format!("jwks_url: {e}"))?;
        if let Some(set) = source.known() {
            signing_key(&set).map_err(|e| format!("jwks_url: {e}"))?;
        }
        let claims = match config.claims.as_str() {
            "" => None,
            text => Some(Source::compile_json("claims", text).map_err(|e| format!("claims: {e}"))?),
        };
        let fingerprint = format!("{}\n{}\n{ttl:?}\n{}", config.issuer_url, config.jwks_url, config.claims);
        Ok(Self { issuer: config.issuer_url, source: [source], claims, ttl, fingerprint })
    }

    pub(super) fn endpoint(&self) -> Option<Arc<Endpoint>> {
        self.source.first().and_then(KeySource::endpoint)
    }

    /// The key set, where it is fetched.
    pub(super) fn key_sets(&self) -> Vec<Due> {
        self.source.iter().filter_map(|source| source.remote(PATIENCE)).collect()
    }

    /// The public halves of the keys, where they need no fetch.
    pub(super) fn public_keys(&self) -> Vec<Json> {
        self.source.iter().filter_map(KeySource::known).flat_map(|set| set.public()).collect()
    }

    /// A token for the same claims is used again until a tenth of its time is left.
    pub(super) async fn mutate(&self, context: &Context, session: &mut Session) -> Result<(), Denial> {
        let rendered = match &self.claims {
            Some(claims) => claims
                .render(session, &mut None)
                .map_err(|e| Denial::internal(format!("the claims cannot be made: {e}")))?,
            None => "{}".to_owned(),
        };
        let state = &context.state;
        let key = state
            .key()
            .part(b"id_token")
            .part(self.fingerprint.as_bytes())
            .part(rendered.as_bytes())
            .part(session.subject.as_bytes())
            .done();
        let kept = state.memory.get(&*context.host, &key).and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
        let token = match kept {
            Some(token) => token,
            None => {
                let token = self.sign(context, session, &rendered).await?;
                let until = context.host.now() + self.ttl.mul_f64(0.9);
                state.memory.put(&*context.host, key, token.clone().into_bytes(), until);
                token
            }
        };
        session.headers.set("Authorization", format!("Bearer {token}"));
        Ok(())
    }

    async fn sign(&self, context: &Context, session: &Session, rendered: &str) -> Result<String, Denial> {
        let claims: Json =
            serde_json::from_str(rendered).map_err(|_| Denial::internal("the claims of the token are no JSON"))?;
        let Json::Object(mut claims) = claims else {
            return Err(Denial::internal("the claims of the token are no map"));
        };
        let now = context.host.now().as_secs();
        let lives = self.ttl.as_secs();
        for (name, value) in [
            ("exp", json!(now + lives)),
            ("iat", json!(now)),
            ("nbf", json!(now)),
            ("iss", json!(self.issuer)),
            ("jti", json!(uuid(context.host.random()))),
            ("sub", json!(&*session.subject)),
        ] {
            claims.insert(name.to_owned(), value);
        }
        // Numbers of templates are floats; a whole one is written as such.
        for value in claims.values_mut() {
            whole_numbers(value);
        }
        let found =
            sets(&self.source, PATIENCE, |set| signing_key(set).is_ok(), &context.state, &context.host, &context.line)
                .await;
        let set = found.first().ok_or_else(|| Denial::internal("the key set for tokens cannot be had"))?;
        let (key, algorithm, key_id) = signing_key(set).map_err(Denial::internal)?;
        key.token(algorithm, &key_id, &Json::Object(claims)).map_err(Denial::internal)
    }
}

/// The last private key of a set, with its algorithm and the id of its public half.
fn signing_key(set: &KeySet) -> Result<(&Key, Algorithm, String), String> {
    let secret = set.0.iter().find(|key| key.is_secret());
    let key = secret.or_else(|| set.0.iter().rfind(|key| key.can_sign())).ok_or("the key set holds no private key")?;
    let algorithm = key.algorithm.ok_or_else(|| format!("the key {:?} does not name its algorithm (alg)", key.id))?;
    // A set with the public half beside the private one: its id is what verifiers look for.
    let public = set
        .0
        .iter()
        .find(|other| !other.can_sign() && other.fits(algorithm) && key.id.replace("private", "public") == other.id);
    Ok((key, algorithm, public.map_or_else(|| key.id.clone(), |public| public.id.clone())))
}

fn uuid(mut bytes: [u8; 16]) -> String {
    if let Some(byte) = bytes.get_mut(6) {
        *byte = (*byte & 0x0f) | 0x40;
    }
    if let Some(byte) = bytes.get_mut(8) {
        *byte = (*byte & 0x3f) | 0x80;
    }
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

#[expect(clippy::cast_possible_truncation, reason = "checked to be a whole number within the exact range")]
fn whole_numbers(value: &mut Json) {
    match value {
        Json::Number(number) => {
            if let Some(float) = number.as_f64().filter(|_| !number.is_i64() && !number.is_u64())
                && float.fract() == 0.0
                && float.abs() < 9e15
            {
                *value = json!(float as i64);
            }
        }
        Json::Array(items) => items.iter_mut().for_each(whole_numbers),
        Json::Object(map) => map.values_mut().for_each(whole_numbers),
        _ => {}
    }
}
