//! Content negotiation and conditional requests: pure reading of request headers, whichever way they
//! were read.

use axum::http::{HeaderMap, HeaderName, header};
use jiff::Timestamp;

/// Header by which a client says which manipulations of a document it takes.
const A_IM: HeaderName = HeaderName::from_static("a-im");

/// Beginnings of the `User-Agent` of programs that ask for deltas without knowing: feedparser sends
/// `A-IM` for all who use it, and some of them (rss2email 3.13, which goes by its name) take 226 for an
/// error and would never get news again.
const MISLED: [&str; 2] = ["feedparser/", "rss2email/"];

/// Header by which a browser says what a request is for (Fetch Metadata Request Headers, 2.1).
const FETCH_DESTINATION: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// Media types that only who reads feeds or lists of them names.
const FEED_KINDS: [&str; 6] = [
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/feed+json",
    "application/json",
    "text/x-opml",
];

/// Coding of a body (RFC 9110, 8.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::serve) enum Coding {
    /// RFC 7932.
    Brotli,
    /// RFC 8878.
    Zstd,
    /// RFC 1952.
    Gzip,
}

impl Coding {
    /// All codings, the ones that make documents smallest first.
    pub(in crate::serve) const ALL: [Coding; 3] = [Coding::Brotli, Coding::Zstd, Coding::Gzip];

    /// Returns the name of the coding in `Accept-Encoding` and `Content-Encoding`.
    pub(in crate::serve) const fn name(self) -> &'static str {
        match self {
            Coding::Brotli => "br",
            Coding::Zstd => "zstd",
            Coding::Gzip => "gzip",
        }
    }
}

/// Header lines of a request.
pub(in crate::serve) trait HeaderLines {
    /// Iterates over the values of a header, in their order; empty ones for those that are no text.
    fn values(&self, name: HeaderName) -> impl Iterator<Item = &str>;
}

impl HeaderLines for HeaderMap {
    fn values(&self, name: HeaderName) -> impl Iterator<Item = &str> {
        let values = self.get_all(name).into_iter();
        values.map(|value| value.to_str().unwrap_or_default())
    }
}

/// Chooses the coding that the client likes best by its weights (`Accept-Encoding`; RFC 9110,
/// 12.5.3) among those that `is_there` has; of equals the smallest. `None`: as it is.
///
/// `x-gzip` is gzip, and `*` stands for gzip: who names no coding need not know the younger
/// ones. As it is, is worth less than any coding unless it has a weight of its own.
pub(in crate::serve) fn coding(
    headers: &impl HeaderLines,
    is_there: impl Fn(Coding) -> bool,
) -> Option<Coding> {
    let weight = |coding: Coding| {
        let own = weight_of(headers, coding.name());
        let others = || match coding {
            Coding::Gzip => weight_of(headers, "x-gzip").or_else(|| weight_of(headers, "*")),
            Coding::Brotli | Coding::Zstd => None,
        };
        own.or_else(others).unwrap_or(0.0)
    };
    let plain = weight_of(headers, "identity").unwrap_or(0.0);
    let mut best = None;
    for coding in Coding::ALL.into_iter().filter(|coding| is_there(*coding)) {
        let weight = weight(coding);
        let beats = best.is_none_or(|(_, least)| weight > least);
        if weight > 0.0 && weight >= plain && beats {
            best = Some((coding, weight));
        }
    }
    best.map(|(coding, _)| coding)
}

/// Chooses the coding that the client likes best of all that we have.
pub(in crate::serve) fn wanted_coding(headers: &impl HeaderLines) -> Option<Coding> {
    coding(headers, |_| true)
}

/// Returns the weight that `Accept-Encoding` gives a coding, 0 to 1; `None` if it does not name
/// it. A weight that is no number refuses.
fn weight_of(headers: &impl HeaderLines, name: &str) -> Option<f32> {
    list(headers, header::ACCEPT_ENCODING).find_map(|part| {
        let (coding, parameters) = part.split_once(';').unwrap_or((part, ""));
        let is_meant = coding.trim().eq_ignore_ascii_case(name);
        is_meant.then(|| weight(parameters))
    })
}

/// Returns the weight in the parameters of a list's member, 1 if there is none.
fn weight(parameters: &str) -> f32 {
    let mut weights = parameters.split(';').filter_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let is_weight = name.trim().eq_ignore_ascii_case("q");
        is_weight.then(|| value.trim().parse::<f32>().unwrap_or(0.0))
    });
    let weight = weights.next().unwrap_or(1.0);
    // NaN, too, refuses.
    if weight > 0.0 { weight.min(1.0) } else { 0.0 }
}

