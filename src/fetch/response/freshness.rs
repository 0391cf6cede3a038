//! HTTP freshness lifetimes (RFC 9111).

use std::time::Duration;

use http::header::{self, HeaderMap};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// Computes the freshness lifetime of an answer with these headers (RFC 9111, 4.2.1): `max-age`
/// less `Age`, else `Expires` less `Date`, in whole seconds.
///
/// `None` if they do not say, say that it is stale, or make no sense. `s-maxage` is for caches that
/// many share, and we are none.
pub(in crate::fetch) fn fresh_for(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let texts = headers.get_all(header::CACHE_CONTROL);
    let texts = texts.iter().filter_map(|value| value.to_str().ok());
    let mut max_age = None;
    for directive in texts.flat_map(|text| text.split(',')) {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        match name.trim().to_ascii_lowercase().as_str() {
            "no-cache" | "no-store" => return None,
            "max-age" => max_age = max_age.or(Some(value.trim().trim_matches('"'))),
            _ => {}
        }
    }
    let seconds = match max_age {
        Some(text) => {
            let age = text_of(headers, "age").and_then(|age| age.trim().parse::<u64>().ok());
            text.parse::<u64>().ok()?.saturating_sub(age.unwrap_or(0))
        }
        None => {
            let expires = date(text_of(headers, "expires")?)?;
            let sent = text_of(headers, "date").and_then(date).unwrap_or(now);
            u64::try_from(expires.duration_since(sent).as_secs()).ok()?
        }
    };
    (seconds > 0).then(|| Duration::from_secs(seconds))
}

fn text_of<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

fn date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::{HeaderName, HeaderValue};

    #[track_caller]
    fn check(lines: &[&str], seconds: impl Into<Option<u64>>) {
        let mut headers = HeaderMap::new();
        for line in lines {
            let (name, value) = line.split_once(": ").unwrap();
            let name: HeaderName = name.parse().unwrap();
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        let now = "2026-11-23T12:00:00Z".parse().unwrap();
        let want = seconds.into().map(Duration::from_secs);
        assert_eq!(fresh_for(&headers, now), want, "{lines:?}");
    }

    #[test]
    fn max_age_less_age() {
        check(&["Cache-Control: max-age=86400"], 86_400);
        check(&["Cache-Control: public, Max-Age=\"600\""], 600);
        check(&["Cache-Control: public", "Cache-Control: max-age=60"], 60);
        check(&["Cache-Control: max-age=600", "Age: 200"], 400);
        check(&["Cache-Control: max-age=600", "Age: 700"], None);
        check(&["Cache-Control: max-age=600, s-maxage=5"], 600);
    }

    #[test]
    fn expires_counts_from_the_servers_own_date() {
        let expires = "Expires: Mon, 23 Nov 2026 11:30:00 GMT";
        check(&[expires], None);
        check(&[expires, "Date: Mon, 23 Nov 2026 11:00:00 GMT"], 1800);
        check(&[expires, "Cache-Control: max-age=7"], 7);
    }

    #[test]
    fn what_is_no_wish_counts_for_nothing() {
        check(&[], None);
        check(&["Cache-Control: no-cache, max-age=600"], None);
        check(&["Cache-Control: no-store"], None);
        check(&["Cache-Control: max-age=0"], None);
        check(&["Cache-Control: max-age=-1"], None);
        check(&["Cache-Control: max-age=abc"], None);
        check(&["Cache-Control: max-age=99999999999999999999"], None);
        check(&["Expires: 0"], None);
        check(&["Expires: -1", "Cache-Control: private"], None);
    }
}
