//! What counters are called. Names and addresses of people stand in them only as keyed hashes.

use super::Subject;
use crate::config::Config;
use crate::crypto::keyed_hash;
use std::net::IpAddr;
use uuid::Uuid;

/// The counter of an account or of a name that nobody has.
pub(super) fn account(config: &Config, class: &str, subject: Subject<'_>) -> String {
    match subject {
        Subject::Identity(id) => identity(class, id),
        Subject::Unknown(typed) => {
            let secret = config.secrets.cookie_secrets().next().map_or("", |secret| secret.expose());
            let name = crate::schema::normalise_identifier(typed);
            format!("{class}:name:{}", keyed_hash(secret, "throttle v1", &name))
        }
    }
}

/// The counter of an account.
pub(super) fn identity(class: &str, id: Uuid) -> String {
    format!("{class}:{id}")
}

/// The counter of a client: its address, or of IPv6 its /64 network, which one household has to itself.
pub(super) fn address(client: IpAddr) -> String {
    match client.to_canonical() {
        IpAddr::V4(address) => format!("address:{address}"),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("address:{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn one_network_is_one_client() {
        let key = |text: &str| address(text.parse().expect("an address"));
        assert_eq!(key("2001:db8:1:2:3::4"), key("2001:db8:1:2:ffff::"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
    }
}
