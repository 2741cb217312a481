//! The events that follow from changes, whoever makes them.

use super::{AuditEvent, Kind, Outcome};
use crate::http::context::{self, PortName};
use crate::store::Change;
use identity_api::Timestamp;
use rand::RngCore;

/// The events of `changes`, at `now`.
pub(crate) fn derive(changes: &[Change], now: Timestamp, rng: &mut impl RngCore) -> Vec<AuditEvent> {
    let mut events = Vec::new();
    for change in changes {
        let mut event = |kind| AuditEvent::at(now, crate::crypto::token::uuid(rng), kind, Outcome::Success);
        let found = match change {
            Change::CreateIdentity(identity, credentials) => {
                let kinds: Vec<_> = credentials.iter().map(|credential| credential.kind.as_str()).collect();
                // On the public port an identity is made by nothing but a registration.
                if context::current().is_some_and(|request| request.port == PortName::Public) {
                    let method = credentials.first().map_or("", |credential| credential.kind.as_str());
                    events.push(event(Kind::Registration).identity(identity.id).method(method));
                }
                event(Kind::IdentityCreation).identity(identity.id).with("credentials", kinds.into())
            }
            Change::UpdateIdentity(identity) => {
                event(Kind::IdentityChange).identity(identity.id).with("state", identity.state.as_str().into())
            }
            Change::MarkAddress(marked) if marked.status == "completed" => {
                event(Kind::Verification).identity(marked.identity_id).with("via", marked.via.clone().into())
            }
            Change::DeleteIdentity(id) => event(Kind::IdentityDeletion).identity(*id),
            Change::PutCredential(id, credential) => {
                event(Kind::CredentialChange).identity(*id).method(credential.kind.as_str())
            }
            Change::DeleteCredential(id, kind) => event(Kind::CredentialRemoval).identity(*id).method(kind.as_str()),
            Change::CreateSession(session) => {
                let event = event(Kind::SessionStart).identity(session.identity_id).session(session.id);
                match session.authentication_methods.last() {
                    Some(method) => event.method(&method.method),
                    None => event,
                }
            }
            Change::EndSession(id, _) => event(Kind::SessionEnd).session(*id),
            Change::DeleteSessions(ids, _) | Change::EndSessionList(ids, _) => {
                events.extend(ids.iter().map(|id| event(Kind::SessionEnd).session(*id)));
                continue;
            }
            Change::EndSessions { identity_id, except, .. } => {
                let event = event(Kind::SessionEnd).identity(*identity_id).with("all", true.into());
                match except {
                    Some(kept) => event.with("except", kept.to_string().into()),
                    None => event,
                }
            }
            Change::ExtendSession { id, .. } => event(Kind::SessionChange).session(*id).with("extended", true.into()),
            Change::UseLookupSecret { identity_id, .. } => {
                event(Kind::CredentialChange).identity(*identity_id).method("lookup_secret").with("used", true.into())
            }
            _ => continue,
        };
        events.push(found);
    }
    events
}
