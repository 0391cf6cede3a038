//! Redirects of one request, and what they mean for the next poll.

use http::StatusCode;
use http::header::{self, HeaderMap, HeaderValue};
use url::Url;

use crate::fetch::FetchError;
use crate::model::WebUrl;

/// Redirect chain of one request so far.
#[derive(Debug)]
pub(in crate::fetch) struct RedirectChain {
    /// Address to ask now.
    pub(in crate::fetch) url: WebUrl,
    /// Last address reached by permanent redirects only (RFC 9110, 15.4.2 and 15.4.9).
    moved: Option<WebUrl>,
    is_permanent: bool,
}

impl RedirectChain {
    pub(in crate::fetch) fn new(url: WebUrl) -> RedirectChain {
        RedirectChain {
            url,
            moved: None,
            is_permanent: true,
        }
    }

    /// Follows one redirect.
    ///
    /// # Errors
    ///
    /// [`FetchError::BadRedirect`] if it leads to no web address, [`FetchError::Downgrade`] if from
    /// https to http.
    pub(in crate::fetch) fn follow(
        &mut self,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> Result<(), FetchError> {
        let target = target(&self.url, headers)?;
        self.is_permanent &= matches!(
            status,
            StatusCode::MOVED_PERMANENTLY | StatusCode::PERMANENT_REDIRECT
        );
        if self.is_permanent {
            self.moved = Some(target.clone());
        }
        self.url = target;
        Ok(())
    }

    /// Returns the target of the permanent redirects that the chain begins with.
    pub(in crate::fetch) fn moved(self) -> Option<WebUrl> {
        self.moved
    }
}

/// Whether a status sends us elsewhere. 300 and 305 to 399 do not: nobody has chosen for us (RFC
/// 9110, 15.4).
pub(in crate::fetch) fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn target(from: &WebUrl, headers: &HeaderMap) -> Result<WebUrl, FetchError> {
    let location = headers.get(header::LOCATION).map(HeaderValue::as_bytes);
    let location = String::from_utf8_lossy(location.unwrap_or_default()).into_owned();
    let bad = || FetchError::BadRedirect(location.chars().take(200).collect());
    if location.trim().is_empty() {
        return Err(bad());
    }
    let mut target: Url = from.to_url().join(&location).map_err(|_| bad())?;
    let _ = target.set_username("");
    let _ = target.set_password(None);
    target.set_fragment(None);
    if from.as_str().starts_with("https:") && target.scheme() == "http" {
        // A host that still writes its old http addresses nearly always answers
        // them under https as well; nothing is sent in the clear for it.
        let is_same_host = target.host_str() == Some(from.host().as_str());
        let is_usual_port = target.port().is_none() && from.to_url().port().is_none();
        if !(is_same_host && is_usual_port && target.set_scheme("https").is_ok()) {
            return Err(FetchError::Downgrade(target.into()));
        }
    }
    WebUrl::of(&target).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hop(from: &str, status: u16, location: &str) -> (Result<(), FetchError>, RedirectChain) {
        let mut trail = RedirectChain::new(WebUrl::parse(from).unwrap());
        let mut headers = HeaderMap::new();
        headers.insert(
            header::LOCATION,
            HeaderValue::from_bytes(location.as_bytes()).unwrap(),
        );
        let result = trail.follow(StatusCode::from_u16(status).unwrap(), &headers);
        (result, trail)
    }

    #[track_caller]
    fn leads(from: &str, location: &str, want: &str) {
        let (result, trail) = hop(from, 302, location);
        result.unwrap();
        assert_eq!(trail.url.as_str(), want, "{from} to {location}");
    }

    #[track_caller]
    fn refuses(from: &str, location: &str, code: &str) {
        let (result, _) = hop(from, 302, location);
        assert_eq!(result.unwrap_err().code(), code, "{from} to {location}");
    }

    #[test]
    fn a_location_is_read_as_browsers_read_it() {
        leads("https://a.example/x/y", "../z", "https://a.example/z");
        leads("https://a.example/x", "//b.example/", "https://b.example/");
        leads("https://a.example/x", "/\\b.example", "https://b.example/");
        leads(
            "http://a.example/",
            "http://u:p@b.example/#f",
            "http://b.example/",
        );
    }

    #[test]
    fn what_is_no_web_address_is_not_followed() {
        for location in [
            "file:///etc/passwd",
            "ftp://a.example/",
            "data:,x",
            "",
            "http://",
        ] {
            refuses("https://a.example/", location, "bad_redirect");
        }
    }

    #[test]
    fn nothing_secure_becomes_insecure() {
        refuses(
            "https://a.example/",
            "http://b.example/",
            "insecure_redirect",
        );
        refuses(
            "https://a.example/",
            "http://a.example:8080/",
            "insecure_redirect",
        );
        refuses(
            "https://a.example:8443/",
            "http://a.example/",
            "insecure_redirect",
        );
        leads(
            "https://a.example/",
            "http://a.example/x",
            "https://a.example/x",
        );
        leads(
            "http://a.example/",
            "http://b.example/",
            "http://b.example/",
        );
    }

    #[test]
    fn only_a_chain_of_permanent_moves_is_one() {
        let (_, mut trail) = hop("http://a.example/", 301, "http://b.example/");
        let mut headers = HeaderMap::new();
        headers.insert(
            header::LOCATION,
            HeaderValue::from_static("http://c.example/"),
        );
        trail.follow(StatusCode::FOUND, &headers).unwrap();
        headers.insert(
            header::LOCATION,
            HeaderValue::from_static("http://d.example/"),
        );
        trail
            .follow(StatusCode::PERMANENT_REDIRECT, &headers)
            .unwrap();
        assert_eq!(trail.url.as_str(), "http://d.example/");
        assert_eq!(trail.moved().unwrap().as_str(), "http://b.example/");
        let (_, trail) = hop("http://a.example/", 307, "http://b.example/");
        assert_eq!(trail.moved(), None);
    }
}
