//! From documents to answers.

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::document::Document;
use super::error::trouble;
use super::negotiate::{accepts_gzip, is_current};
use crate::clock;
use crate::publish::html;

/// For how long a cache need not ask again, in seconds.
const FRESH: &str = "public, max-age=60";

/// For what no cache should hold.
pub(super) const NEVER: &str = "no-store";

/// What goes with every answer.
const ALWAYS: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("x-robots-tag", "noindex"),
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
];

/// A document for whoever asked with `headers`: 304 if they hold it, packed if
/// they take that.
pub(super) fn answer(headers: &HeaderMap, document: &Document) -> Response {
    let packed = document.gzip.as_ref().filter(|_| accepts_gzip(headers));
    let variant = packed.unwrap_or(&document.plain);
    let etag = variant.etag.to_str().unwrap_or_default();
    let mut response = if is_current(headers, etag, document.modified) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Body::from(variant.bytes.clone()).into_response();
        let about = response.headers_mut();
        about.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(document.media_type),
        );
        if packed.is_some() {
            about.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    };
    let about = response.headers_mut();
    about.insert(header::ETAG, variant.etag.clone());
    about.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    about.insert(header::CACHE_CONTROL, HeaderValue::from_static(FRESH));
    if let Some(modified) = document.last_modified(clock::now()) {
        about.insert(header::LAST_MODIFIED, modified);
    }
    response
}

/// The style sheet; for good, if asked for by the version that it has.
pub(super) async fn style(RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let document = Document::new("text/css; charset=utf-8", html::STYLE.into(), None);
    let mut response = answer(&headers, &document);
    if query == Some(format!("v={}", html::style_version())) {
        let for_good = HeaderValue::from_static("public, max-age=31536000, immutable");
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, for_good);
    }
    response
}

/// Adds what goes with every answer, and a page to those that have only a status.
pub(super) async fn finish(State(app): State<App>, mut response: Response) -> Response {
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        let desk = app.bare_desk();
        *response.body_mut() = Body::from(html::error(&desk.site(), trouble(status)));
        let about = response.headers_mut();
        about.remove(header::CONTENT_LENGTH);
        about.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        );
        about.insert(header::CACHE_CONTROL, HeaderValue::from_static(NEVER));
    }
    for (name, value) in ALWAYS {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}
