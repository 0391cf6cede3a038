//! Settings of the daemon: server, store, HTTP, hosts.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::{IpNet, Ipv4Net};
use jiff::tz::TimeZone;

use crate::config::{Access, Channel, Secret};
use crate::model::WebUrl;
use crate::telemetry::LogFormat;

/// `[server]`: listing and addresses.
#[derive(Clone, Debug, PartialEq)]
pub struct Server {
    /// Address and port to answer HTTP on. Read at start only. Default 127.0.0.1:8080.
    pub listen: SocketAddr,
    /// Address and port of a second listener, for `/metrics`, `/status` and `/admin`, which the first
    /// does not have then. Read at start only. Default none.
    pub admin: Option<SocketAddr>,
    /// Form of the log. Read at start only. Default text.
    pub log: LogFormat,
    /// Public address of the listing, with a slash at its end; self links come from it, never from
    /// `Host`. `http://{listen}/` unless given.
    pub public_url: Option<WebUrl>,
    /// Title of `/`. Default `gazetted`.
    pub title: String,
    /// Language tag (BCP 47) of the listing's own words and of channels that name no language.
    /// Default zh-CN.
    pub language: String,
    /// Time zone of the dates in the listing. Default that of `[defaults] timezone`, or Asia/Shanghai.
    pub timezone: TimeZone,
    /// Whether `[server]` itself names the time zone.
    pub has_timezone: bool,
    /// Stories in the feed of everything, 1 to 1 000. Default 50.
    pub limit: usize,
    /// Way of pictures to readers. Read at start only. Default through our proxy.
    pub images: ImageMode,
    /// Folder of a theme, as it is from where the daemon is started. Read at start only. Default none.
    pub theme: Option<PathBuf>,
    /// Whether search engines may list our pages. Default no.
    pub indexing: bool,
    /// Whether stories can be searched; takes an index beside the store. Read at start only. Default
    /// yes.
    pub search: bool,
    /// Web or mail address for publishers; goes into the `User-Agent`.
    pub contact: Option<String>,
    /// Most connections at the same time, 1 to 100 000; the limit on open files may allow fewer. Read at
    /// start only. Default 4 000.
    pub max_connections: usize,
    /// Most connections of one address (IPv6: of one /64), 1 to 100 000; half of all unless given. Read
    /// at start only.
    pub max_connections_per_address: Option<usize>,
    /// Networks of proxies that are believed whom they name as their client. Default this machine.
    pub trusted_proxies: Vec<IpNet>,
    /// Documents a minute, and in a row, that are rendered for one address alone (IPv6: one /64), 0 to
    /// 1 000 000; 0 is no limit. Default 600.
    pub renders_per_address: u32,
    /// Whether readers may subscribe to our feeds at a hub of our own (WebSub). Default yes where there
    /// is a `public_url`, which the feeds are known by; never without one.
    pub hub: bool,
    /// Hubs of others that are told when a feed has changed, and that feeds name beside our own.
    /// Default none.
    pub ping_hubs: Vec<WebUrl>,
}

/// Way of pictures to readers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ImageMode {
    /// Through us: made small, kept for a while; publishers do not learn who reads what.
    #[default]
    Proxy,
    /// From the publishers, by the readers' browsers.
    Direct,
    /// Links only.
    Off,
}

/// `[store]`: place, retention and durability.
#[derive(Clone, Debug, PartialEq)]
pub struct StoreOptions {
    /// Folder of the store, unless the command line or `$STATE_DIRECTORY` says.
    pub path: Option<PathBuf>,
    /// Retention of an item, from when it was first seen, 1 day to 100 years; `None` is for ever.
    /// Items go by whole volumes, each a third of a month. Default 400 days.
    pub retention: Option<Duration>,
    /// Most items; beyond that the oldest volumes go. Default no limit.
    pub max_items: Option<u64>,
    /// Lifetime of a tombstone, by which a removed item does not come back, from when the item was
    /// first seen; 1 day to 100 years. Default two years.
    pub tombstones: Duration,
    /// Whether a poll that was reported as committed survives a power loss. Read at start only.
    /// Default yes.
    pub durable: bool,
}

