//! Content negotiation and conditional requests: pure reading of request headers.

use axum::http::{HeaderMap, HeaderName, header};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// Whether the client takes gzip (`Accept-Encoding`). `x-gzip` and `*` count, `q=0` refuses.
pub(super) fn accepts_gzip(headers: &HeaderMap) -> bool {
    let mut any = false;
    for part in list(headers, header::ACCEPT_ENCODING) {
        let (coding, parameters) = part.split_once(';').unwrap_or((part, ""));
        let coding = coding.trim();
        if coding.eq_ignore_ascii_case("gzip") || coding.eq_ignore_ascii_case("x-gzip") {
            return !is_refused(parameters);
        }
        any |= coding == "*" && !is_refused(parameters);
    }
    any
}

/// Whether the client would rather have JSON than a page: the first of the two kinds in
/// `Accept` decides, weights are not read. No `Accept`: a page.
pub(super) fn prefers_json(headers: &HeaderMap) -> bool {
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

/// Whether the client holds the current version already (RFC 9110, 13.1).
///
/// `If-None-Match` decides alone if it is there, by weak comparison, as proxies that
/// recompress make our tags weak. Else `If-Modified-Since`, by whole seconds.
pub(super) fn is_current(headers: &HeaderMap, etag: &str, modified: Option<Timestamp>) -> bool {
    if headers.contains_key(header::IF_NONE_MATCH) {
        let mut held = list(headers, header::IF_NONE_MATCH);
        return held.any(|held| held == "*" || held.strip_prefix("W/").unwrap_or(held) == etag);
    }
    let since = headers
        .get(header::IF_MODIFIED_SINCE)
        .and_then(|value| DateTimeParser::new().parse_timestamp(value).ok());
    match (since, modified) {
        (Some(since), Some(modified)) => modified.as_second() <= since.as_second(),
        _ => false,
    }
}

/// Splits a header that is a comma-separated list; our `ETag`s hold no comma.
fn list(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let values = headers.get_all(name).into_iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(',')).map(str::trim)
}

/// Whether the parameters say `q=0` or a weight that is no number.
fn is_refused(parameters: &str) -> bool {
    let mut weights = parameters.split(';').filter_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let is_weight = name.trim().eq_ignore_ascii_case("q");
        is_weight.then(|| value.trim().parse::<f32>().unwrap_or(0.0))
    });
    weights.next().is_some_and(|weight| weight <= 0.0)
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
    fn gzip_is_sent_to_those_who_take_it() {
        #[track_caller]
        fn check(values: &[&str], want: bool) {
            let given = headers(header::ACCEPT_ENCODING, values);
            assert_eq!(accepts_gzip(&given), want, "{values:?}");
        }
        check(&[], false);
        check(&[""], false);
        check(&["gzip"], true);
        check(&["GZIP;q=0.1"], true);
        check(&["br;q=0, gzip"], true);
        check(&["br", "deflate, gzip"], true);
        check(&["gzip;q=0"], false);
        check(&["gzip; q=0.000, *"], false);
        check(&["*"], true);
        check(&["*;q=0"], false);
        check(&["identity"], false);
        check(&["zzz;;;==,gzip;q=x"], false);
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