/// Whether the client takes less than the whole of a feed, what it lacks (`A-IM: feed`; RFC 3229,
/// 10.5.3), and knows what 226 means.
pub(in crate::serve) fn accepts_delta(headers: &impl HeaderLines) -> bool {
    let agent = headers.values(header::USER_AGENT).next();
    let agent = agent.unwrap_or_default();
    let is_misled = MISLED.iter().any(|name| agent.starts_with(name));
    !is_misled
        && list(headers, A_IM).any(|part| {
            let (name, parameters) = part.split_once(';').unwrap_or((part, ""));
            name.trim().eq_ignore_ascii_case("feed") && weight(parameters) > 0.0
        })
}

/// Whether the client would rather have JSON than a page: the first of the two kinds in
/// `Accept` decides, weights are not read. No `Accept`: a page.
pub(in crate::serve) fn prefers_json(headers: &HeaderMap) -> bool {
    let first = list(headers, header::ACCEPT).find_map(|part| {
        let kind = part.split(';').next().unwrap_or_default().trim();
        match kind {
            "application/json" => Some(true),
            "text/html" | "application/xhtml+xml" => Some(false),
            _ => None,
        }
    });
    first.unwrap_or(false)
}

/// Whether a person looks at the address in a browser, and not a program that reads feeds: it goes there
/// (`Sec-Fetch-Dest: document`, or `Upgrade-Insecure-Requests: 1` where no such header is sent, as over
/// plain HTTP), names `text/html`, and names no kind of feed.
pub(in crate::serve) fn is_browser(headers: &HeaderMap) -> bool {
    let goes_there = match headers.get(FETCH_DESTINATION) {
        Some(destination) => destination == "document",
        None => headers
            .get(header::UPGRADE_INSECURE_REQUESTS)
            .is_some_and(|value| value == "1"),
    };
    let kinds = || {
        list(headers, header::ACCEPT).map(|part| {
            let (kind, parameters) = part.split_once(';').unwrap_or((part, ""));
            (kind.trim().to_ascii_lowercase(), weight(parameters))
        })
    };
    let is_page = |(kind, weight): (String, f32)| kind == "text/html" && weight > 0.0;
    let is_feed = |(kind, _): (String, f32)| FEED_KINDS.contains(&kind.as_str());
    goes_there && kinds().any(is_page) && !kinds().any(is_feed)
}

/// Whether the client holds the current version already (RFC 9110, 13.1).
///
/// `If-None-Match` decides alone if it is there, by weak comparison, as proxies that
/// recompress make our tags weak. Else `If-Modified-Since`, by whole seconds, in any of the
/// three forms of a date (RFC 9110, 5.6.7).
pub(in crate::serve) fn is_current(
    headers: &impl HeaderLines,
    etag: &str,
    modified: Option<Timestamp>,
) -> bool {
    if headers.values(header::IF_NONE_MATCH).next().is_some() {
        return held(headers).any(|held| held == "*" || held == etag);
    }
    let since = headers.values(header::IF_MODIFIED_SINCE).next();
    let since = since.and_then(|text| httpdate::parse_http_date(text.trim()).ok());
    let since = since.and_then(|since| Timestamp::try_from(since).ok());
    match (since, modified) {
        (Some(since), Some(modified)) => modified.as_second() <= since.as_second(),
        _ => false,
    }
}

/// Iterates over the tags in `If-None-Match`, without the mark of weak ones; `*` is among them.
pub(in crate::serve) fn held(headers: &impl HeaderLines) -> impl Iterator<Item = &str> {
    list(headers, header::IF_NONE_MATCH).map(|held| held.strip_prefix("W/").unwrap_or(held))
}

