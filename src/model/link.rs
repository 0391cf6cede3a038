//! Addresses on the web.

use std::fmt;

use url::Url;

/// Absolute `http` or `https` URL with a host, spelled as the URL standard serialises it; at most
/// [`WebUrl::MAX`] bytes.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WebUrl(Box<str>);

impl WebUrl {
    /// Longest address, in bytes.
    pub const MAX: usize = 4096;

    /// Parses `text`, trimmed; `None` unless it is an absolute web address with a host.
    ///
    /// ```
    /// use gazetted::model::WebUrl;
    /// assert_eq!(WebUrl::parse("HTTP://Example.COM:80/a").unwrap().as_str(), "http://example.com/a");
    /// assert!(WebUrl::parse("javascript:alert(1)").is_none());
    /// assert!(WebUrl::parse("/a").is_none());
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<WebUrl> {
        WebUrl::of(&Url::parse(text.trim()).ok()?)
    }

    /// Converts a parsed URL; `None` if it is no web address, has no host or is too long.
    #[must_use]
    pub fn of(url: &Url) -> Option<WebUrl> {
        let is_web = matches!(url.scheme(), "http" | "https");
        let is_short = url.as_str().len() <= WebUrl::MAX;
        (is_web && is_short && url.has_host()).then(|| WebUrl(url.as_str().into()))
    }

    /// Resolves `reference` against this address; `None` if the result is no web address.
    #[must_use]
    pub fn join(&self, reference: &str) -> Option<WebUrl> {
        WebUrl::of(&self.to_url().join(reference.trim()).ok()?)
    }

    /// Returns the address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Parses the address into its parts, anew at each call.
    #[must_use]
    pub fn to_url(&self) -> Url {
        Url::parse(&self.0).expect("a WebUrl was a Url before")
    }

    /// Returns the host in ASCII (punycode), without the port.
    #[must_use]
    pub fn host(&self) -> String {
        self.to_url().host_str().unwrap_or_default().to_owned()
    }
}

impl fmt::Display for WebUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for WebUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebUrl({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: &str, want: &str) {
        let found = WebUrl::parse(given);
        let found = found.as_ref().map(WebUrl::as_str).unwrap_or_default();
        assert_eq!(found, want, "given {given}");
    }

    #[test]
    fn a_host_is_spelled_as_it_is_asked() {
        check("https://аррӏе.com/", "https://xn--80ak6aa92e.com/");
        check("https://ex\u{ad}ample.com/", "https://example.com/");
        check(
            "https://济南.cn/新闻",
            "https://xn--6kr171d.cn/%E6%96%B0%E9%97%BB",
        );
        check("https://EXAMPLE.com。/", "https://example.com./");
        check("https://xn--example-.org/", "");
        check("https://xn--a/", "");
    }

    #[test]
    fn spelling_of_scheme_and_port_does_not_matter() {
        check("HTTP://Example.COM:80/%7Efoo", "http://example.com/%7Efoo");
        check("hTTps://example.com:443", "https://example.com/");
        check("https:\\\\example.com\\x", "https://example.com/x");
        check("file:///etc/passwd", "");
        check("javascript:alert(1)", "");
        check("data:text/html,x", "");
    }
}
