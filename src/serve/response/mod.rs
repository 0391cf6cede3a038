//! Responses from rendered documents: status, representation, headers.

pub(super) mod document;
pub(super) mod error;
pub(super) mod key;
pub(super) mod negotiate;

use std::sync::LazyLock;

use axum::body::Body;
use axum::extract::RawQuery;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::clock;
use crate::publish::html;
use document::RenderedDocument;
use negotiate::{Coding, is_current};

/// `Cache-Control` of errors, status pages and hub callbacks: not to be stored.
pub(super) const NEVER: &str = "no-store";

/// Style sheet of all pages.
static STYLE: LazyLock<RenderedDocument> = LazyLock::new(|| {
    let style = RenderedDocument::new("text/css; charset=utf-8", html::STYLE.into(), None);
    style.pack(&Coding::ALL)
});

/// Builds the response from `document`: 304 if the client holds the current version, else the
/// representation that it likes best of those there are; with `ETag`, `Vary`, `Cache-Control`
/// and, unless it lies in the future, `Last-Modified`.
pub(super) fn answer(headers: &HeaderMap, document: &RenderedDocument) -> Response {
    let coding = negotiate::coding(headers, |coding| document.packed(coding).is_some());
    let packed = coding.and_then(|coding| document.packed(coding));
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
        if let Some(coding) = coding {
            let name = HeaderValue::from_static(coding.name());
            about.insert(header::CONTENT_ENCODING, name);
        }
        response
    };
    let about = response.headers_mut();
    about.insert(header::ETAG, variant.etag.clone());
    about.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    about.insert(header::CACHE_CONTROL, document.freshness.clone());
    if let Some(modified) = document.last_modified(clock::now()) {
        about.insert(header::LAST_MODIFIED, modified);
    }
    response
}

/// Serves the style sheet. Asked for by its version (`?v=…`), it may be cached for a year.
pub(super) async fn style(RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let mut response = answer(&headers, &STYLE);
    if query == Some(format!("v={}", html::style_version())) {
        let for_good = HeaderValue::from_static("public, max-age=31536000, immutable");
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, for_good);
    }
    response
}
