//! Addresses in markup.

use std::net::IpAddr;

use url::{Host, Url};

use super::entities;
use crate::model::WebUrl;
use crate::text::network;

/// Last labels of names that lead into the reader's own network.
const HOME_NAMES: &[&str] = &[
    "localhost",
    "local",
    "internal",
    "lan",
    "home",
    "corp",
    "intranet",
    "arpa",
];

/// Resolves `value`, references decoded, on a page at `base`; `None` if the result is no web
/// address.
pub(super) fn resolve(value: &str, base: Option<&Url>) -> Option<Url> {
    let value = entities::decode(value);
    let value = value.trim_matches(|c: char| c.is_whitespace() || c.is_control());
    if value.is_empty() {
        return None;
    }
    let url = match base {
        Some(base) => base.join(value),
        None => Url::parse(value),
    };
    url.ok().filter(|url| WebUrl::of(url).is_some())
}

/// Whether a reader's browser would ask its own network for this.
pub(super) fn is_private(url: &Url) -> bool {
    match url.host() {
        None => true,
        Some(Host::Ipv4(ip)) => network::kind(ip.into()).is_some(),
        Some(Host::Ipv6(ip)) => network::kind(ip.into()).is_some(),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            let last = name.rsplit('.').next().unwrap_or(name);
            !name.contains('.') || HOME_NAMES.contains(&last) || name.parse::<IpAddr>().is_ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{is_private, resolve};
    use url::Url;

    #[track_caller]
    fn check(given: &str, want: Option<&str>) {
        let base = Url::parse("https://a.de/x/y?z").unwrap();
        let got = resolve(given, Some(&base));
        assert_eq!(got.as_ref().map(Url::as_str), want, "given {given}");
    }

    #[test]
    fn references_become_whole() {
        check("b.html", Some("https://a.de/x/b.html"));
        check("../b", Some("https://a.de/b"));
        check("?q", Some("https://a.de/x/y?q"));
        check("//b.de/c", Some("https://b.de/c"));
        check("/\\b.de/c", Some("https://b.de/c"));
        check("HTTP://B.de:80?a=1&amp;b=2", Some("http://b.de/?a=1&b=2"));
    }

    #[test]
    fn only_the_web_is_linked() {
        check("", None);
        check("javascript:alert(1)", None);
        check("java&#10;script:alert(1)", None);
        check("\u{1}javascript:alert(1)", None);
        check("data:text/html,x", None);
        check("file:///etc/passwd", None);
    }

    #[test]
    fn the_readers_own_network_is_not_the_web() {
        let private = [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://192.168.0.1/a.gif",
            "http://169.254.169.254/",
            "http://[::1]/",
            "http://[::ffff:10.0.0.1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://[2002:7f00:1::]/",
            "http://[fe80::1]/",
            "http://[fc00::1]/",
            "http://localhost/",
            "http://a.localhost./",
            "http://printer/",
            "http://nas.local/",
            "http://100.64.0.1/",
        ];
        for url in private {
            assert!(is_private(&Url::parse(url).unwrap()), "{url}");
        }
        for url in [
            "http://a.de/",
            "http://1.1.1.1/",
            "http://[2606:4700::1]/",
            "http://[2002:0101:0101::]/",
        ] {
            assert!(!is_private(&Url::parse(url).unwrap()), "{url}");
        }
    }
}
