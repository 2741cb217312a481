//! Ory Oathkeeper's access rules as an engine without a host.
//!
//! The engine takes a request (method, scheme, host, path, headers) and says what is to be done with it: let it pass
//! with these headers, or answer like this. What it needs from outside on the way (a call to a session store, a
//! pause, the request's body) it asks for as an [`Effect`]; the host carries it out and hands the result back. So the
//! same code runs in Envoy as WebAssembly, natively behind the decision API, and under a fuzzer.

pub mod address;
mod answers;
pub mod canonical;
pub mod cors;
mod denial;
pub mod document;
mod effect;
mod endpoint;
mod engine;
mod explain;
pub mod facts;
pub mod feed;
pub mod handlers;
mod index;
mod keep;
mod key_store;
mod keys;
pub mod pattern;
pub mod plan;
mod request;
mod rule;
#[cfg(feature = "documents")]
pub mod rules;
mod session;
mod state;
mod views;

pub use denial::{Denial, status_text};
pub use effect::{Answer, Callout, Effect, Failure, Flow, Host, Moment, Reply, Step};
pub use endpoint::Endpoint;
pub use engine::{CompileError, Engine, Grant, Outcome, Response, RulePart, Verdict};
pub use index::Index;
pub use request::{Headers, Parts, Public, Request, form_decoded, form_encoded, path_encoded, query_pairs};
pub use rule::{Rule, Upstream};
pub use state::State;
