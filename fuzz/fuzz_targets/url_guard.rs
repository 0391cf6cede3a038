//! No URL that the guard lets pass stands for an address that is not public,
//! whatever its spelling.

#![no_main]

use std::net::IpAddr;

use gazetted::fetch::Guard;
use libfuzzer_sys::fuzz_target;
use url::{Host, Url};

fuzz_target!(|data: &[u8]| {
    let guard = Guard::default();
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(url) = Url::parse(text)
        && guard.judge_url(&url).is_ok()
    {
        let port = url.port_or_known_default();
        assert!(
            port.is_some_and(|port| port >= 1024 || port == 80 || port == 443),
            "{url}"
        );
        let address: Option<IpAddr> = match url.host() {
            Some(Host::Ipv4(address)) => Some(address.into()),
            Some(Host::Ipv6(address)) => Some(address.into()),
            Some(Host::Domain(name)) => name.trim_end_matches('.').parse().ok(),
            None => panic!("{url} has no host"),
        };
        assert!(address.is_none_or(is_public), "{url}");
    }
    if let Ok(bytes) = <[u8; 16]>::try_from(data)
        && guard.judge(bytes.into()).is_ok()
    {
        assert!(is_public(bytes.into()), "{}", IpAddr::from(bytes));
    }
});

/// By the standard library's own predicates, as far as they go.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            !(address.is_loopback()
                || address.is_private()
                || address.is_link_local()
                || address.is_multicast()
                || address.is_broadcast()
                || address.is_unspecified()
                || address.is_documentation())
        }
        IpAddr::V6(address) => {
            !(address.is_loopback()
                || address.is_unspecified()
                || address.is_multicast()
                || address.is_unique_local()
                || address.is_unicast_link_local())
        }
    }
}
