//! Requests: one GET as `poll` asks for it, its headers, and each hop as it is sent.

use std::fmt::Debug;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::accept::Accept;
use super::connect::credentials::Credentials;
use super::response::decode;
use crate::model::{Validators, WebUrl};

/// Request header that accepts a delta (RFC 3229): an answer that is only what has changed.
const A_IM: HeaderName = HeaderName::from_static("a-im");

/// One GET of a document, as `poll` asks for it.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Address to ask.
    pub url: &'a WebUrl,
    /// Kind of document preferred.
    pub accept: Accept,
    /// Validators of the document we have; sent only to the address that gave them.
    pub validators: Option<&'a Validators>,
    /// Page that leads to the document, told to its server: for pictures, which some servers give
    /// to nobody else.
    pub referer: Option<&'a WebUrl>,
    /// Time for everything from the name to the last byte, over all redirects, but not for waiting
    /// for a slot of `pacer`.
    pub timeout: Duration,
    /// `User-Agent`; see [`user_agent`](super::user_agent).
    pub user_agent: &'a str,
    /// Credentials of the source, shown only to the origins they are for.
    pub credentials: Option<&'a Credentials>,
    /// Whether the connection is kept for another request to the host soon: an idle connection
    /// costs memory on both sides.
    pub keep_alive: bool,
    /// Pacing of hosts, for a redirect that leads to another host.
    pub pacer: Option<&'a dyn Pacer>,
}

/// Per-host rate limit; implemented by `poll`.
pub trait Pacer: Debug + Sync {
    /// Waits for the next request slot of `host`, and reserves it.
    fn turn<'a>(&'a self, host: &'a str) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;
}

/// One hop of a request, as it is sent.
pub(super) struct Hop<'a> {
    pub(super) method: Method,
    pub(super) url: &'a WebUrl,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) credentials: Option<&'a Credentials>,
}

/// Builds the headers of a request for a document. Nothing but the address itself tells who reads
/// what: no `Referer` but for pictures, and no cookies but those of the redirects that led here.
pub(super) fn headers(request: &Request<'_>, url: &WebUrl) -> HeaderMap {
    let mut headers = usual(request.accept.header(), request.user_agent);
    if !request.keep_alive {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    if let Some(page) = request.referer
        && let Ok(page) = HeaderValue::from_str(page.as_str())
    {
        headers.insert(header::REFERER, page);
    }
    let is_feed = request.accept == Accept::Feed;
    // Validators belong to the address that gave them: a redirect may lead
    // elsewhere today.
    let Some(held) = request.validators.filter(|held| held.url == *url) else {
        return headers;
    };
    let pairs = [
        (header::IF_NONE_MATCH, &held.etag),
        (header::IF_MODIFIED_SINCE, &held.last_modified),
    ];
    for (name, value) in pairs {
        let value = value
            .as_deref()
            .and_then(|v| HeaderValue::from_bytes(v).ok());
        if let Some(value) = value {
            headers.insert(name, value);
        }
    }
    // Only an entity tag names the version that a difference is against.
    if is_feed && headers.contains_key(header::IF_NONE_MATCH) {
        headers.insert(A_IM, HeaderValue::from_static("feed"));
    }
    headers
}

/// Builds the headers of every request: `Accept`, `Accept-Encoding`, `User-Agent`.
pub(super) fn usual(accept: &'static str, user_agent: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
    let encodings = HeaderValue::from_static(decode::ACCEPTED);
    headers.insert(header::ACCEPT_ENCODING, encodings);
    if let Ok(agent) = HeaderValue::from_str(user_agent) {
        headers.insert(header::USER_AGENT, agent);
    }
    headers
}

/// Whether the request accepts a delta, so that a 226 is an answer.
pub(super) fn wants_delta(request: &Request<'_>, url: &WebUrl) -> bool {
    headers(request, url).contains_key(A_IM)
}
