//! Client of a request: the peer, or the address that proxies of ours name.
//!
//! A proxy adds whom it heard behind what it was told, so the list is read from its end: the first
//! address that is none of our proxies is the client; what stands before it is anybody's word.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;

/// Header that proxies name clients in, older than `Forwarded`.
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Returns the address of the client of a request that `peer` sent. `None` if it is not known: `peer` is
/// a proxy in `trusted` and names nobody, or none but such.
///
/// Proxies write one of two headers, and may hand on the other as the client wrote it. So where both
/// are there and do not say the same, none is believed, and the peer itself is the client.
pub(super) fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Option<IpAddr> {
    let peer = peer.to_canonical();
    let is_ours = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    if !is_ours(&peer) {
        return Some(peer);
    }
    // Beyond one that cannot be read nothing can be believed.
    let first = |hops: Vec<Option<IpAddr>>| {
        let mut hops = hops.into_iter().rev();
        hops.find(|hop| !hop.as_ref().is_some_and(is_ours))
            .flatten()
    };
    let standard = headers.contains_key(header::FORWARDED);
    let standard = standard.then(|| first(forwarded(headers)));
    let older = headers.contains_key(X_FORWARDED_FOR);
    let older = older.then(|| first(x_forwarded_for(headers)));
    match (standard, older) {
        (Some(one), Some(other)) if one != other => Some(peer),
        (found, other) => found.or(other).flatten(),
    }
}

/// Reads the addresses of `Forwarded` (RFC 7239, 4), first to last; `None` for an element that names
/// none.
fn forwarded(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let lines = lines(headers, header::FORWARDED);
    let elements = lines.flat_map(|line| split(line, ','));
    let named = elements.map(|element| {
        let mut pairs = split(element, ';').into_iter();
        pairs.find_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            let is_for = name.trim().eq_ignore_ascii_case("for");
            is_for.then(|| node(&unquoted(value.trim())?)).flatten()
        })
    });
    named.collect()
}

/// Reads the addresses of `X-Forwarded-For`, first to last; `None` for what is none.
fn x_forwarded_for(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let lines = lines(headers, X_FORWARDED_FOR);
    let hops = lines.flat_map(|line| line.split(','));
    hops.map(|hop| node(hop.trim())).collect()
}

/// Iterates over the values of a header; empty ones for those that are no text.
fn lines(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let values = headers.get_all(name).into_iter();
    values.map(|value| value.to_str().unwrap_or_default())
}

/// Splits at each separator that does not stand in a quoted string.
fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let is_end = |c: char| {
        let is_end = c == separator && !is_quoted;
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ => {}
        }
        is_end
    };
    text.split(is_end).collect()
}

/// Takes a value out of its quotes, if it has some (RFC 9110, 5.6.4); `None` if they do not end.
fn unquoted(value: &str) -> Option<String> {
    let Some(inner) = value.strip_prefix('"') else {
        return Some(value.to_owned());
    };
    let mut text = String::new();
    let mut chars = inner.strip_suffix('"')?.chars();
    while let Some(c) = chars.next() {
        text.push(if c == '\\' { chars.next()? } else { c });
    }
    Some(text)
}

/// Reads an address, with or without a port, that of IPv6 with or without brackets.
fn node(text: &str) -> Option<IpAddr> {
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']');
    let address = text.parse::<IpAddr>().ok();
    let address = address.or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()));
    let address = address.or_else(|| Some(bracketed()?.parse::<Ipv6Addr>().ok()?.into()));
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Client of a request from `peer` with these header lines, behind proxies in 10/8 and fd00::/8.
    fn of(peer: &str, lines: &[(&'static str, &str)]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            let name = HeaderName::from_static(name);
            headers.append(name, value.parse().unwrap());
        }
        let trusted = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap());
        let found = client(peer.parse().unwrap(), &headers, &trusted);
        found.map(|address| address.to_string())
    }

    #[track_caller]
    fn check(lines: &[(&'static str, &str)], want: Option<&str>) {
        assert_eq!(of("10.0.0.1", lines).as_deref(), want, "{lines:?}");
    }

    const OLDER: &str = "x-forwarded-for";

    #[test]
    fn a_stranger_is_never_believed() {
        let lies = [(OLDER, "192.0.2.9"), ("forwarded", "for=192.0.2.9")];
        for peer in ["192.0.2.1", "::ffff:192.0.2.1"] {
            assert_eq!(of(peer, &lies).as_deref(), Some("192.0.2.1"));
        }
        assert_eq!(of("2001:db8::1", &lies).as_deref(), Some("2001:db8::1"));
    }

    #[test]
    fn a_proxy_that_names_nobody_sets_no_limit() {
        check(&[], None);
        check(&[(OLDER, "")], None);
        check(&[(OLDER, "unknown")], None);
        check(&[(OLDER, "10.0.0.7")], None);
        check(&[("forwarded", "proto=https")], None);
        check(&[("forwarded", "for=_hidden")], None);
    }

    #[test]
    fn the_last_that_is_no_proxy_of_ours_is_the_client() {
        check(&[(OLDER, "192.0.2.1")], Some("192.0.2.1"));
        check(
            &[(OLDER, "203.0.113.9, 192.0.2.1, 10.1.2.3")],
            Some("192.0.2.1"),
        );
        let lines = [(OLDER, "203.0.113.9"), (OLDER, "192.0.2.1,fd00::1")];
        check(&lines, Some("192.0.2.1"));
        // Neither what it was told before counts, nor what is beyond something odd.
        check(&[(OLDER, "lies, 192.0.2.1")], Some("192.0.2.1"));
        check(&[(OLDER, "192.0.2.1, lies")], None);
        check(&[(OLDER, "192.0.2.1, lies, 10.0.0.2")], None);
        let lines = [("forwarded", "for=203.0.113.9, for=192.0.2.1;by=10.0.0.1")];
        check(&lines, Some("192.0.2.1"));
    }

    #[test]
    fn addresses_are_read_in_all_their_forms() {
        for text in [
            "192.0.2.1:4711",
            "::ffff:192.0.2.1",
            "[::ffff:192.0.2.1]:80",
        ] {
            check(&[(OLDER, text)], Some("192.0.2.1"));
        }
        for text in ["2001:db8::17", "[2001:db8::17]", "[2001:db8::17]:4711"] {
            check(&[(OLDER, text)], Some("2001:db8::17"));
            let quoted = format!("for=\"{text}\"");
            check(&[("forwarded", &quoted)], Some("2001:db8::17"));
        }
        for line in [
            "for=192.0.2.1",
            "For=\"192.0.2.1:80\"",
            "proto=http; for = 192.0.2.1 ;by=_x",
            "secret=\"a,b;for=9.9.9.9\\\",x\";for=192.0.2.1",
            "for=\"\\1\\92.0.2.1\"",
        ] {
            check(&[("forwarded", line)], Some("192.0.2.1"));
        }
        for odd in [
            "for=\"192.0.2.1",
            "for",
            "=",
            "for=[1",
            "for=\"\\",
            ",",
            ";;",
        ] {
            check(&[("forwarded", odd)], None);
        }
    }

    #[test]
    fn a_proxy_that_hands_on_a_clients_own_header_is_not_fooled() {
        let both = |one, other| [("forwarded", one), (OLDER, other)];
        check(&both("for=192.0.2.1", "192.0.2.1"), Some("192.0.2.1"));
        check(&both("for=203.0.113.9", "192.0.2.1"), Some("10.0.0.1"));
        check(&both("for=unknown", "192.0.2.1"), Some("10.0.0.1"));
    }
}