/// Splits a header that is a comma-separated list; our `ETag`s hold no comma.
pub(in crate::serve) fn list(
    headers: &impl HeaderLines,
    name: HeaderName,
) -> impl Iterator<Item = &str> {
    let values = headers.values(name);
    values.flat_map(|text| text.split(',')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(&name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn who_takes_a_delta_for_an_error_gets_none() {
        let check = |agent: &str, want: bool| {
            let mut given = headers(A_IM, &["feed"]);
            given.insert(header::USER_AGENT, agent.parse().unwrap());
            assert_eq!(accepts_delta(&given), want, "{agent}");
        };
        check(
            "rss2email/3.13.1 (https://github.com/rss2email/rss2email)",
            false,
        );
        check("newsboat/2.21.0 (Linux x86_64)", true);
        check(
            "feedparser/6.0.10 +https://github.com/kurtmckee/feedparser/",
            false,
        );
    }

    #[test]
    fn a_person_is_told_from_a_program() {
        #[track_caller]
        fn check(given: &[(&'static str, &str)], want: bool) {
            let mut headers = HeaderMap::new();
            for (name, value) in given {
                headers.insert(*name, value.parse().unwrap());
            }
            assert_eq!(is_browser(&headers), want, "{given:?}");
        }
        let page = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        let document = ("sec-fetch-dest", "document");
        check(&[("accept", page), document], true);
        check(
            &[("accept", page), ("upgrade-insecure-requests", "1")],
            true,
        );
        // Readers that say what browsers say do not go anywhere.
        check(&[("accept", page)], false);
        check(&[("accept", page), ("sec-fetch-dest", "empty")], false);
        check(&[("accept", "*/*"), document], false);
        check(&[document], false);
        check(&[("accept", "text/html;q=0, */*"), document], false);
        let reader = "application/atom+xml, application/rss+xml, text/html;q=0.7, */*;q=0.1";
        check(&[("accept", reader), document], false);
    }

    #[test]
    fn the_coding_that_is_liked_best_is_sent() {
        #[track_caller]
        fn check(values: &[&str], want: Option<Coding>) {
            let given = headers(header::ACCEPT_ENCODING, values);
            assert_eq!(coding(&given, |_| true), want, "{values:?}");
        }
        check(&[], None);
        check(&[""], None);
        check(&["gzip"], Some(Coding::Gzip));
        check(&["x-gzip"], Some(Coding::Gzip));
        check(&["GZIP;q=0.1"], Some(Coding::Gzip));
        check(&["br;q=0, gzip"], Some(Coding::Gzip));
        check(&["gzip", "deflate, br"], Some(Coding::Brotli));
        check(&["gzip, deflate, zstd"], Some(Coding::Zstd));
        check(&["gzip;q=1.0, br;q=0.5, zstd;q=.9"], Some(Coding::Gzip));
        check(&["gzip;q=0"], None);
        check(&["gzip; q=0.000, *"], None);
        check(&["*"], Some(Coding::Gzip));
        check(&["*;q=0"], None);
        check(&["*;q=0, br"], Some(Coding::Brotli));
        check(&["identity"], None);
        check(&["identity;q=1, gzip;q=0.5"], None);
        check(&["identity;q=0.5, gzip;q=1"], Some(Coding::Gzip));
        check(&["identity, gzip"], Some(Coding::Gzip));
        check(&["zzz;;;==,gzip;q=x"], None);
        check(&["gzip;q=NaN"], None);
        check(&["gzip;q=-1"], None);
    }

    #[test]
    fn a_coding_that_is_not_there_is_not_chosen() {
        let given = headers(header::ACCEPT_ENCODING, &["br, gzip;q=0.5"]);
        let found = coding(&given, |coding| coding == Coding::Gzip);
        assert_eq!(found, Some(Coding::Gzip));
        assert_eq!(coding(&given, |_| false), None);
    }

    #[test]
    fn a_delta_is_for_those_who_take_one() {
        let check = |value: &str, want: bool| {
            assert_eq!(accepts_delta(&headers(A_IM, &[value])), want, "{value}");
        };
        check("feed", true);
        check("vcdiff, FEED;q=0.3", true);
        check("feed;q=0", false);
        check("feeds", false);
        check("", false);
    }

    #[test]
    fn a_held_version_is_recognised() {
        #[track_caller]
        fn check(values: &[&str], want: bool) {
            let given = headers(header::IF_NONE_MATCH, values);
            assert_eq!(is_current(&given, "\"abc\"", None), want, "{values:?}");
        }
        check(&["\"abc\""], true);
        check(&["W/\"abc\""], true);
        check(&["*"], true);
        check(&["\"x\", \"abc\""], true);
        check(&["\"x\"", "W/\"abc\""], true);
        check(&["\"x\""], false);
        check(&["abc"], false);
        check(&[""], false);
    }

    #[test]
    fn dates_count_where_no_name_is_given() {
        let modified = Some("2018-03-16T04:49:00.9Z".parse().unwrap());
        let check = |value: &str, want: bool| {
            let mut given = headers(header::IF_MODIFIED_SINCE, &[value]);
            assert_eq!(is_current(&given, "\"abc\"", modified), want, "{value}");
            given.append(header::IF_NONE_MATCH, "\"x\"".parse().unwrap());
            assert!(!is_current(&given, "\"abc\"", modified));
        };
        check("Fri, 16 Mar 2018 04:49:00 GMT", true);
        check("Fri, 16 Mar 2018 04:50:00 GMT", true);
        check("Fri, 16 Mar 2018 04:48:59 GMT", false);
        check("yesterday", false);
        // The two obsolete forms: RFC 850, and C's asctime().
        check("Friday, 16-Mar-18 04:49:00 GMT", true);
        check("Friday, 16-Mar-18 04:48:59 GMT", false);
        check("Fri Mar 16 04:49:00 2018", true);
        check("Fri Mar 16 04:48:59 2018", false);
    }

    #[test]
    fn json_is_for_those_who_ask_for_it_first() {
        let check = |value: &str, want: bool| {
            assert_eq!(prefers_json(&headers(header::ACCEPT, &[value])), want);
        };
        check("application/json", true);
        check("text/html,application/json", false);
        check("*/*", false);
    }
}
