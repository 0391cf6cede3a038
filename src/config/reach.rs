//! Reachability for hubs, and the sources to which it matters.

use url::Host;

use super::{Config, Http, Source};
use crate::model::{CallbackToken, WebUrl};
use crate::source::Reader;
use crate::text::network;

/// Suffixes of names that mean nothing to a hub: RFC 6761, RFC 6762, RFC 8375, ICANN's `.internal`,
/// and what routers and offices use.
const PRIVATE_NAMES: &[&str] = &[
    "localhost",
    "local",
    "internal",
    "home.arpa",
    "lan",
    "home",
    "corp",
    "intranet",
    "test",
    "invalid",
];

impl Config {
    /// Builds the callback address for a token (WebSub); `None` if hubs cannot, or shall not, reach
    /// us.
    ///
    /// Needs a `public_url` that was written down and is not private: behind `http://{listen}/`
    /// there may be anything.
    #[must_use]
    pub fn callback(&self, token: &CallbackToken) -> Option<WebUrl> {
        let base = self.server.public_url.as_ref()?;
        let is_open = self.http.websub && is_reachable(base, &self.http);
        let path = format!("websub/{}", token.segment());
        base.join(&path).filter(|_| is_open)
    }

    /// Whether hubs may push items of this source. A sitemap may be an index, of which a hub has a
    /// part at most.
    #[must_use]
    pub fn may_be_pushed(&self, source: &Source) -> bool {
        let base = self.server.public_url.as_ref();
        let is_open = base.is_some_and(|base| is_reachable(base, &self.http));
        let is_whole = !matches!(source.reader, Reader::Sitemap(_));
        is_open && self.http.websub && source.websub && source.enabled && is_whole
    }
}

/// Whether somebody elsewhere can get to this address. Private networks that we may ask may ask us:
/// then we are at home there.
pub(super) fn is_reachable(url: &WebUrl, http: &Http) -> bool {
    let is_public = |address: std::net::IpAddr| {
        let is_listed = || http.allow_private.iter().any(|net| net.contains(&address));
        network::kind(address).is_none() || is_listed()
    };
    match url.to_url().host() {
        Some(Host::Ipv4(address)) => is_public(address.into()),
        Some(Host::Ipv6(address)) => is_public(address.to_canonical()),
        Some(Host::Domain(name)) => !is_private(name) || !http.allow_private.is_empty(),
        None => false,
    }
}

fn is_private(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let is_below = |end: &&str| {
        let head = name.strip_suffix(end);
        head.is_some_and(|head| head.is_empty() || head.ends_with('.'))
    };
    !name.contains('.') || PRIVATE_NAMES.iter().any(is_below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, allowed: &[&str], want: bool) {
        let http = Http {
            allow_private: allowed.iter().map(|net| net.parse().unwrap()).collect(),
            ..Http::default()
        };
        assert_eq!(
            is_reachable(&WebUrl::parse(url).unwrap(), &http),
            want,
            "{url}"
        );
    }

    #[test]
    fn a_hub_must_be_able_to_get_here() {
        check("https://news.example/", &[], true);
        check("http://93.184.216.34:8080/", &[], true);
        check("http://127.0.0.1:8080/", &[], false);
        check("http://[::1]/", &[], false);
        check("http://192.168.1.7/", &[], false);
        check("http://localhost:8080/", &[], false);
        check("http://news.localhost/", &[], false);
        check("http://nas/", &[], false);
        check("http://nas.home.arpa./", &[], false);
        check("http://thelocal.example/", &[], true);
    }

    #[test]
    fn at_home_in_a_private_network() {
        check("http://192.168.1.7/", &["192.168.0.0/16"], true);
        check("http://10.0.0.1/", &["192.168.0.0/16"], false);
        check("http://nas.lan/", &["192.168.0.0/16"], true);
    }
}
