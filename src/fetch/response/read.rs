//! Response handling: a document, "not modified", or the reason why it is neither.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;

use super::exchange::{Response, explain};
use super::freshness::fresh_for;
use super::redirect::RedirectChain;
use super::{challenge, decode};
use crate::fetch::FetchError;
use crate::fetch::request::{Request, wants_delta};
use crate::model::{Document, Validators, WebUrl};

/// Header in which a server says what may be done with a document.
const ROBOTS: header::HeaderName = header::HeaderName::from_static("x-robots-tag");

/// Longest validator that is kept, in bytes; longer ones are dropped.
const MAX_VALIDATOR_BYTES: usize = 1024;

/// Time limit for reading the page of a refusal, to name the bot wall.
const REFUSAL_READ_TIMEOUT: Duration = Duration::from_secs(3);

/// Difference of clocks beyond which one of them is wrong.
const MAX_CLOCK_SKEW: SignedDuration = SignedDuration::from_hours(24);

/// Header of a 226 that names what was done to the document (RFC 3229).
const IM: HeaderName = HeaderName::from_static("im");

/// Result of a successful fetch; `poll` hands the document to a reader of `source`.
#[derive(Debug)]
pub enum Fetched {
    /// A document, read whole and decoded.
    Document {
        /// Body and headers.
        document: Document,
        /// Validators for the next request, if the server gave any.
        validators: Option<Validators>,
        /// Freshness lifetime, if the server says (RFC 9111).
        fresh_for: Option<Duration>,
        /// `Link` headers, verbatim.
        links: Vec<String>,
        /// Target of the permanent redirects that the address begins with (301, 308).
        moved: Option<WebUrl>,
        /// Whether the document holds only what has changed (226, RFC 3229): an entry that is not
        /// in it may still be in the feed.
        is_delta: bool,
    },
    /// Status 304: the document we have is current.
    NotModified {
        /// Validators, with what the server has renewed of them.
        validators: Validators,
        /// Freshness lifetime, if the server says so anew.
        fresh_for: Option<Duration>,
        /// Target of the permanent redirects that the address begins with (301, 308).
        moved: Option<WebUrl>,
    },
}

/// Limits of bodies; clones share the permits.
#[derive(Clone, Debug)]
pub(in crate::fetch) struct BodyLimits {
    /// Largest body, raw and decoded, in bytes (`http.max_body`).
    max_bytes: usize,
    /// Permits to decode a body: as many at the same time as there are cores.
    decoders: Arc<Semaphore>,
}

impl BodyLimits {
    /// Makes limits of `max_bytes` a body, and as many decoders as there are cores.
    pub(in crate::fetch) fn new(max_bytes: usize) -> BodyLimits {
        let n_cores = std::thread::available_parallelism().map_or(2, usize::from);
        BodyLimits {
            max_bytes,
            decoders: Arc::new(Semaphore::new(n_cores)),
        }
    }
}

/// Judges a response that is no redirect, and reads its body.
///
/// # Errors
///
/// [`FetchError::Challenge`] for a bot wall, [`FetchError::Status`] for any status but 200, 203, a
/// 226 and a 304 that were asked for; else as [`whole`].
pub(in crate::fetch) async fn receive(
    limits: &BodyLimits,
    trail: RedirectChain,
    request: &Request<'_>,
    response: Response,
    now: Timestamp,
) -> Result<Fetched, FetchError> {
    let status = response.status();
    let url = trail.url.clone();
    let fresh = validators(&url, response.headers(), now);
    if status == StatusCode::NOT_MODIFIED {
        // To a request without validators this is no answer (it promises nothing).
        return match request.validators.filter(|held| held.url == url) {
            Some(held) => Ok(Fetched::NotModified {
                validators: renewed(held, fresh),
                fresh_for: fresh_for(response.headers(), now),
                moved: trail.moved(),
            }),
            None => Err(FetchError::Status {
                status: 304,
                retry_after: None,
            }),
        };
    }
    let is_throttled = status == StatusCode::TOO_MANY_REQUESTS;
    if let Some(whose) = challenge::in_headers(response.headers()).filter(|_| !is_throttled) {
        return Err(FetchError::Challenge { whose });
    }
    let is_delta = status == StatusCode::IM_USED
        && wants_delta(request, &url)
        && names_feed(response.headers());
    let is_document = matches!(
        status,
        StatusCode::OK | StatusCode::NON_AUTHORITATIVE_INFORMATION
    );
    if !is_document && !is_delta {
        let retry_after = retry_after(response.headers(), now);
        if may_be_wall(status)
            && let Ok(Some(whose)) =
                tokio::time::timeout(REFUSAL_READ_TIMEOUT, wall(limits, &url, response)).await
        {
            return Err(FetchError::Challenge { whose });
        }
        return Err(FetchError::Status {
            status: status.as_u16(),
            retry_after,
        });
    }
    let headers = response.headers().clone();
    let body = whole(limits, &url, response, limits.max_bytes).await?;
    if let Some(whose) = challenge::in_page(&body) {
        return Err(FetchError::Challenge { whose });
    }
    let text = |name| {
        headers
            .get(name)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let document = Document {
        url,
        content_type: text(header::CONTENT_TYPE),
        content_language: text(header::CONTENT_LANGUAGE),
        robots: headers
            .get_all(ROBOTS)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect(),
        body,
    };
    let links = headers.get_all(header::LINK).iter();
    let links = links.filter_map(|value| Some(value.to_str().ok()?.to_owned()));
    Ok(Fetched::Document {
        document,
        validators: fresh,
        links: links.collect(),
        fresh_for: fresh_for(&headers, now),
        moved: trail.moved(),
        is_delta,
    })
}

/// Whether a status is worth a look at the body, to name a bot wall; 429 says all there is to know.
fn may_be_wall(status: StatusCode) -> bool {
    match status {
        StatusCode::ACCEPTED => true,
        StatusCode::TOO_MANY_REQUESTS => false,
        _ => status.is_client_error() || status.is_server_error(),
    }
}

/// Names the bot wall whose page a refusal is, if it is one; reads at most 256 KiB.
async fn wall(limits: &BodyLimits, url: &WebUrl, response: Response) -> Option<&'static str> {
    let body = whole(limits, url, response, challenge::MAX_PAGE).await;
    challenge::in_page(&body.ok()?)
}

