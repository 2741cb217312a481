//! What the server keeps: identities, credentials, sessions, flows. Pure data and pure functions.

pub mod credential;
pub mod flow;
pub mod identity;
pub mod secret;
pub mod session;

pub use credential::{Credential, CredentialKind, factor};
pub use flow::{Flow, FlowKind, FlowState};
pub use identity::Identity;
pub use secret::Secret;
pub use session::{Session, aal_of};
