//! Ranges of network addresses.

use std::net::IpAddr;

/// A range of addresses, as in `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr(IpAddr, u32);

impl Cidr {
    /// Reads a range; an address alone is a range of one.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        (bits <= most).then_some(Self(address, bits))
    }

    /// Whether an address is in the range. IPv4 addresses in IPv6 spelling count as IPv4.
    pub fn holds(&self, other: IpAddr) -> bool {
        use IpAddr::{V4, V6};
        match (self.0, other.to_canonical()) {
            (V4(a), V4(b)) => (u32::from(a) ^ u32::from(b)).checked_shr(32 - self.1).is_none_or(|rest| rest == 0),
            (V6(a), V6(b)) => (u128::from(a) ^ u128::from(b)).checked_shr(128 - self.1).is_none_or(|rest| rest == 0),
            _ => false,
        }
    }
}

/// The first address of a list of hops (X-Forwarded-For) that is not of some private network, else the last.
pub fn first_public(hops: &str) -> Option<IpAddr> {
    let all: Vec<IpAddr> = hops.split(',').filter_map(|text| text.trim().parse().ok()).collect();
    all.iter().find(|address| is_public(address)).or(all.last()).copied()
}

fn is_public(address: &IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [first, second, ..] = v4.octets();
            let shared = first == 100 && (64..128).contains(&second);
            !(v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified() || shared)
        }
        IpAddr::V6(v6) => {
            !(v6.is_loopback() || v6.is_unspecified() || v6.is_unique_local() || v6.is_unicast_link_local())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Cidr, first_public};

    #[test]
    fn ranges_hold_what_lies_in_them() {
        for (range, address, holds) in [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.1", "10.0.0.1", true),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true),
            ("2001:db8::/32", "2001:db8::1", true),
            ("2001:db8::/32", "10.0.0.1", false),
        ] {
            assert_eq!(Cidr::parse(range).unwrap().holds(address.parse().unwrap()), holds, "{range} {address}");
        }
        assert!(Cidr::parse("10.0.0.0/33").is_none() && Cidr::parse("here").is_none());
    }

    #[test]
    fn the_client_is_the_first_public_hop() {
        assert_eq!(first_public("203.0.113.9, 10.0.0.1"), "203.0.113.9".parse().ok());
        assert_eq!(first_public("10.0.0.2, 203.0.113.9, 10.0.0.1"), "203.0.113.9".parse().ok());
        assert_eq!(first_public("10.0.0.2, 127.0.0.1"), "127.0.0.1".parse().ok());
        assert_eq!(first_public("unknown"), None);
    }
}
