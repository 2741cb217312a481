//! One-time codes of six digits, and tokens for links: made at random, kept as a keyed hash, bound to their flow.

use crate::audit::{self, AuditEvent, Kind, Outcome};
use crate::config::Config;
use crate::crypto::{keyed_hash, token};
use crate::http::app::App;
use crate::http::error::ApiError;
use crate::model::{Flow, FlowKind, Secret};
use crate::store::{Change, NewCode, StoreError, StoredCode};
use crate::throttle::{self, Class, Subject};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

const PURPOSE: &str = "one-time code v1";

/// What a secret is made for.
pub struct Order<'o> {
    /// The flow that it belongs to.
    pub flow_id: Uuid,
    /// `verification`, `recovery`, `login`, `registration`.
    pub purpose: &'static str,
    /// `email` or `sms`.
    pub via: &'o str,
    /// Where it goes.
    pub address: &'o str,
    /// Whose it is, if anybody's.
    pub identity_id: Option<Uuid>,
    /// How long it works.
    pub lifespan: std::time::Duration,
}

/// A new code of six digits, and how it is stored.
///
/// # Errors
/// 500 when no secret is configured.
pub fn create(app: &App, config: &Config, order: &Order<'_>) -> Result<(Secret, NewCode), ApiError> {
    let code = token::six_digits(&mut app.rng());
    stored(app, config, order, code)
}

/// A new token for a link (190 bits), and how it is stored.
///
/// # Errors
/// 500 when no secret is configured.
pub fn create_token(app: &App, config: &Config, order: &Order<'_>) -> Result<(Secret, NewCode), ApiError> {
    let token = Secret::from(token::alphanumeric(&mut app.rng(), 32));
    stored(app, config, order, token)
}

fn stored(app: &App, config: &Config, order: &Order<'_>, code: Secret) -> Result<(Secret, NewCode), ApiError> {
    let secret = config.secrets.cookie_secrets().next();
    let secret = secret.ok_or_else(|| ApiError::misconfigured("secrets.cookie or secrets.default must be set"))?;
    let now = app.now();
    let stored = NewCode {
        id: token::uuid(&mut app.rng()),
        flow_id: order.flow_id,
        purpose: order.purpose,
        code_hash: keyed_hash(secret.expose(), PURPOSE, &bound(order.flow_id, code.expose())),
        via: order.via.into(),
        address: order.address.into(),
        identity_id: order.identity_id,
        created_at: now,
        expires_at: now + order.lifespan,
    };
    Ok((code, stored))
}

/// What a code that was handed in is.
pub enum Checked {
    /// The flow's own, unused and in time. Whoever acts on it commits its use with the rest.
    Right(StoredCode),
    /// Not that, or used, or too old.
    Wrong,
    /// Not looked at: the flow has had all its tries.
    TooOften,
}

/// Looks at a code of six digits. The try is counted in one statement before the comparison, so that parallel tries
/// count as well (requirement 13). Tries also count for the address, over all flows (20), whether or not anybody has it.
///
/// # Errors
/// 429 when there were too many tries in other flows; else only when the store fails.
pub async fn check(app: &App, config: &Config, flow: &Flow, given: &str) -> Result<Checked, ApiError> {
    let limit = config.selfservice.methods.code.config.max_submissions;
    match app.store.commit(vec![Change::CountTry { flow_id: flow.id, limit }]).await {
        Ok(()) => {}
        Err(StoreError::Stale) => return Ok(Checked::TooOften),
        Err(error) => return Err(error.into()),
    }
    let codes = app.store.codes(flow.id).await?;
    let kind = match flow.kind {
        FlowKind::Recovery => Kind::Recovery,
        FlowKind::Verification => Kind::Verification,
        FlowKind::Registration => Kind::Registration,
        _ if flow.requested_aal == "aal2" => Kind::SecondFactor,
        _ => Kind::Login,
    };
    let owner = codes.first().and_then(|code| code.identity_id);
    let event = |outcome| AuditEvent::new(app, kind, outcome).method("code").flow(flow.id).identity(owner);
    let permit = match throttle::attempt(app, config, Class::Code, Subject::Unknown(&addressee(flow, &codes))).await {
        Ok(permit) => permit,
        Err(error) => {
            audit::record(app, event(Outcome::Throttled)).await;
            return Err(error);
        }
    };
    match find(app, config, flow.id, &codes, given) {
        Some(code) => {
            app.store.commit(permit.succeeded()).await?;
            Ok(Checked::Right(code.clone()))
        }
        None => {
            audit::record(app, event(Outcome::Failure).reason("wrong_code")).await;
            Ok(Checked::Wrong)
        }
    }
}

/// Where the flow's codes went, or would have gone: the same for an address that nobody has.
fn addressee(flow: &Flow, codes: &[StoredCode]) -> String {
    if let Some(code) = codes.first().filter(|code| !code.address.is_empty()) {
        return code.address.clone();
    }
    let shown = ["email", "identifier", "traits.email"].iter().find_map(|name| {
        let node = flow.ui.nodes.iter().filter_map(identity_api::UiNode::as_input).find(|input| input.name == *name);
        node?.value.as_ref()?.as_str().filter(|value| !value.is_empty()).map(str::to_owned)
    });
    shown.unwrap_or_else(|| flow.id.to_string())
}

/// The code among `codes` that `given` is, whatever secret it was hashed under, if it is unused and in time.
#[must_use]
pub fn find<'c>(
    app: &App,
    config: &Config,
    flow_id: Uuid,
    codes: &'c [StoredCode],
    given: &str,
) -> Option<&'c StoredCode> {
    let now = app.now();
    find_any(config, flow_id, codes, given).filter(|code| !code.used && now < code.expires_at)
}

/// The code among `codes` that `given` is, used or not and however old.
#[must_use]
pub fn find_any<'c>(config: &Config, flow_id: Uuid, codes: &'c [StoredCode], given: &str) -> Option<&'c StoredCode> {
    let hashes: Vec<String> = config
        .secrets
        .cookie_secrets()
        .map(|secret| keyed_hash(secret.expose(), PURPOSE, &bound(flow_id, given)))
        .collect();
    codes.iter().find(|code| hashes.iter().any(|hash| bool::from(hash.as_bytes().ct_eq(code.code_hash.as_bytes()))))
}

fn bound(flow_id: Uuid, code: &str) -> String {
    format!("{flow_id}:{code}")
}
