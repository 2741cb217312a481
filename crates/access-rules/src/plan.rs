//! A rule set ready for the engine: every setting merged and checked. The gateway makes it from rule files and hands
//! it to the filter as JSON.

use crate::{cors::Cors, facts::Keeping, pattern::Strategy};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A rule set with everything that it needs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// How patterns are read.
    #[serde(default)]
    pub strategy: Strategy,
    /// The rules in their order.
    pub rules: Vec<RulePlan>,
    /// The error handlers for rules that have none of their own, and for requests that no rule wants.
    pub fallback: Vec<HandlerPlan>,
    /// Session stores whose answers are kept.
    #[serde(default)]
    pub stores: Vec<StorePlan>,
    /// Deadline of calls that have no setting of their own, in milliseconds.
    pub deadline_ms: u64,
    /// Key sets that were read from files: their URL and their JSON.
    #[serde(default)]
    pub key_sets: BTreeMap<String, serde_json::Value>,
    /// CORS for all rules that say nothing about it.
    #[serde(default)]
    pub cors: Option<Cors>,
    /// What operators are told about refused requests.
    #[serde(default)]
    pub denials: DenialsPlan,
}

/// What operators are told about refused requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DenialsPlan {
    /// Whether each one is a line of the log.
    pub log: bool,
    /// Who sends this in X-Nexus-Explain gets the reason in the header X-Nexus-Denial. Empty: nobody does.
    pub explain_secret: String,
}

/// A rule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulePlan {
    /// Its name.
    pub id: String,
    /// What it matches.
    pub url: String,
    /// The methods, in upper case.
    pub methods: Vec<String>,
    /// Tried in order.
    pub authenticators: Vec<HandlerPlan>,
    /// Exactly one.
    pub authorizer: HandlerPlan,
    /// Run in order.
    pub mutators: Vec<HandlerPlan>,
    /// Error handlers of its own.
    #[serde(default)]
    pub errors: Vec<HandlerPlan>,
    /// Where the request goes.
    #[serde(default)]
    pub upstream: UpstreamPlan,
    /// Where several rules want a request, those of the highest priority are left.
    #[serde(default)]
    pub priority: i64,
    /// CORS of its own.
    #[serde(default)]
    pub cors: Option<Cors>,
    /// How many requests it takes.
    #[serde(default)]
    pub rate_limit: Option<RateLimitPlan>,
}

/// How many requests a rule takes, in each Envoy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimitPlan {
    /// So many …
    pub requests: u32,
    /// … in so many milliseconds …
    pub per_ms: u64,
    /// … and at most so many at once.
    pub burst: u32,
}

/// A handler with its settings: those of the rule over those of the configuration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandlerPlan {
    /// Its name.
    pub handler: String,
    /// Its settings.
    #[serde(default)]
    pub config: serde_json::Value,
    /// For an authenticator: whether the next one is asked when it refuses a credential.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fall_through: bool,
}

/// Where a request goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpstreamPlan {
    /// Its URL; without one the rule only serves decisions.
    #[serde(default)]
    pub url: String,
    /// Whether the client's Host header is kept.
    #[serde(default)]
    pub preserve_host: bool,
    /// Segments to strip from the beginning of the path.
    #[serde(default)]
    pub strip_path: String,
    /// The name of Envoy's route for it; empty for the default route.
    #[serde(default)]
    pub route: String,
    /// Whether it is called over HTTP/2, as gRPC needs it.
    #[serde(default)]
    pub http2: bool,
}

/// A session store whose answers are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StorePlan {
    /// The beginning of its URL.
    pub url: String,
    /// How long.
    pub keeping: Keeping,
    /// The only cookies that the store reads; empty when that is not known.
    #[serde(default)]
    pub cookies: Vec<String>,
}

/// Everything that the filter in Envoy needs; its plugin configuration, as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilterPlan {
    /// The rules.
    pub plan: Plan,
    /// The scheme of the listener: `https` where it terminates TLS.
    pub scheme: String,
    /// Whether X-Forwarded-* of the client are believed.
    pub trust_forwarded_headers: bool,
    /// The header that tells Envoy which route a request takes.
    pub route_header: String,
    /// Bounds of the memory for sessions, for each worker.
    pub memory: MemoryPlan,
    /// The feed of changed sessions.
    #[serde(default)]
    pub feed: Option<FeedPlan>,
    /// Calls that one worker may have under way.
    pub max_calls: usize,
    /// Bytes of a request's body that are kept for an authorizer.
    pub max_body: usize,
    /// Whether Envoy's access log is told rule, subject and decision.
    #[serde(default)]
    pub tells_log: bool,
}

/// Bounds of the memory for sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemoryPlan {
    /// Sessions and refusals.
    pub max_entries: usize,
    /// Bytes.
    pub max_bytes: usize,
    /// How old the last word of the feed may be, in milliseconds.
    pub staleness_ms: u64,
}

/// The feed of changed sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedPlan {
    /// Its URL.
    pub url: String,
    /// Milliseconds from one question to the next.
    pub interval_ms: u64,
    /// Deadline of one question, in milliseconds.
    pub deadline_ms: u64,
}