/// `[http]`: limits of all requests.
#[derive(Clone, Debug, PartialEq)]
pub struct Http {
    /// Time limit of the whole of one request, 100 ms to 1 h, unless a source says otherwise.
    /// Default 30 s.
    pub timeout: Duration,
    /// Largest body, raw and decoded, in bytes, 1 KiB to 1 GiB. Default 10 MiB.
    pub max_body: usize,
    /// Most redirects of one request, 0 to 20. Default 5.
    pub max_redirects: usize,
    /// Most requests at the same time, 1 to 1 024. Default 32.
    pub concurrency: usize,
    /// Networks that are not public and may be asked all the same. Default none.
    pub allow_private: Vec<IpNet>,
    /// Whether hubs are asked to push (WebSub), where they can reach us. Default yes.
    pub websub: bool,
    /// Proxy for all requests. Default none; the environment is not looked at.
    pub proxy: Option<WebUrl>,
    /// Name servers. Default those of the system.
    pub nameservers: Vec<SocketAddr>,
}

/// `[alarm]`: who is told when something stops being well.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AlarmOptions {
    /// Token of `/admin/health.atom?token=…`; without one there is no such feed.
    pub token: Option<Secret>,
    /// Program and arguments to run, with the alarm as JSON on standard input; empty for none.
    pub command: Vec<String>,
    /// Address to post the alarm to, as JSON.
    pub webhook: Option<WebUrl>,
}

/// `[host."…"]`: politeness towards a host, and credentials for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Host {
    /// Pattern of hosts: `example.cn`, `*.example.cn` for all below it, or `*` for all others.
    pub pattern: String,
    /// Most requests to the host at the same time, 1 to 64. Default 2.
    pub concurrency: usize,
    /// Least time between the starts of two requests, at most 1 h. Default 1 s.
    pub spacing: Duration,
    /// Scope of a refusal for now (`Retry-After`, 429, 503). Default: 429 is about the host, all
    /// else about the feed.
    pub retry_scope: Option<RetryScope>,
    /// Statuses, 400 to 599, that mean "too many requests" besides 429. Default none.
    pub throttle_status: Vec<u16>,
    /// Whether the host's robots.txt binds us. Default yes.
    pub robots: RobotsRule,
    /// Credentials for the host.
    pub access: Access,
}

/// Scope of a refusal for now: who is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryScope {
    /// The source whose address was asked.
    Feed,
    /// Every source of the host (its circuit breaker opens).
    Host,
}

/// Obedience to robots.txt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum RobotsRule {
    /// The rules bind us.
    #[default]
    Obey,
    /// The publisher gave leave in another way; the file is not asked for.
    Ignore,
}

impl Host {
    /// Whether the pattern matches `host`.
    #[must_use]
    pub fn matches(&self, host: &str) -> bool {
        Host::is_about(&self.pattern, host)
    }

    /// Whether `pattern` matches `host`.
    pub(in crate::config) fn is_about(pattern: &str, host: &str) -> bool {
        match pattern.strip_prefix('*') {
            Some(end) => host.len() > end.len() && host.ends_with(end),
            None => host == pattern,
        }
    }
}

/// Returns the one time zone of mainland China; its offset where no tz database is found.
pub(in crate::config) fn default_timezone() -> TimeZone {
    TimeZone::get("Asia/Shanghai").unwrap_or_else(|_| TimeZone::fixed(jiff::tz::offset(8)))
}

impl Default for Server {
    fn default() -> Server {
        Server {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            admin: None,
            log: LogFormat::default(),
            public_url: None,
            title: "gazetted".to_owned(),
            language: "zh-CN".to_owned(),
            timezone: default_timezone(),
            has_timezone: false,
            limit: Channel::DEFAULT_LIMIT,
            images: ImageMode::default(),
            theme: None,
            indexing: false,
            search: true,
            contact: None,
            max_connections: 4000,
            max_connections_per_address: None,
            trusted_proxies: vec![
                IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8)),
                IpNet::from(IpAddr::V6(Ipv6Addr::LOCALHOST)),
            ],
            renders_per_address: 600,
            hub: false,
            ping_hubs: Vec::new(),
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
