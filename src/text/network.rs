//! Address classes, after the IANA registries of special-purpose addresses (RFC 6890 and what was
//! added since).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Names the reason why an address is not public, as the end of "… is"; `None` if it is public.
///
/// ```
/// use gazetted::text::network::kind;
/// assert_eq!(kind("127.0.0.1".parse().unwrap()), Some("this machine"));
/// assert_eq!(kind("93.184.216.34".parse().unwrap()), None);
/// ```
#[must_use]
pub fn kind(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => kind_v4(address),
        IpAddr::V6(address) => kind_v6(address),
    }
}

fn kind_v4(address: Ipv4Addr) -> Option<&'static str> {
    let [a, b, c, _] = address.octets();
    match (a, b, c) {
        (127, ..) => Some("this machine"),
        (0, ..) => Some("this network"),
        (10, ..) | (192, 168, _) => Some("a private address"),
        (172, 16..=31, _) => Some("a private address"),
        (169, 254, _) => Some("a link-local address"),
        (100, 64..=127, _) => Some("a carrier's private address"),
        (192, 0, 0 | 2) | (198, 51, 100) | (203, 0, 113) => Some("a reserved address"),
        (198, 18 | 19, _) | (192, 88, 99) => Some("a reserved address"),
        (224..=239, ..) => Some("a multicast address"),
        (240.., ..) => Some("a reserved address"),
        _ => None,
    }
}

/// Names the reason for IPv6; an IPv4 address inside is judged again.
fn kind_v6(address: Ipv6Addr) -> Option<&'static str> {
    let s = address.segments();
    let embedded = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        kind_v4(Ipv4Addr::new(a, b, c, d))
    };
    match s {
        [0, 0, 0, 0, 0, 0, 0, 1] => Some("this machine"),
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] => {
            embedded(high, low).or(Some("an IPv4 address in disguise"))
        }
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x64, 0xff9b, ..] => Some("a translated address"),
        [0x2002, high, low, ..] => embedded(high, low),
        [0x2001, 0..=0x01ff, ..] => Some("a reserved address"),
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0x0fff, ..] => Some("a documentation address"),
        [0x100, 0, 0, 0, ..] => Some("a discarded address"),
        [0xfc00..=0xfdff, ..] => Some("a private address"),
        [0xfe80..=0xfebf, ..] => Some("a link-local address"),
        [0xfec0..=0xfeff, ..] => Some("a site-local address"),
        [0xff00..=0xffff, ..] => Some("a multicast address"),
        [0x2000..=0x3fff, ..] => None,
        _ => Some("a reserved address"),
    }
}
