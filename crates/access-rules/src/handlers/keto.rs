//! `keto_engine_acp_ory`: the access control policies of Keto before 0.6.

use super::{Context, Source, config, session_store::limits};
use crate::{
    denial::Denial,
    document::{Key, Shape, TextKind, key, required},
    effect::Callout,
    endpoint::Endpoint,
    pattern::Strategy,
    plan::{HandlerPlan, Plan},
    session::Session,
};
use serde_json::{Value as Json, json};
use std::{net::IpAddr, sync::Arc, time::Duration};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

const TEXT: Shape = Shape::Text(TextKind::Any);
pub(super) const KEYS: &[Key] = &[
    required("base_url", &Shape::Text(TextKind::Url)),
    required("required_action", &TEXT),
    required("required_resource", &TEXT),
    key("subject", &TEXT),
    key("flavor", &TEXT),
];

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    base_url: String,
    required_action: String,
    required_resource: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    flavor: String,
}

/// A Keto and what it is asked.
#[derive(Debug)]
pub(crate) struct Keto {
    endpoint: Arc<Endpoint>,
    target: String,
    action: Source,
    resource: Source,
    subject: Option<Source>,
    deadline: Duration,
    /// Its templates live on what patterns catch; globs catch nothing.
    usable: bool,
}

/// No answer of Keto is larger than this.
const MAX_SIZE: usize = 64 * 1024;

impl Keto {
    pub(super) fn compile(handler: &HandlerPlan, plan: &Plan) -> Result<Self, String> {
        let config: Config = config(handler)?;
        let endpoint = Endpoint::parse(&config.base_url).map_err(|e| format!("base_url: {e}"))?;
        let flavor = if config.flavor.is_empty() { "regex" } else { &config.flavor };
        if !flavor.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
            return Err(format!("flavor: {flavor:?} is none; write regex, glob or exact"));
        }
        let source = |name: &str, text: &str| Source::compile(name, text).map_err(|e| format!("{name}: {e}"));
        Ok(Self {
            target: format!("{}/engines/acp/ory/{flavor}/allowed", endpoint.path.trim_end_matches('/')),
            endpoint: Arc::new(endpoint),
            action: source("required_action", &config.required_action)?,
            resource: source("required_resource", &config.required_resource)?,
            subject: if config.subject.is_empty() { None } else { Some(source("subject", &config.subject)?) },
            deadline: Duration::from_millis(plan.deadline_ms),
            usable: plan.strategy == Strategy::Regexp,
        })
    }

    pub(super) fn endpoint(&self) -> Arc<Endpoint> {
        Arc::clone(&self.endpoint)
    }

    pub(super) async fn authorize(&self, context: &Context, session: &mut Session) -> Result<(), Denial> {
        if !self.usable {
            return Err(Denial::internal(
                "The authorizer keto_engine_acp_ory works with the matching strategy regexp only",
            ));
        }
        let mut view = None;
        let mut render = |source: &Source| source.render(session, &mut view).map_err(Denial::internal);
        let (action, resource) = (render(&self.action)?, render(&self.resource)?);
        let subject = match &self.subject {
            Some(subject) => render(subject)?,
            None => session.subject.to_string(),
        };
        let at = i128::try_from(context.host.now().as_nanos())
            .ok()
            .and_then(|nanos| OffsetDateTime::from_unix_timestamp_nanos(nanos).ok());
        let at = at.and_then(|at| at.format(&Rfc3339).ok()).unwrap_or_default();
        let address = client_address(context).map(|address| address.to_string()).unwrap_or_default();
        let body = json!({
            "action": action,
            "resource": resource,
            "subject": subject,
            "context": { "remoteIpAddress": address, "requestedAt": at },
        });
        let callout = Callout {
            endpoint: Arc::clone(&self.endpoint),
            method: "POST".into(),
            target: self.target.clone(),
            headers: vec![("content-type".into(), b"application/json".to_vec())],
            body: body.to_string().into_bytes(),
            deadline: self.deadline,
            share: None,
        };
        let answer = context
            .line
            .call(callout)
            .await
            .map_err(|failure| Denial::internal(format!("Keto cannot be asked: {failure:?}")))?;
        match answer.status {
            200 => {}
            403 => return Err(Denial::forbidden()),
            429 => return Err(Denial::too_many_requests(limits(&answer))),
            status => return Err(Denial::internal(format!("expected status code 200 but got {status} from Keto"))),
        }
        let body: Option<Json> = answer.plain_body(MAX_SIZE).and_then(|body| serde_json::from_slice(&body).ok());
        match body.as_ref().map(|body| body.get("allowed")) {
            Some(Some(Json::Bool(true))) => Ok(()),
            Some(None | Some(Json::Bool(false) | Json::Null)) => Err(Denial::forbidden()),
            _ => Err(Denial::internal("The answer of Keto cannot be read")),
        }
    }
}

/// The first public address that trusted proxies name, else the client's own.
fn client_address(context: &Context) -> Option<IpAddr> {
    context.request.client()
}