/// Reads and decodes a response body (gzip, br, zstd, deflate; at most two layers).
///
/// # Errors
///
/// [`FetchError::TooLarge`] if `Content-Length`, the raw or the decoded body exceeds `cap` bytes;
/// [`FetchError::Truncated`] if it ends early; [`FetchError::Encoding`] if it cannot be decoded.
pub(in crate::fetch) async fn whole(
    limits: &BodyLimits,
    url: &WebUrl,
    response: Response,
    cap: usize,
) -> Result<Bytes, FetchError> {
    let encodings = decode::encodings(response.headers());
    let announced = response.content_length().unwrap_or(0);
    if usize::try_from(announced).is_ok_and(|length| length > cap) {
        return Err(FetchError::TooLarge(cap));
    }
    let raw = read(url, response, cap).await?;
    let encodings = decode::needed(&raw, &encodings);
    if encodings.is_empty() {
        return Ok(raw);
    }
    // Few at a time, so that many bombs at once hold no more memory than few.
    let _permit = limits.decoders.acquire().await;
    tokio::task::spawn_blocking(move || decode::decode(raw, &encodings, cap))
        .await
        .map_err(|_| FetchError::Encoding("the decoder gave up".to_owned()))?
}

/// Reads the body as sent, still encoded.
///
/// # Errors
///
/// [`FetchError::TooLarge`] beyond `cap` bytes; else as [`explain`].
async fn read(url: &WebUrl, mut response: Response, cap: usize) -> Result<Bytes, FetchError> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|why| explain(url, &why))? {
        if bytes.len() + chunk.len() > cap {
            return Err(FetchError::TooLarge(cap));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// Whether `IM` lists `feed`.
fn names_feed(headers: &HeaderMap) -> bool {
    headers.get_all(IM).iter().any(|value| {
        let text = value.to_str().unwrap_or_default();
        text.split(',')
            .any(|name| name.trim().eq_ignore_ascii_case("feed"))
    })
}

/// Reads the validators of a response; `None` without any that can be sent back (1 to 1 024 bytes).
fn validators(url: &WebUrl, headers: &HeaderMap, now: Timestamp) -> Option<Validators> {
    let take = |name| {
        let value = headers.get(name).map(HeaderValue::as_bytes)?;
        (!value.is_empty() && value.len() <= MAX_VALIDATOR_BYTES).then(|| value.to_vec())
    };
    let etag = take(header::ETAG);
    let last_modified = take(header::LAST_MODIFIED);
    let changed = last_modified.as_deref().map(String::from_utf8_lossy);
    let changed = changed.and_then(|text| DateTimeParser::new().parse_timestamp(&*text).ok());
    // A server that dates its changes in the future never notices one.
    let is_ahead = changed.is_some_and(|at| at.duration_since(now) > MAX_CLOCK_SKEW);
    let has_any = etag.is_some() || last_modified.is_some();
    (has_any && !is_ahead).then(|| Validators {
        url: url.clone(),
        etag,
        last_modified,
        since: now,
    })
}

fn renewed(held: &Validators, fresh: Option<Validators>) -> Validators {
    let (etag, last_modified) = fresh.map_or((None, None), |v| (v.etag, v.last_modified));
    Validators {
        url: held.url.clone(),
        etag: etag.or_else(|| held.etag.clone()),
        last_modified: last_modified.or_else(|| held.last_modified.clone()),
        since: held.since,
    }
}

/// Reads `Retry-After` (RFC 9110, 10.2.3): seconds, or a date; the date counts from the server's
/// own `Date`, so that a clock that is wrong does no harm.
pub(in crate::fetch) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = |text: &str| DateTimeParser::new().parse_timestamp(text).ok();
    let server = headers
        .get(header::DATE)
        .and_then(|v| v.to_str().ok())
        .and_then(date);
    let wait = date(text)?.duration_since(server.unwrap_or(now));
    Duration::try_from(wait).ok()
}
