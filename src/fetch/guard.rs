//! SSRF guard: the addresses that may be asked.
//!
//! Feeds, redirects and article links come from strangers. Whatever they say,
//! nothing on this machine or its network is asked unless `http.allow_private`
//! lists it. The address is judged as a number, never as text, after the URL
//! parser and the resolver have had their say, and the address that was judged
//! is the address that is connected.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use url::{Host, Url};

use crate::text::network;

/// Ports of the web. Below 1024 all others are refused: they belong to services that speak first or
/// never HTTP, and asking them is an attack.
const WEB_PORTS: [u16; 2] = [80, 443];

/// Advice for an address that is not public.
const LIST_IT: &str = "list it in http.allow_private if that is meant";

/// Most addresses of one name that are tried.
const MAX_ADDRESSES: usize = 16;

/// Allow-list of addresses: all public ones, and the networks of `http.allow_private`.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    allowed: Vec<IpNet>,
}

/// Request that was not made, because its target may not be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Target: an address, a name with its address, a port or "the URL".
    pub target: String,
    /// Reason, as the end of "… is".
    pub why: &'static str,
    /// Advice, as half a sentence.
    pub advice: &'static str,
}

impl std::error::Error for Refused {}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Refused {
            target,
            why,
            advice,
        } = self;
        write!(f, "{target} is {why}; {advice}")
    }
}

impl Guard {
    /// Makes a guard that lets public addresses pass, and those in `allowed`.
    #[must_use]
    pub fn new(allowed: Vec<IpNet>) -> Guard {
        Guard { allowed }
    }

    /// Judges a URL as far as that goes without a resolver: port, and host if it is an address in
    /// any spelling.
    ///
    /// # Errors
    ///
    /// [`Refused`] for a port below 1024 that is not of the web, for an address as in
    /// [`Guard::judge`], and without a host.
    pub fn judge_url(&self, url: &Url) -> Result<(), Refused> {
        let port = url.port_or_known_default().unwrap_or(0);
        if !WEB_PORTS.contains(&port) && port < 1024 {
            return Err(Refused {
                target: format!("port {port}"),
                why: "not a port of the web",
                advice: "use 80, 443, or one from 1024 on",
            });
        }
        match url.host() {
            Some(Host::Ipv4(address)) => self.judge(address.into()),
            Some(Host::Ipv6(address)) => self.judge(address.into()),
            Some(Host::Domain(_)) => Ok(()),
            None => Err(Refused {
                target: "the URL".to_owned(),
                why: "without a host",
                advice: "write the whole address",
            }),
        }
    }

    /// Filters the first 16 addresses of a name by [`Guard::judge`].
    ///
    /// # Errors
    ///
    /// [`Refused`] if there are addresses, but none that may be asked.
    pub fn filter(
        &self,
        name: &str,
        found: impl Iterator<Item = SocketAddr>,
    ) -> Result<Vec<SocketAddr>, Refused> {
        let mut refused = None;
        let mut passed = Vec::new();
        for address in found.take(MAX_ADDRESSES) {
            match self.judge(address.ip()) {
                Ok(()) => passed.push(address),
                Err(why) => refused = Some(why),
            }
        }
        match refused {
            Some(Refused {
                target,
                why,
                advice,
            }) if passed.is_empty() => Err(Refused {
                target: format!("{name} ({target})"),
                why,
                advice,
            }),
            _ => Ok(passed),
        }
    }

    /// Judges one address.
    ///
    /// # Errors
    ///
    /// [`Refused`] if it is neither public nor in an allowed network.
    pub fn judge(&self, address: IpAddr) -> Result<(), Refused> {
        if self
            .allowed
            .iter()
            .any(|net| net.contains(&address.to_canonical()))
        {
            return Ok(());
        }
        match network::kind(address) {
            None => Ok(()),
            Some(why) => Err(Refused {
                target: address.to_string(),
                why,
                advice: LIST_IT,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refuses(url: &str) {
        let guard = Guard::default();
        let Ok(url) = Url::parse(url) else { return };
        assert!(guard.judge_url(&url).is_err(), "{url} passed");
    }

    #[track_caller]
    fn passes(url: &str) {
        assert_eq!(
            Guard::default().judge_url(&url.parse().unwrap()),
            Ok(()),
            "{url}"
        );
    }

    #[test]
    fn this_machine_is_refused_in_every_spelling() {
        for host in [
            "127.0.0.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "127.1",
            "127。0。0。1",
            "①②⑦.⓪.⓪.①",
            "%31%32%37.0.0.1",
            "0",
            "[::1]",
            "[::]",
            "good.example@127.0.0.1",
        ] {
            refuses(&format!("http://{host}/"));
        }
        refuses("http:\\\\127.0.0.1\\x");
        refuses("http:127.0.0.1");
    }

    #[test]
    fn an_address_inside_another_is_found() {
        for host in [
            "[::ffff:127.0.0.1]",
            "[::127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "[2001:0:1::]",
            "[fc00::1]",
            "[fe80::1]",
            "[ff02::1]",
            "[64:ff9b:1::1]",
            "[fec0::1]",
        ] {
            refuses(&format!("http://{host}/"));
        }
    }

    #[test]
    fn networks_that_are_not_public_are_refused() {
        for host in [
            "100.64.0.1",
            "0.1.2.3",
            "192.0.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "169.254.169.254",
            "10.0.0.1",
            "172.31.0.1",
            "192.168.1.1",
            "255.255.255.255",
        ] {
            refuses(&format!("http://{host}/"));
        }
    }

    #[test]
    fn the_web_passes() {
        passes("http://93.184.216.34/");
        passes("https://[2606:4700::1111]/");
        passes("http://172.15.0.1:8080/");
        passes("https://example.cn/rss.xml");
    }

    #[test]
    fn ports_of_other_services_are_refused() {
        refuses("http://example.cn:22/");
        refuses("http://example.cn:25/");
        refuses("http://example.cn:0/");
        passes("http://example.cn:8081/");
    }

    #[test]
    fn what_is_listed_passes_and_nothing_beside_it() {
        let guard = Guard::new(vec!["127.0.0.2/32".parse().unwrap()]);
        assert!(guard.judge("127.0.0.2".parse().unwrap()).is_ok());
        assert!(guard.judge("::ffff:127.0.0.2".parse().unwrap()).is_ok());
        assert!(guard.judge("127.0.0.1".parse().unwrap()).is_err());
        let mixed = ["127.0.0.2:80", "127.0.0.1:80"].map(|a| a.parse().unwrap());
        let passed = guard.filter("mixed.example", mixed.into_iter()).unwrap();
        assert_eq!(passed, ["127.0.0.2:80".parse().unwrap()]);
    }
}
