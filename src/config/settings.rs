//! How the daemon behaves.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use jiff::tz::TimeZone;

use super::Access;
use super::source::china;
use crate::model::WebUrl;

/// `[server]`
#[derive(Clone, Debug, PartialEq)]
pub struct Server {
    /// Where to answer HTTP. Read at start only. Default 127.0.0.1:8080.
    pub listen: SocketAddr,
    /// Where readers find us, with a slash at its end; self links come from it,
    /// never from `Host`. `http://{listen}/` unless given.
    pub public_url: Option<WebUrl>,
    /// The title of `/`. Default `gazetted`.
    pub title: String,
    /// BCP 47, of the listing's own words and of what names no language.
    /// Default zh-CN.
    pub language: String,
    /// Of the dates in the listing: what `[defaults] timezone` says, else that
    /// of a source.
    pub timezone: TimeZone,
    /// A web or mail address for publishers; goes into the User-Agent.
    pub contact: Option<String>,
}

/// `[store]`
#[derive(Clone, Debug, PartialEq)]
pub struct StoreOptions {
    /// Where the store is, unless the command line or `$STATE_DIRECTORY` says.
    pub path: Option<PathBuf>,
    /// How long an item is kept, from when it was first seen; what is over goes
    /// by whole volumes, each a third of a month. Default 400 days.
    pub retention: Option<Duration>,
    /// The most items; the oldest volumes go. Default no limit.
    pub max_items: Option<u64>,
    /// How long a removed item is remembered, so that it does not come back,
    /// from when it was first seen. Default two years.
    pub tombstones: Duration,
    /// Whether a poll that was reported as committed survives a power loss.
    /// Read at start only. Default yes.
    pub durable: bool,
}

/// `[http]`
#[derive(Clone, Debug, PartialEq)]
pub struct Http {
    /// For the whole of one request, unless a source says otherwise. Default 30 s.
    pub timeout: Duration,
    /// Bytes of a body after decoding. Default 10 MiB.
    pub max_body: usize,
    /// Redirects of one request. Default 5.
    pub max_redirects: usize,
    /// Requests at the same time. Default 32.
    pub concurrency: usize,
    /// Networks that are not public and may be asked all the same. Default none.
    pub allow_private: Vec<IpNet>,
    /// Whether hubs are asked to push (WebSub), where they can reach us. Default
    /// yes.
    pub websub: bool,
    /// Through whom to ask. Default nobody; the environment is not looked at.
    pub proxy: Option<WebUrl>,
    /// Whom to ask for the addresses of names. Default what the system says.
    pub nameservers: Vec<SocketAddr>,
}

/// `[host."…"]`
#[derive(Clone, Debug, PartialEq)]
pub struct Host {
    /// `example.cn`, `*.example.cn` for all below it, or `*` for all others.
    pub pattern: String,
    /// Requests at the same time. Default 2.
    pub concurrency: usize,
    /// Between the starts of two requests. Default 1 s.
    pub spacing: Duration,
    /// Whom a refusal for now (`Retry-After`, 429, 503) is about. Default: 429 is
    /// about the host, all else about the feed.
    pub retry_scope: Option<RetryScope>,
    /// Statuses that mean "too many requests" besides 429. Default none.
    pub throttle_status: Vec<u16>,
    /// Whether its robots.txt binds us. Default yes.
    pub robots: RobotsRule,
    /// How it lets us in.
    pub access: Access,
}

/// Whom a refusal for now is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryScope {
    /// The address that was asked.
    Feed,
    /// All that this host serves.
    Host,
}

/// Whether a robots.txt binds us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum RobotsRule {
    /// It does.
    #[default]
    Obey,
    /// The publisher gave leave in another way.
    Ignore,
}

impl Host {
    /// Whether this is about `host`.
    #[must_use]
    pub fn matches(&self, host: &str) -> bool {
        Host::is_about(&self.pattern, host)
    }

    /// Whether a pattern is about `host`.
    pub(super) fn is_about(pattern: &str, host: &str) -> bool {
        match pattern.strip_prefix('*') {
            Some(end) => host.len() > end.len() && host.ends_with(end),
            None => host == pattern,
        }
    }
}

impl Default for Server {
    fn default() -> Server {
        Server {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            public_url: None,
            title: "gazetted".to_owned(),
            language: "zh-CN".to_owned(),
            timezone: china(),
            contact: None,
        }
    }
}

impl Default for StoreOptions {
    fn default() -> StoreOptions {
        StoreOptions {
            path: None,
            retention: Some(Duration::from_secs(400 * 86_400)),
            max_items: None,
            tombstones: Duration::from_secs(2 * 365 * 86_400),
            durable: true,
        }
    }
}

impl Default for Http {
    fn default() -> Http {
        Http {
            timeout: Duration::from_secs(30),
            max_body: 10 << 20,
            max_redirects: 5,
            concurrency: 32,
            allow_private: Vec::new(),
            websub: true,
            proxy: None,
            nameservers: Vec::new(),
        }
    }
}

impl Default for Host {
    fn default() -> Host {
        Host {
            pattern: "*".to_owned(),
            concurrency: 2,
            spacing: Duration::from_secs(1),
            retry_scope: None,
            throttle_status: Vec::new(),
            robots: RobotsRule::default(),
            access: Access::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, host: &str, want: bool) {
        let rule = Host {
            pattern: pattern.to_owned(),
            ..Host::default()
        };
        assert_eq!(rule.matches(host), want, "{pattern} on {host}");
    }

    #[test]
    fn a_pattern_is_about_a_host_or_all_below_it() {
        check("example.cn", "example.cn", true);
        check("example.cn", "www.example.cn", false);
        check("*.example.cn", "www.example.cn", true);
        check("*.example.cn", "a.b.example.cn", true);
        check("*.example.cn", "example.cn", false);
        check("*.example.cn", "badexample.cn", false);
        check("*", "anything", true);
    }
}
