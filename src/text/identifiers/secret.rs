//! Secrets in addresses: names and passwords, and parameters that let somebody in.

use crate::model::WebUrl;

/// Names of parameters that let somebody in, without case and punctuation.
const NAMES: [&str; 26] = [
    "auth",
    "authkey",
    "authtoken",
    "authorization",
    "accesskey",
    "accesstoken",
    "apikey",
    "apitoken",
    "bearer",
    "credential",
    "credentials",
    "feedkey",
    "feedtoken",
    "jwt",
    "key",
    "login",
    "pass",
    "passwd",
    "password",
    "privatekey",
    "pwd",
    "rsskey",
    "rsstoken",
    "secret",
    "token",
    "usertoken",
];

/// Endings of other such names: `x_token`, `member-key`.
const ENDINGS: [&str; 5] = ["token", "secret", "password", "apikey", "authkey"];

/// Whether a name of a parameter is one of those.
fn is_secret(name: &str) -> bool {
    let letters = name.chars().filter(|c| c.is_ascii_alphanumeric());
    let folded: String = letters.map(|c| c.to_ascii_lowercase()).collect();
    NAMES.contains(&&*folded) || ENDINGS.iter().any(|ending| folded.ends_with(ending))
}

/// Whether there is a secret in an address.
#[must_use]
pub fn is_in(address: &WebUrl) -> bool {
    let url = address.to_url();
    let has_login = !url.username().is_empty() || url.password().is_some();
    has_login
        || url
            .query_pairs()
            .any(|(name, value)| is_secret(&name) && !value.is_empty())
}

/// Returns the address without its secrets.
///
/// ```
/// use gazetted::model::WebUrl;
/// use gazetted::text::identifiers::secret;
/// let url = WebUrl::parse("https://ann:pw@a.de/feed?id=7&auth=s3cr3t").unwrap();
/// assert_eq!(secret::without(&url).as_str(), "https://a.de/feed?id=7");
/// ```
#[must_use]
pub fn without(address: &WebUrl) -> WebUrl {
    if !is_in(address) {
        return address.clone();
    }
    let mut url = address.to_url();
    let cleared = url.set_username("").and_then(|()| url.set_password(None));
    let query = url.query().unwrap_or_default().to_owned();
    let is_kept = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        !is_secret(name)
    };
    let kept: Vec<&str> = query.split('&').filter(is_kept).collect();
    url.set_query(
        (!kept.is_empty() && !query.is_empty())
            .then(|| kept.join("&"))
            .as_deref(),
    );
    cleared
        .ok()
        .and_then(|()| WebUrl::of(&url))
        .unwrap_or_else(|| address.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: &str, want: &str) {
        let url = WebUrl::parse(given).unwrap();
        assert_eq!(without(&url).as_str(), want);
        assert_eq!(is_in(&url), given != want, "{given}");
    }

    #[test]
    fn secrets_go_and_the_rest_stays() {
        check("https://ann:secret@a.de/rss?x=1", "https://a.de/rss?x=1");
        check("https://a.de/rss?token=1", "https://a.de/rss");
        check(
            "https://a.de/rss?a=1&API_Key=2&b=3",
            "https://a.de/rss?a=1&b=3",
        );
        check("https://a.de/rss?member-token=2", "https://a.de/rss");
        check(
            "https://a.de/rss?id=1&keyword=2",
            "https://a.de/rss?id=1&keyword=2",
        );
        check("https://a.de/rss", "https://a.de/rss");
    }
}
