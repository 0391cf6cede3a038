//! Credentials of requests, and the origins they may be shown to.
//!
//! Credentials are for the origin they were given for. A redirect, or an
//! article that a list links to, leads to whomever a stranger likes: nothing is
//! shown there, unless the admin named a host pattern that holds for both ends.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;
use url::Url;

use crate::config::{Access, Auth, Config, Host, SecretError, Source, TlsFiles};
use crate::model::WebUrl;

/// Credentials that the requests of one source may show, and to whom: its own to its origin, those
/// of its host rule to every host the rule names.
#[derive(Clone, Debug)]
pub struct Credentials {
    home: WebUrl,
    own: Access,
    host: Option<Host>,
}

impl Credentials {
    /// Collects the credentials of `source` and its host rule; `None` if there are none.
    #[must_use]
    pub fn of(source: &Source, config: &Config) -> Option<Credentials> {
        let host = config.host_rule(&source.url.host());
        let host = host.filter(|rule| !rule.access.is_empty());
        let has_any = !source.access.is_empty() || host.is_some();
        has_any.then(|| Credentials {
            home: source.url.clone(),
            own: source.access.clone(),
            host: host.cloned(),
        })
    }

    /// Builds the credential headers for a request to `url`; the source's own replace those of the
    /// host rule.
    ///
    /// # Errors
    ///
    /// [`SecretError`] if a secret cannot be read.
    pub(in crate::fetch) fn headers(&self, url: &WebUrl) -> Result<HeaderMap, SecretError> {
        let mut headers = HeaderMap::new();
        if let Some(host) = self.host.as_ref().filter(|host| self.is_meant(host, url)) {
            tell(&mut headers, &host.access)?;
        }
        if self.is_home(url) {
            tell(&mut headers, &self.own)?;
        }
        Ok(headers)
    }

    /// Returns the TLS files for a connection to `url`, the source's own first.
    pub(in crate::fetch) fn tls(&self, url: &WebUrl) -> Option<&TlsFiles> {
        let own = self.own.tls.as_ref().filter(|_| self.is_home(url));
        let host = self.host.as_ref().filter(|host| self.is_meant(host, url));
        own.or_else(|| host.and_then(|host| host.access.tls.as_ref()))
    }

    fn is_home(&self, url: &WebUrl) -> bool {
        self.home.to_url().origin() == url.to_url().origin()
    }

    fn is_meant(&self, host: &Host, url: &WebUrl) -> bool {
        let (home, url) = (self.home.to_url(), url.to_url());
        let is_same_door = home.scheme() == url.scheme()
            && home.port_or_known_default() == url.port_or_known_default();
        is_same_door && host.matches(url.host_str().unwrap_or_default())
    }
}

fn tell(headers: &mut HeaderMap, access: &Access) -> Result<(), SecretError> {
    let mut add = |name: HeaderName, value: String| {
        // The configuration has let pass nothing but names of headers, and a
        // secret nothing but one line.
        if let Ok(mut value) = HeaderValue::from_str(&value) {
            value.set_sensitive(true);
            headers.insert(name, value);
        }
    };
    match &access.auth {
        Some(Auth::Basic { user, password }) => {
            let pair = format!("{}:{}", user.reveal()?, password.reveal()?);
            let pair = base64(pair.as_bytes());
            add(header::AUTHORIZATION, format!("Basic {pair}"));
        }
        Some(Auth::Bearer(token)) => {
            add(header::AUTHORIZATION, format!("Bearer {}", token.reveal()?));
        }
        None => {}
    }
    for (name, secret) in &access.headers {
        if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
            add(name, secret.reveal()?);
        }
    }
    Ok(())
}

/// Takes user name and password out of an address, as a header; `None` if it has neither.
pub(in crate::fetch) fn take_login(url: &mut Url) -> Option<HeaderValue> {
    let [user, password] = [url.username(), url.password().unwrap_or_default()]
        .map(|part| percent_decode_str(part).collect::<Vec<u8>>());
    let has_any = !user.is_empty() || url.password().is_some();
    url.set_username("")
        .and_then(|()| url.set_password(None))
        .ok()?;
    let pair = base64(&[&user[..], b":", &password[..]].concat());
    let mut value = HeaderValue::from_str(&format!("Basic {pair}")).ok()?;
    value.set_sensitive(true);
    has_any.then_some(value)
}

/// Encodes bytes as base64 with padding (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk
            .iter()
            .fold(0_u32, |group, byte| group << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for nth in 0..4 {
            let sextet = (group >> (18 - 6 * nth)) as usize & 63;
            text.push(match nth <= chunk.len() {
                true => char::from(LETTERS[sextet]),
                false => '=',
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    fn plain(words: &str) -> Secret {
        Secret::Plain(words.to_owned())
    }

    fn credentials(source: Access, host: Option<(&str, Access)>) -> Credentials {
        let url = WebUrl::parse("https://feeds.paper.example/rss").unwrap();
        Credentials {
            home: url,
            own: source,
            host: host.map(|(pattern, access)| Host {
                pattern: pattern.to_owned(),
                access,
                ..Host::default()
            }),
        }
    }

    #[track_caller]
    fn shown(credentials: &Credentials, url: &str) -> bool {
        let url = WebUrl::parse(url).unwrap();
        !credentials.headers(&url).unwrap().is_empty()
    }

    #[test]
    fn a_source_shows_its_credentials_to_its_own_origin_only() {
        let own = Access {
            auth: Some(Auth::Bearer(plain("x"))),
            ..Access::default()
        };
        let credentials = credentials(own, None);
        assert!(shown(&credentials, "https://feeds.paper.example/other"));
        for url in [
            "http://feeds.paper.example/rss",
            "https://feeds.paper.example:8443/rss",
            "https://paper.example/rss",
            "https://feeds.paper.example.evil.example/rss",
        ] {
            assert!(!shown(&credentials, url), "{url}");
        }
    }

    #[test]
    fn a_host_pattern_reaches_as_far_as_it_says() {
        let access = Access {
            headers: vec![("x-key".to_owned(), plain("x"))],
            ..Access::default()
        };
        let rule = Some(("*.paper.example", access));
        let credentials = credentials(Access::default(), rule);
        assert!(shown(&credentials, "https://www.paper.example/1.html"));
        for url in [
            "http://www.paper.example/",
            "https://paper.example/",
            "https://evil.example/",
            "https://www.paper.example:8443/",
        ] {
            assert!(!shown(&credentials, url), "{url}");
        }
    }

    #[test]
    fn a_login_is_written_as_rfc_7617_shows_it() {
        let own = Access {
            auth: Some(Auth::Basic {
                user: plain("Aladdin"),
                password: plain("open sesame"),
            }),
            ..Access::default()
        };
        let credentials = credentials(own, None);
        let headers = credentials.headers(&credentials.home).unwrap();
        let value = &headers[header::AUTHORIZATION];
        assert_eq!(value, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(format!("{value:?}"), "Sensitive");
    }

    #[test]
    fn a_login_in_an_address_goes_into_a_header() {
        let mut url = Url::parse("https://Aladdin:open%20sesame@a.example/x?y").unwrap();
        let login = take_login(&mut url).unwrap();
        assert_eq!(login, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(url.as_str(), "https://a.example/x?y");
        assert_eq!(take_login(&mut url), None);
    }

    #[test]
    fn base64_is_padded() {
        for (given, want) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v")] {
            assert_eq!(base64(given.as_bytes()), want);
        }
    }
}
