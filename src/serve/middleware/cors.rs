//! Cross-origin requests (Fetch standard): programs in browsers may read what is for programs.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Endings of addresses whose documents are for programs.
const SHARED: [&str; 5] = [".rss", ".atom", ".json", ".opml", "/events"];

/// Beginning of the addresses of the API.
const API: &str = "/api/";

/// Headers of a response that a program may read besides those that it always may.
const EXPOSED: &str = "date, etag, im, link, retry-after, vary";

/// Headers that a program may send besides those that it always may.
const ALLOWED: &str = "a-im, cache-control, if-modified-since, if-none-match, last-event-id";

/// Lets programs of any origin read feeds, JSON and OPML. No cookie and no password means anything
/// here, so nothing is told that whoever asks could not ask for himself.
pub(super) fn share(response: &mut Response) {
    let about = response.headers_mut();
    let any = HeaderValue::from_static("*");
    about.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
    let exposed = HeaderValue::from_static(EXPOSED);
    about.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
}

/// Builds the answer to the question of a browser what may be asked (`OPTIONS`); it holds for a day.
pub(super) fn preflight() -> Response {
    let about: HeaderMap = [
        (header::ALLOW, "GET, HEAD, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ]
    .map(|(name, value)| (name, HeaderValue::from_static(value)))
    .into_iter()
    .collect();
    (StatusCode::NO_CONTENT, about).into_response()
}

/// Whether the document at this path is for programs.
pub(super) fn is_shared(path: &str) -> bool {
    path.starts_with(API) || SHARED.iter().any(|ending| path.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_not_shared() {
        assert!(is_shared("/shandong/jinan.rss"));
        assert!(is_shared("/status.json"));
        assert!(is_shared("/channels.opml"));
        assert!(!is_shared("/"));
        assert!(!is_shared("/shandong/"));
        assert!(!is_shared("/websub/x"));
    }
}
