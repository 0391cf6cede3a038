//! Sites: the owner behind a host name.

use std::net::IpAddr;

/// Returns the registrable domain of a host name (eTLD+1), by the Public Suffix List. An address,
/// and a name without a known suffix, is its own site.
///
/// ```
/// use gazetted::text::site;
///
/// assert_eq!(site::of("rss.news.example.com.cn"), "example.com.cn");
/// assert_eq!(site::of("alice.github.io"), "alice.github.io");
/// assert_eq!(site::of("127.0.0.1"), "127.0.0.1");
/// assert_eq!(site::of("localhost"), "localhost");
/// ```
#[must_use]
pub fn of(host: &str) -> &str {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if bare.parse::<IpAddr>().is_ok() {
        return host;
    }
    psl::domain_str(host).unwrap_or(host)
}
