//! Cookies within one chain of redirects.
//!
//! Some servers send whoever comes without a cookie to themselves, with one, for
//! ever. What they give is given back to the same host on the hops of that request,
//! and forgotten with it: no request tells of an earlier one.

use http::header::{self, HeaderMap, HeaderValue};
use url::Url;

use crate::model::WebUrl;

/// Cookies of one chain; more are no way to a feed.
const MAX_COOKIES: usize = 16;

/// Bytes of one cookie (RFC 6265, 6.1).
const MAX_LENGTH: usize = 4096;

/// Cookies that the hops of one request have given so far.
#[derive(Debug, Default)]
pub(super) struct Cookies(Vec<Cookie>);

#[derive(Debug)]
struct Cookie {
    host: String,
    is_secure: bool,
    name: String,
    value: String,
}

impl Cookies {
    /// Takes in what an answer from `url` sets.
    pub(super) fn take(&mut self, url: &WebUrl, headers: &HeaderMap) {
        let host = url.host();
        let set = headers.get_all(header::SET_COOKIE).iter();
        for line in set.filter_map(|value| value.to_str().ok()) {
            let Some((cookie, is_gone)) = parse(line, &host) else {
                continue;
            };
            self.0
                .retain(|other| other.host != host || other.name != cookie.name);
            if !is_gone && self.0.len() < MAX_COOKIES {
                self.0.push(cookie);
            }
        }
    }

    /// Returns the `Cookie` header for a request to `url`, if there is anything to say.
    pub(super) fn header(&self, url: &WebUrl) -> Option<HeaderValue> {
        let to: Url = url.to_url();
        let host = url.host();
        let own = self
            .0
            .iter()
            .filter(|cookie| cookie.host == host && (!cookie.is_secure || to.scheme() == "https"));
        let pairs = own.map(|cookie| format!("{}={}", cookie.name, cookie.value));
        let line = pairs.collect::<Vec<_>>().join("; ");
        (!line.is_empty())
            .then(|| HeaderValue::from_str(&line).ok())
            .flatten()
    }
}

/// Returns a cookie of `host`, and whether it is taken back (`Max-Age=0`).
fn parse(line: &str, host: &str) -> Option<(Cookie, bool)> {
    if line.len() > MAX_LENGTH {
        return None;
    }
    let mut parts = line.split(';').map(str::trim);
    let (name, value) = parts.next()?.split_once('=')?;
    let attributes: Vec<&str> = parts.collect();
    let has = |wanted: &str| {
        attributes
            .iter()
            .any(|attribute| attribute.eq_ignore_ascii_case(wanted))
    };
    let cookie = Cookie {
        host: host.to_owned(),
        is_secure: has("Secure"),
        name: name.trim().to_owned(),
        value: value.trim().to_owned(),
    };
    (!cookie.name.is_empty()).then(|| (cookie, has("Max-Age=0")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(set: &[&str], to: &str, want: Option<&str>) {
        let mut headers = HeaderMap::new();
        for line in set {
            headers.append(header::SET_COOKIE, HeaderValue::from_str(line).unwrap());
        }
        let mut cookies = Cookies::default();
        cookies.take(&WebUrl::parse("https://a.example/x").unwrap(), &headers);
        let got = cookies.header(&WebUrl::parse(to).unwrap());
        let got = got.as_ref().map(|value| value.to_str().unwrap());
        assert_eq!(got, want, "{set:?} {to}");
    }

    #[test]
    fn a_cookie_goes_back_to_its_host_only() {
        check(
            &["s=1; Path=/", "t=2"],
            "https://a.example/y",
            Some("s=1; t=2"),
        );
        check(&["s=1"], "https://b.example/", None);
        check(&["s=1"], "https://x.a.example/", None);
        check(&["s=1; Secure"], "http://a.example/", None);
        check(&["s=1", "s=2"], "https://a.example/", Some("s=2"));
        check(&["s=1", "s=; Max-Age=0"], "https://a.example/", None);
        check(&["nothing", "=x"], "https://a.example/", None);
    }
}
