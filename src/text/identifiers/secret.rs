//! Secrets in addresses: names and passwords, parameters that let somebody in, and parts of the
//! path that do.
//!
//! A path is read in two ways. Behind a word of access (`/private/…`, `/token/…`) whatever looks
//! random is a secret, in any address. In the address of a feed, which is written down by whoever
//! may read it, a long random part is one without such a word.

use url::Url;

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

/// Words of access that are none for parameters, beside [`NAMES`].
const ACCESS: [&str; 3] = ["personal", "privat", "private"];

/// Parts of a path behind which secrets stand, and names of people and numbers too.
const PLACES: [&str; 7] = [
    "member",
    "members",
    "subscriber",
    "subscribers",
    "u",
    "user",
    "users",
];

/// Fewest letters of a secret behind a word of access.
const MIN_NAMED_LETTERS: usize = 8;

/// Fewest letters of one behind the name of a place, where names of people stand as well.
const MIN_PLACED_LETTERS: usize = 16;

/// Fewest digits of a number of base 16 that is a secret by itself: 128 bits. Shorter ones are
/// ids of databases.
const MIN_HEX_DIGITS: usize = 32;

/// Fewest letters of a number of base 64 that is one: 132 bits.
const MIN_BASE64_LETTERS: usize = 22;

/// Whether a name of a parameter is one of those.
fn is_secret(name: &str) -> bool {
    let letters = name.chars().filter(|c| c.is_ascii_alphanumeric());
    let folded: String = letters.map(|c| c.to_ascii_lowercase()).collect();
    NAMES.contains(&&*folded) || ENDINGS.iter().any(|ending| folded.ends_with(ending))
}

/// Whether there is a secret in an address, also one that is only told from the address of a feed.
#[must_use]
pub fn is_in(address: &WebUrl) -> bool {
    let url = address.to_url();
    has_login(&url) || has_parameter(&url) || in_path(&url, true).is_some()
}

fn has_login(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

fn has_parameter(url: &Url) -> bool {
    let mut pairs = url.query_pairs();
    pairs.any(|(name, value)| is_secret(&name) && !value.is_empty())
}

/// Whether a text, such as another address, tells a secret of `address`, that of a feed.
#[must_use]
pub fn is_told(text: &str, address: &WebUrl) -> bool {
    of_feed(address).iter().any(|secret| text.contains(secret))
}

/// Fewest letters of a secret that is looked for in other texts.
const MIN_SOUGHT_LETTERS: usize = 6;

/// Lists the secrets in the address of a feed, as they are written, for finding them in other
/// texts; those too short to be found for certain are left out.
#[must_use]
pub fn of_feed(address: &WebUrl) -> Vec<String> {
    let url = address.to_url();
    let mut found = vec![url.password().unwrap_or_default().to_owned()];
    let pairs = url.query().unwrap_or_default().split('&');
    let pairs = pairs.filter_map(|pair| pair.split_once('='));
    found.extend(
        pairs
            .filter(|(name, _)| is_secret(name))
            .map(|(_, value)| value.to_owned()),
    );
    let part = in_path(&url, true).and_then(|at| url.path_segments()?.nth(at));
    found.extend(part.map(|part| stem(part).to_owned()));
    found.retain(|secret| secret.len() >= MIN_SOUGHT_LETTERS);
    found
}

/// Returns the address without its secrets; what is behind a secret in the path goes with it.
///
/// ```
/// use gazetted::model::WebUrl;
/// use gazetted::text::identifiers::secret;
/// let url = WebUrl::parse("https://ann:pw@a.de/feed?id=7&auth=s3cr3t").unwrap();
/// assert_eq!(secret::without(&url).as_str(), "https://a.de/feed?id=7");
/// let url = WebUrl::parse("https://a.de/feed/private/7f3a9c01/rss").unwrap();
/// assert_eq!(secret::without(&url).as_str(), "https://a.de/feed/");
/// ```
#[must_use]
pub fn without(address: &WebUrl) -> WebUrl {
    cleared(address, false)
}

/// Returns the address of a feed without its secrets, those among them that only such an address
/// is taken to hold.
#[must_use]
pub fn without_path(address: &WebUrl) -> WebUrl {
    cleared(address, true)
}

fn cleared(address: &WebUrl, is_feed: bool) -> WebUrl {
    let mut url = address.to_url();
    let at = in_path(&url, is_feed);
    if !has_login(&url) && !has_parameter(&url) && at.is_none() {
        return address.clone();
    }
    let cleared = url.set_username("").and_then(|()| url.set_password(None));
    let query = url.query().unwrap_or_default().to_owned();
    let is_kept = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        !is_secret(name)
    };
    let kept: Vec<&str> = query.split('&').filter(is_kept).collect();
    url.set_query(
        (!kept.is_empty() && !query.is_empty() && at.is_none())
            .then(|| kept.join("&"))
            .as_deref(),
    );
    if let Some(at) = at {
        let segments: Vec<&str> = url.path_segments().into_iter().flatten().collect();
        let is_word = |segment: &&str| access(segment).is_some();
        let at = at - usize::from(at > 0 && segments.get(at - 1).is_some_and(is_word));
        let path = format!("/{}/", segments[..at].join("/"));
        url.set_path(if at == 0 { "/" } else { &path });
        url.set_fragment(None);
    }
    cleared
        .ok()
        .and_then(|()| WebUrl::of(&url))
        .unwrap_or_else(|| address.clone())
}

