//! Readers of names that others gave: addresses, zones, encodings, languages.

use std::net::{IpAddr, SocketAddr};

use encoding_rs::Encoding;
use ipnet::IpNet;
use jiff::tz::TimeZone;
use url::{Host, Url};

use super::TomlValue;
use crate::config::report::diagnostic::Diagnostic;
use crate::config::report::quote::quoted;
use crate::model::WebUrl;
use crate::text::identifiers::language;

/// Reads an address on the web, without credentials.
pub(in crate::config) fn web_url(value: TomlValue<'_>) -> Result<WebUrl, Diagnostic> {
    let found = value.str("an address in quotes")?.trim();
    if let Some(rest) = found.strip_prefix("feed:") {
        let address = rest.trim_start_matches('/');
        let meant = match address.starts_with("http") {
            true => address.to_owned(),
            false => format!("https://{address}"),
        };
        return Err(value
            .fault("`feed:` is no way to fetch anything")
            .help(format!("write {}", quoted(&meant))));
    }
    let wrong = |why: String| value.fault(format!("{} is not a web address: {why}", quoted(found)));
    let url = Url::parse(found).map_err(|error| {
        wrong(error.to_string())
            .help("write the whole address, such as `https://example.cn/rss.xml`")
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        let why = format!("nothing is fetched by `{}:`", url.scheme());
        return Err(wrong(why).help("only http and https are fetched"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        // The message must not repeat the secret.
        return Err(value
            .fault("the address holds a user name or password")
            .help("take it out: addresses are logged and published"));
    }
    if url.port() == Some(0) {
        return Err(wrong("port 0 cannot be asked".to_owned()));
    }
    WebUrl::of(&url).ok_or_else(|| wrong(format!("it is longer than {} bytes", WebUrl::MAX)))
}

/// Reads an address to listen on, with a port.
pub(in crate::config) fn address(value: TomlValue<'_>) -> Result<SocketAddr, Diagnostic> {
    let found = value.str("an address and port in quotes")?;
    found.parse().map_err(|_| {
        value
            .fault(format!("{} is not an address with a port", quoted(found)))
            .help("write \"127.0.0.1:8080\" for this machine only, \"[::]:8080\" for everybody")
    })
}

/// Reads the address of a name server; its port is 53 unless given.
pub(in crate::config) fn name_server(value: TomlValue<'_>) -> Result<SocketAddr, Diagnostic> {
    let found = value.str("an address in quotes")?.trim();
    let bare = || {
        found
            .parse::<IpAddr>()
            .map(|ip| SocketAddr::new(ip, 53))
            .ok()
    };
    found.parse().ok().or_else(bare).ok_or_else(|| {
        value
            .fault(format!(
                "{} is not the address of a name server",
                quoted(found)
            ))
            .help("write it like \"9.9.9.9\" or \"127.0.0.1:5353\"")
    })
}

/// Reads a network, as `127.0.0.0/8`, or one address.
pub(in crate::config) fn network(value: TomlValue<'_>) -> Result<IpNet, Diagnostic> {
    let found = value.str("a network in quotes")?.trim();
    let single = || found.parse::<IpAddr>().map(IpNet::from).ok();
    found.parse().ok().or_else(single).ok_or_else(|| {
        value
            .fault(format!("{} is not a network", quoted(found)))
            .help("write it like \"192.168.1.0/24\" or \"fd00::/8\"")
    })
}

/// Reads a time zone by its name in the tz database.
pub(in crate::config) fn timezone(value: TomlValue<'_>) -> Result<TimeZone, Diagnostic> {
    let found = value.str("a time zone in quotes")?;
    TimeZone::get(found).map_err(|_| {
        value
            .fault(format!("{} is not a time zone", quoted(found)))
            .help("use a name of the tz database, such as \"Asia/Shanghai\" or \"UTC\"")
    })
}

/// Reads a character encoding by any label that browsers know.
pub(in crate::config) fn encoding(value: TomlValue<'_>) -> Result<&'static Encoding, Diagnostic> {
    let found = value.str("an encoding in quotes")?;
    Encoding::for_label_no_replacement(found.as_bytes()).ok_or_else(|| {
        value
            .fault(format!("{} is not an encoding", quoted(found)))
            .help("use a name that browsers know, such as \"gb18030\", \"big5\" or \"utf-8\"")
    })
}

/// Reads a language tag (BCP 47), checked as far as its form tells; at most 35 bytes.
pub(in crate::config) fn language(value: TomlValue<'_>) -> Result<String, Diagnostic> {
    let found = value.str("a language tag in quotes")?;
    match language::is_tag(found) {
        true => Ok(found.to_owned()),
        false => Err(value
            .fault(format!("{} is not a language tag", quoted(found)))
            .help(match language::is_tag(&found.replace('_', "-")) {
                true => format!("write \"{}\"", found.replace('_', "-")),
                false => "write it like \"zh-CN\", \"zh-Hant\", \"en\" or \"de\"".to_owned(),
            })),
    }
}

/// Normalises the pattern of a `[host."…"]` table: `example.cn`, `*.example.cn` for all below it,
/// `*` for all others; spelled as in an address. `None` for anything else.
pub(in crate::config) fn host_pattern(found: &str) -> Option<String> {
    if found == "*" {
        return Some(found.to_owned());
    }
    let (star, name) = match found.strip_prefix("*.") {
        Some(parent) => ("*.", parent),
        None => ("", found),
    };
    match (Host::parse(name).ok()?, star) {
        (Host::Domain(name), _) if !name.is_empty() && !name.contains('*') => {
            Some(format!("{star}{name}"))
        }
        (address @ (Host::Ipv4(_) | Host::Ipv6(_)), "") => Some(address.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_patterns_are_spelled_as_in_addresses() {
        #[track_caller]
        fn check(given: &str, want: Option<&str>) {
            assert_eq!(host_pattern(given).as_deref(), want, "given {given}");
        }
        check("Example.CN", Some("example.cn"));
        check("*.example.cn", Some("*.example.cn"));
        check("例子.cn", Some("xn--fsqu00a.cn"));
        check("127.0.0.2", Some("127.0.0.2"));
        check("[::1]", Some("[::1]"));
        check("*", Some("*"));
        for bad in [
            "",
            "*.",
            "a*.cn",
            "https://a.cn",
            "a.cn/x",
            "*.127.0.0.1",
            "a b",
        ] {
            check(bad, None);
        }
    }
}
