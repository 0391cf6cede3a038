//! Responses from rendered documents: status, representation, headers.

pub(super) mod document;
pub(super) mod error;
pub(super) mod negotiate;

use axum::body::Body;
use axum::extract::RawQuery;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::clock;
use crate::publish::html;
use document::RenderedDocument;
use negotiate::{accepts_gzip, is_current};

/// `Cache-Control` of documents: a cache need not ask again for 60 seconds.
const FRESH: &str = "public, max-age=60";

/// `Cache-Control` of errors, status pages and hub callbacks: not to be stored.
pub(super) const NEVER: &str = "no-store";

/// Builds the response from `document`: 304 if the client holds the current version, gzip if
/// it accepts that and a packed representation exists; with `ETag`, `Vary`, `Cache-Control`
/// (60 s) and, unless it lies in the future, `Last-Modified`.
pub(super) fn answer(headers: &HeaderMap, document: &RenderedDocument) -> Response {
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

/// Serves the style sheet. Asked for by its version (`?v=…`), it may be cached for a year.
pub(super) async fn style(RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let document = RenderedDocument::new("text/css; charset=utf-8", html::STYLE.into(), None);
    let mut response = answer(&headers, &document);
    if query == Some(format!("v={}", html::style_version())) {
        let for_good = HeaderValue::from_static("public, max-age=31536000, immutable");
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, for_good);
    }
    response
}