/// Finds the first part of a path that lets somebody in.
fn in_path(url: &Url, is_feed: bool) -> Option<usize> {
    let host = url.host_str().unwrap_or_default();
    let label = host.split('.').next().unwrap_or_default();
    let mut least = access(label);
    for (at, segment) in url.path_segments()?.enumerate() {
        let stem = stem(segment);
        // `private-7f3a9c01`, as calendars have it.
        let (word, rest) = stem.split_once(['-', '_', '=', ':']).unwrap_or(("", stem));
        let is_named = access(word).is_some_and(|least| is_random(rest, least));
        let is_behind = least.is_some_and(|least| is_random(stem, least));
        if is_named || is_behind || is_feed && is_long(stem) {
            return Some(at);
        }
        // Names of people and numbers may stand between such a word and the secret.
        least = access(segment).or(least.map(|_| MIN_PLACED_LETTERS));
    }
    None
}

/// Fewest letters of a secret behind this part of a path; `None` if none is expected there.
fn access(segment: &str) -> Option<usize> {
    let letters = segment.chars().filter(|c| c.is_ascii_alphanumeric());
    let folded: String = letters.map(|c| c.to_ascii_lowercase()).collect();
    match () {
        () if PLACES.contains(&&*folded) => Some(MIN_PLACED_LETTERS),
        () if ACCESS.contains(&&*folded) || is_secret(&folded) => Some(MIN_NAMED_LETTERS),
        () => None,
    }
}

/// A part of a path without the ending of a file.
fn stem(segment: &str) -> &str {
    match segment.rsplit_once('.') {
        Some((stem, ending)) if ending.len() <= 5 => stem,
        _ => segment,
    }
}

/// Whether a text may be random: a word with digits in it, and no date or name with a number.
fn is_random(text: &str, least: usize) -> bool {
    let is_in_set = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
    let letters = text.bytes().filter(u8::is_ascii_alphanumeric).count();
    letters >= least && text.bytes().all(is_in_set) && digit_groups(text) >= 2 && has_letter(text)
}

