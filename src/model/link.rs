//! Addresses on the web.

use std::fmt;

use url::Url;

/// An absolute `http` or `https` URL, spelled as the URL standard serialises it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WebUrl(Box<str>);

impl WebUrl {
    /// The longest address we keep, in bytes.
    pub const MAX: usize = 4096;

    /// The address in `text`, if it is an absolute web address with a host.
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

    /// The same address, if it is a web address.
    #[must_use]
    pub fn of(url: &Url) -> Option<WebUrl> {
        let is_web = matches!(url.scheme(), "http" | "https");
        let is_short = url.as_str().len() <= WebUrl::MAX;
        (is_web && is_short && url.has_host()).then(|| WebUrl(url.as_str().into()))
    }

    /// `reference` resolved against this address, if that is a web address.
    #[must_use]
    pub fn join(&self, reference: &str) -> Option<WebUrl> {
        WebUrl::of(&self.to_url().join(reference.trim()).ok()?)
    }

    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address taken apart.
    #[must_use]
    pub fn to_url(&self) -> Url {
        Url::parse(&self.0).expect("a WebUrl was a Url before")
    }

    /// The host, as ASCII.
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
