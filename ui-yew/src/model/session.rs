//! A session and its identity, as the pages show them.

use crate::model::wire::{flag, list, text, text_or_empty};
use serde_json::Value;

/// A session. Times are RFC 3339, as the server writes them.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// Its id.
    pub id: String,
    /// When it ends.
    pub expires_at: String,
    /// When the last proof was given.
    pub authenticated_at: String,
    /// Whether it rests on two factors.
    pub has_two_factors: bool,
    /// The proofs that it rests on, in order.
    pub methods: Vec<Method>,
    /// Where it was used from.
    pub devices: Vec<Device>,
    /// Whose it is, unless more must be proven first.
    pub identity: Option<Identity>,
}

/// A proof of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// The method's name.
    pub name: String,
    /// The social sign-in provider.
    pub provider: Option<String>,
}

/// Where a session was used from; what is not known is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The client's `User-Agent`.
    pub user_agent: String,
    /// The client's address.
    pub ip_address: String,
    /// City and country.
    pub location: String,
}

/// An account.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    /// Its id.
    pub id: String,
    /// What it says of itself.
    pub traits: Value,
    /// Whether the gateway lets it into the administration; here it only decides about a link.
    pub is_admin: bool,
    /// Its addresses, and which of them are verified.
    pub addresses: Vec<(String, bool)>,
}

impl Session {
    /// Reads a session; `None` when it has no id.
    #[must_use]
    pub fn read(value: &Value) -> Option<Self> {
        let method = |value: &Value| Some(Method { name: text(value, "method")?, provider: text(value, "provider") });
        let device = |value: &Value| Device {
            user_agent: text_or_empty(value, "user_agent"),
            ip_address: text_or_empty(value, "ip_address"),
            location: text_or_empty(value, "location"),
        };
        let level = text_or_empty(value, "authenticator_assurance_level");
        Some(Self {
            id: text(value, "id")?,
            expires_at: text_or_empty(value, "expires_at"),
            authenticated_at: text_or_empty(value, "authenticated_at"),
            has_two_factors: matches!(level.as_str(), "aal2" | "aal3"),
            methods: list(value, "authentication_methods").filter_map(method).collect(),
            devices: list(value, "devices").map(device).collect(),
            identity: value.get("identity").and_then(Identity::read),
        })
    }
}

impl Identity {
    /// Reads an identity; `None` when it has no id.
    #[must_use]
    pub fn read(value: &Value) -> Option<Self> {
        let address = |value: &Value| Some((text(value, "value")?, flag(value, "verified")));
        Some(Self {
            id: text(value, "id")?,
            traits: value.get("traits").cloned().unwrap_or_default(),
            is_admin: value.pointer("/metadata_public/role").and_then(Value::as_str) == Some("admin"),
            addresses: list(value, "verifiable_addresses").filter_map(address).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use identity_api::Timestamp;
    use identity_api::identity::IdentityState;
    use identity_api::session::{Aal, AuthenticationMethod};
    use serde_json::json;
    use uuid::Uuid;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn the_servers_own_session_is_read() {
        let now = Timestamp::UNIX_EPOCH;
        let written = identity_api::Session {
            id: Uuid::from_u128(1),
            active: true,
            expires_at: now,
            authenticated_at: now,
            authenticator_assurance_level: Aal::Aal2,
            authentication_methods: vec![AuthenticationMethod {
                method: "oidc".into(),
                aal: Aal::Aal1,
                completed_at: now,
                provider: Some("hub".into()),
                organization: None,
                upstream_acr: None,
                upstream_amr: None,
            }],
            issued_at: now,
            identity: Some(identity_api::Identity {
                id: Uuid::from_u128(3),
                external_id: None,
                credentials: None,
                schema_id: "default".into(),
                schema_url: String::new(),
                state: IdentityState::Active,
                state_changed_at: None,
                traits: json!({"email": "ada@example.org"}),
                verifiable_addresses: Vec::new(),
                recovery_addresses: Vec::new(),
                metadata_public: Value::Null,
                metadata_admin: None,
                created_at: now,
                updated_at: now,
                organization_id: None,
            }),
            devices: Some(vec![identity_api::session::Device {
                id: Uuid::from_u128(2),
                ip_address: Some("192.0.2.7".into()),
                user_agent: Some("curl/8".into()),
                location: None,
            }]),
            tokenized: None,
        };
        let mut json = serde_json::to_value(&written).expect("it is written");
        json["identity"]["verifiable_addresses"] = json!([{"value": "ada@example.org", "verified": true}]);
        let read = Session::read(&json).expect("it is read");
        assert_eq!(read.id, written.id.to_string());
        assert_eq!(read.expires_at, "1970-01-01T00:00:00Z");
        assert!(read.has_two_factors);
        assert_eq!(read.methods, [Method { name: "oidc".into(), provider: Some("hub".into()) }]);
        let device = Device { user_agent: "curl/8".into(), ip_address: "192.0.2.7".into(), location: String::new() };
        assert_eq!(read.devices, [device]);
        let identity = read.identity.expect("an identity");
        assert_eq!(identity.addresses, [("ada@example.org".to_owned(), true)]);
        assert_eq!(identity.traits, json!({"email": "ada@example.org"}));
    }

    #[test]
    fn a_session_without_its_identity_is_one() {
        let read = Session::read(&json!({"id": "s", "identity": null, "devices": null}));
        assert!(read.is_some_and(|session| session.identity.is_none() && session.devices.is_empty()));
    }
}