/// Whether a text is a random number of 128 bits or more, whatever stands before it.
fn is_long(text: &str) -> bool {
    let is_hex = text.bytes().all(|b| b.is_ascii_hexdigit());
    if is_hex && text.len() >= MIN_HEX_DIGITS {
        return has_letter(text) && digit_groups(text) >= 2;
    }
    let is_run = |run: &str| {
        let classes = run.bytes().map(|b| {
            let (upper, lower) = (b.is_ascii_uppercase(), b.is_ascii_lowercase());
            if upper { 0 } else { 1 + u8::from(lower) }
        });
        let classes: Vec<u8> = classes.collect();
        let changes = classes.windows(2).filter(|pair| pair[0] != pair[1]).count();
        let has_all = (0..3).all(|class| classes.contains(&class));
        // Two of three pairs of random letters change; those of words in one do so once a word.
        has_all && changes * 2 >= run.len() && digit_groups(run) >= 2
    };
    let run = text.split(|c: char| !c.is_ascii_alphanumeric());
    let longest = run.max_by_key(|run| run.len()).unwrap_or_default();
    let is_mixed = text.len() >= MIN_BASE64_LETTERS && longest.len() * 2 >= text.len();
    is_mixed && text.is_ascii() && !text.contains('%') && is_run(longest)
}

fn has_letter(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_alphabetic())
}

/// Number of runs of digits.
fn digit_groups(text: &str) -> usize {
    let groups = text.split(|c: char| !c.is_ascii_digit());
    groups.filter(|group| !group.is_empty()).count()
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

    #[track_caller]
    fn check_feed(given: &str, want: &str) {
        let url = WebUrl::parse(given).unwrap();
        assert_eq!(without_path(&url).as_str(), want);
        assert_eq!(is_in(&url), given != want, "{given}");
    }

    #[test]
    fn parts_of_a_path_that_let_somebody_in_go() {
        let hex = "3f9c0a7714be52d86e0b9d1fa2c34e58";
        check_feed(
            &format!("https://a.de/feed/user/{hex}/rss.xml"),
            "https://a.de/feed/",
        );
        check_feed(&format!("https://a.de/f/{hex}.xml?x=1"), "https://a.de/f/");
        check_feed(
            "https://a.de/feeds/aZ3kQ9xT1mB7vR2pL8wY4c.rss",
            "https://a.de/feeds/",
        );
        check_feed("https://a.de/token/a1b2c3d4e5/rss", "https://a.de/");
        check_feed("https://a.de/rss/key-7d9f01ab22", "https://a.de/rss/");
        check_feed(
            "https://a.de/calendar/ann/private-7d9f01ab22cd/basic.ics",
            "https://a.de/calendar/ann/",
        );
        check_feed(
            "https://api.a.de/feed/podcast/12/private/0b9d1fa2-c34e-4e58-8c1d-6f2ab01c77de.rss",
            "https://api.a.de/feed/podcast/12/",
        );
    }

    #[test]
    fn ordinary_paths_stay() {
        for address in [
            "https://a.de/private/rss",
            "https://a.de/key/stories-2024.xml",
            "https://a.de/user/ann-marie-lastname-1984/feed",
            "https://a.de/secret/gardens-of-the-city/feed.xml",
            "https://a.de/2026/11/29/council-votes-on-the-new-bridge-of-the-town-4711.html",
            "https://a.de/podcast/playlist/e73c998e-6e60-432f-8610-ae210140c5b1/podcast.rss",
            "https://a.de/public/shows/60518a52f69aa815d2b14c91",
            "https://a.de/BreakingNewsFromTheTown2024/rss",
            "https://a.de/feeds/1234567890123456789012345678901234567890",
            "https://a.de/%E6%B5%8E%E5%8D%97%E6%96%B0%E9%97%BB/rss.xml",
            "https://a.de/alerts/feeds/01234567890123456789/9876543210987654321",
        ] {
            check_feed(address, address);
        }
        let channel = "https://films.example/channel/UC4x9K2bVq7wT1zR8mN3pL5A";
        assert_eq!(without(&WebUrl::parse(channel).unwrap()).as_str(), channel);
    }
}
