//! What the app decides, without a browser: flows, forms, addresses, and what to do with an answer.

pub mod agent;
pub mod answer;
pub mod flow;
pub mod form;
pub mod headline;
pub mod machine;
pub mod next;
pub mod query;
pub mod session;
pub mod traits;
pub mod wire;
