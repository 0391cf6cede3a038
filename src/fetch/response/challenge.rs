//! Bot walls: tells answers that want a browser to run a script or a person to tick a box from
//! pages.
//!
//! No wall is climbed here. It gets its name, so that the admin asks the
//! publisher for a way in instead of looking for a mistake in feeds.toml.

use http::header::HeaderMap;

/// Longest page that can be a wall, in bytes; a longer one is a page.
pub(in crate::fetch) const MAX_PAGE: usize = 256 << 10;

/// Headers that only a wall sends: name, beginning of the value, product.
const HEADERS: &[(&str, &str, &str)] = &[
    ("cf-mitigated", "challenge", "Cloudflare"),
    ("x-amzn-waf-action", "c", "AWS WAF"),
    ("x-datadome", "protected", "DataDome"),
    ("x-sucuri-block", "", "Sucuri"),
    ("x-vercel-mitigated", "challenge", "Vercel"),
];

/// Strings that only the page of a wall holds, with its product; the scripts that some walls put
/// into every page of a site (`__CF$cv$params`) are not among them.
const MARKERS: &[(&str, &str)] = &[
    ("_cf_chl_opt", "Cloudflare"),
    ("cf-browser-verification", "Cloudflare"),
    ("cf-error-details", "Cloudflare"),
    ("/_Incapsula_Resource?", "Imperva"),
    ("awsWafCookieDomainList", "AWS WAF"),
    ("gokuProps", "AWS WAF"),
    ("geo.captcha-delivery.com", "DataDome"),
    ("captcha.px-cdn.net", "HUMAN"),
    ("_pxAppId", "HUMAN"),
    ("/.well-known/ddos-guard/", "DDoS-Guard"),
    ("sucuri_cloudproxy_js", "Sucuri"),
    ("/.within.website/x/cmd/anubis", "Anubis"),
    ("acw_sc__v2", "Alibaba Cloud WAF"),
    ("__jsl_clearance", "Knownsec"),
    ("__tst_status", "Tencent EdgeOne"),
    ("yunsuo_session", "Yunsuo"),
    ("$_ts.nsd", "Ruishu"),
    ("window['$_ts']", "Ruishu"),
    ("window[\"$_ts\"]", "Ruishu"),
    ("/_guard/auto.js", "CDNFly"),
];

/// Names the product of the wall that sent these headers, if one did.
pub(in crate::fetch) fn in_headers(headers: &HeaderMap) -> Option<&'static str> {
    let says = |(name, start, _): &&(&str, &str, &'static str)| {
        headers
            .get(*name)
            .is_some_and(|value| value.as_bytes().starts_with(start.as_bytes()))
    };
    HEADERS.iter().find(says).map(|(_, _, whose)| *whose)
}

/// Names the product of the wall whose page this is, if it is one. Only what begins like HTML can
/// be: a feed that reports on walls is a feed.
pub(in crate::fetch) fn in_page(body: &[u8]) -> Option<&'static str> {
    if body.len() > MAX_PAGE || !is_html(body) {
        return None;
    }
    MARKERS
        .iter()
        .find(|(marker, _)| memchr::memmem::find(body, marker.as_bytes()).is_some())
        .map(|(_, whose)| *whose)
}

/// Whether a document begins like a web page: after a byte order mark and white space, one of six
/// tags.
fn is_html(body: &[u8]) -> bool {
    let body = body
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(body)
        .trim_ascii_start();
    let starts = |with: &[u8]| {
        body.get(..with.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(with))
    };
    [
        &b"<!doctype html"[..],
        b"<html",
        b"<head",
        b"<script",
        b"<title",
        b"<noscript",
    ]
    .iter()
    .any(|start| starts(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::HeaderValue;

    #[track_caller]
    fn check(page: &str, want: Option<&str>) {
        assert_eq!(in_page(page.as_bytes()), want, "{page}");
    }

    #[test]
    fn walls_are_named_by_their_pages() {
        check(
            "<!DOCTYPE html><title>Just a moment...</title><script>window._cf_chl_opt={}</script>",
            Some("Cloudflare"),
        );
        check(
            "\u{feff} <HTML><script>var arg1='2A';/*acw_sc__v2*/",
            Some("Alibaba Cloud WAF"),
        );
        check(
            "<script src=\"/_Incapsula_Resource?SWJIYLWA=1\">",
            Some("Imperva"),
        );
    }

    #[test]
    fn what_only_mentions_a_wall_is_none() {
        check("<rss><channel><title>_cf_chl_opt</title>", None);
        check("<html><script>window.__CF$cv$params={}</script>News", None);
        check("<!doctype html><title>Sign in</title>", None);
        let long = format!("<html>{}_cf_chl_opt", " ".repeat(MAX_PAGE));
        check(&long, None);
    }

    #[test]
    fn walls_are_named_by_their_headers() {
        let mut headers = HeaderMap::new();
        assert_eq!(in_headers(&headers), None);
        headers.insert("cf-mitigated", HeaderValue::from_static("challenge"));
        assert_eq!(in_headers(&headers), Some("Cloudflare"));
    }
}
