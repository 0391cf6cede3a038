//! Responses from rendered documents: status, representation, headers.

pub(super) mod body_file;
pub(super) mod document;
pub(super) mod error;
pub(super) mod key;
pub(super) mod mark;
pub(super) mod negotiate;
pub(super) mod ready;

use std::sync::LazyLock;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::clock;
use crate::publish::html;
use document::{Effort, RenderedDocument};
use mark::Mark;
use negotiate::{Coding, is_current};

/// `Cache-Control` of errors, status pages and hub callbacks: not to be stored.
pub(super) const NEVER: &str = "no-store";

/// Style sheet of all pages.
pub(super) static STYLE: LazyLock<RenderedDocument> = LazyLock::new(|| {
    let style = RenderedDocument::new("text/css; charset=utf-8", html::STYLE.into(), None);
    style.pack(&Coding::ALL, Effort::Kept)
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
        answer_whole(document, coding)
    };
    let about = response.headers_mut();
    about.insert(header::ETAG, variant.etag.clone());
    let vary = match document.entries.is_empty() {
        true => "accept-encoding",
        false => "accept-encoding, a-im",
    };
    about.insert(header::VARY, HeaderValue::from_static(vary));
    about.insert(header::CACHE_CONTROL, document.freshness.clone());
    if let Some(modified) = document.last_modified(clock::now()) {
        about.insert(header::LAST_MODIFIED, modified);
    }
    response
}

/// Builds the response with a page in the place of the feed that a browser asked for: not to be stored,
/// and what it depends on told.
pub(super) fn answer_opened(headers: &HeaderMap, page: &RenderedDocument) -> Response {
    let mut response = answer(headers, page);
    let about = response.headers_mut();
    about.insert(header::CACHE_CONTROL, HeaderValue::from_static(NEVER));
    about.remove(header::ETAG);
    let vary = "accept, accept-encoding, sec-fetch-dest, upgrade-insecure-requests";
    about.insert(header::VARY, HeaderValue::from_static(vary));
    response
}

/// Reads what the client holds of a feed, if it wants no more than what it lacks (RFC 3229) and
/// does not hold the current version; with the tag that tells it.
pub(super) fn held_of_feed(
    headers: &HeaderMap,
    document: &RenderedDocument,
) -> Option<(Mark, HeaderValue)> {
    if !negotiate::accepts_delta(headers) || document.entries.is_empty() {
        return None;
    }
    let names = Coding::ALL.map(Coding::name);
    let (mark, tag) =
        negotiate::held(headers).find_map(|tag| Some((Mark::in_tag(tag, &names)?, tag)))?;
    let is_current = |tag: String| negotiate::is_current(headers, &format!("\"{tag}\""), None);
    let is_held = document.tags().any(is_current);
    let tag = HeaderValue::from_str(tag).ok()?;
    (!is_held).then_some((mark, tag))
}

/// Builds the response (226) from `delta`, which holds what the client that has the version
/// `base` lacks of `document`; its `ETag` is that of the whole document, which the client has
/// now. No cache need keep it.
pub(super) fn answer_delta(
    headers: &HeaderMap,
    document: &RenderedDocument,
    (delta, base): (RenderedDocument, HeaderValue),
) -> Response {
    let coding = negotiate::coding(headers, |coding| document.packed(coding).is_some());
    let whole = coding.and_then(|coding| document.packed(coding));
    let etag = whole.unwrap_or(&document.plain).etag.clone();
    let delta = delta.pack(coding.as_slice(), Effort::Once);
    let mut response = answer_whole(&delta, coding);
    *response.status_mut() = StatusCode::IM_USED;
    let about = response.headers_mut();
    about.insert(header::ETAG, etag);
    about.insert("im", HeaderValue::from_static("feed"));
    about.insert("delta-base", base);
    let vary = HeaderValue::from_static("accept-encoding, a-im, if-none-match");
    about.insert(header::VARY, vary);
    let never = HeaderValue::from_static("no-store, im");
    about.insert(header::CACHE_CONTROL, never);
    response
}

/// Builds the response from a document, in a coding if it has that, without the headers that
/// caches need.
fn answer_whole(document: &RenderedDocument, coding: Option<Coding>) -> Response {
    let packed = coding.and_then(|coding| Some((coding, document.packed(coding)?)));
    let variant = packed.map_or(&document.plain, |(_, packed)| packed);
    let mut response = Body::from(variant.bytes.clone()).into_response();
    let about = response.headers_mut();
    about.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(document.media_type),
    );
    if let Some(links) = &document.links {
        about.insert(header::LINK, links.clone());
    }
    if let Some((coding, _)) = packed {
        let name = HeaderValue::from_static(coding.name());
        about.insert(header::CONTENT_ENCODING, name);
    }
    response
}

/// Builds the response with a style sheet. Asked for by its version (`?v=…`), it may be cached for a
/// year.
pub(super) fn style(
    query: Option<&str>,
    (sheet, version): (&RenderedDocument, &str),
    headers: &HeaderMap,
) -> Response {
    let mut response = answer(headers, sheet);
    if query.and_then(|query| query.strip_prefix("v=")) == Some(version) {
        let for_good = HeaderValue::from_static("public, max-age=31536000, immutable");
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, for_good);
    }
    response
}
