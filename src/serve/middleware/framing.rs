//! Request smuggling: requests that a proxy in front of us may have read otherwise.
//!
//! `Host` is asked for as HTTP asks for it, and used for nothing.

use axum::extract::Request;
use axum::http::{HeaderMap, Version, header};

/// Verdict on the framing of a request.
pub(super) struct Framing {
    /// Whether it has one valid `Host`; else it is to be refused (400).
    pub(super) is_fine: bool,
    /// Whether the connection has to end with the answer, as it may be unclear where the next request
    /// begins.
    pub(super) has_to_end: bool,
}

/// Judges the framing of a request.
///
/// RFC 9112, 3.2: a server must refuse a request of HTTP/1.1 that has no `Host`, more than
/// one, or one that is none. 6.1: after a request that has both a length and chunks, the
/// connection has to end; hyper reads the chunks and may not show us the length. Hardly
/// anybody sends chunks here, so they all end it.
pub(super) fn judge(request: &Request) -> Framing {
    let is_old = request.version() < Version::HTTP_11;
    let is_chunked = request.headers().contains_key(header::TRANSFER_ENCODING);
    let is_fine = is_in_order(request.headers(), is_old);
    Framing {
        is_fine,
        has_to_end: is_chunked || !is_fine,
    }
}

fn is_in_order(headers: &HeaderMap, may_lack: bool) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => may_lack,
        (Some(host), None) => is_host(host.as_bytes()),
        (Some(_), Some(_)) => false,
    }
}

/// Whether all bytes may occur in a host and a port (RFC 3986, 3.2.2); empty is allowed.
pub(in crate::serve) fn is_host(text: &[u8]) -> bool {
    let is_allowed =
        |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:[]".contains(byte);
    text.iter().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: &[&str], want: bool) {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::HOST, value.parse().unwrap());
        }
        assert_eq!(is_in_order(&headers, false), want, "{values:?}");
    }

    #[test]
    fn one_host_is_right() {
        check(&["news.example"], true);
        check(&["news.example:8080"], true);
        check(&["[::1]:8080"], true);
        check(&[""], true);
        check(&[], false);
        check(&["a", "b"], false);
        check(&["a", "a"], false);
        check(&["a/b"], false);
        check(&["user@a"], false);
        check(&["a b"], false);
        check(&["a, b"], false);
        check(&["a?b"], false);
    }

    #[test]
    fn the_old_protocol_knows_no_host() {
        assert!(is_in_order(&HeaderMap::new(), true));
    }
}
