//! HTTP client: one request from start to end.

use std::fmt::Debug;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Response, StatusCode};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use url::Host;

use super::accept::Accept;
use super::connect::resolver;
use super::connect::resolver::Resolver;
use super::connect::tls::Pools;
use super::cookies::Cookies;
use super::response::redirect;
use super::response::redirect::RedirectChain;
use super::response::{decode, read};
use super::{Credentials, FetchError, Guard, SetupError};
use crate::config::Http;
use crate::model::{Document, Validators, WebUrl};

/// Request header that accepts a delta (RFC 3229): an answer that is only what has changed.
const A_IM: HeaderName = HeaderName::from_static("a-im");

/// HTTP client, guarded: each hop's address is judged before it is asked.
///
/// Cheap to clone; clones share connections, name cache and decoders. Made once from `[http]`, used
/// by `poll`.
#[derive(Clone, Debug)]
pub struct Client {
    pools: Pools,
    guard: Arc<Guard>,
    resolver: Resolver,
    is_proxied: bool,
    pub(super) max_body: usize,
    pub(super) max_redirects: usize,
    /// Permits to decode a body: as many at the same time as there are cores.
    pub(super) decoders: Arc<Semaphore>,
}

/// One GET of a document, as `poll` asks for it.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Address to ask.
    pub url: &'a WebUrl,
    /// Kind of document preferred.
    pub accept: Accept,
    /// Validators of the document we have; sent only to the address that gave them.
    pub validators: Option<&'a Validators>,
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

/// One hop of a request, as it is sent.
pub(super) struct Hop<'a> {
    pub(super) method: Method,
    pub(super) url: &'a WebUrl,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    pub(super) timeout: Duration,
    pub(super) credentials: Option<&'a Credentials>,
}

impl Client {
    /// Makes a client with the limits, the proxy and the name servers of `http`.
    ///
    /// # Errors
    ///
    /// [`SetupError`] if TLS, the proxy or the name servers cannot be set up.
    pub fn new(http: &Http) -> Result<Client, SetupError> {
        let guard = Arc::new(Guard::new(http.allow_private.clone()));
        let proxy = http.proxy.as_ref().map(WebUrl::host);
        let resolver = Resolver::new(&http.nameservers, Arc::clone(&guard), proxy.as_deref())?;
        let n_cores = std::thread::available_parallelism().map_or(2, usize::from);
        Ok(Client {
            pools: Pools::new(resolver.clone(), http.proxy.clone())?,
            guard,
            resolver,
            is_proxied: http.proxy.is_some(),
            max_body: http.max_body,
            max_redirects: http.max_redirects,
            decoders: Arc::new(Semaphore::new(n_cores)),
        })
    }

    /// Returns the address that a host name was last found at, the least if there were several.
    #[must_use]
    pub fn address(&self, name: &str) -> Option<IpAddr> {
        self.resolver.known(name)
    }

    /// Sends a GET, follows redirects and reads the whole answer.
    ///
    /// # Errors
    ///
    /// [`FetchError`] if no whole document came back.
    pub async fn get(&self, request: &Request<'_>, now: Timestamp) -> Result<Fetched, FetchError> {
        let mut left = request.timeout;
        let mut trail = RedirectChain::new(request.url.clone());
        let mut cookies = Cookies::default();
        for _ in 0..=self.max_redirects {
            let mut said = headers(request, &trail.url);
            if let Some(cookie) = cookies.header(&trail.url) {
                said.insert(header::COOKIE, cookie);
            }
            let hop = Hop {
                method: Method::GET,
                url: &trail.url,
                headers: said,
                body: Vec::new(),
                timeout: request.timeout,
                credentials: request.credentials,
            };
            let begun = Instant::now();
            let response = within(left, request, self.send(hop)).await?;
            left = left.saturating_sub(begun.elapsed());
            if redirect::is_redirect(response.status()) {
                let from = trail.url.host();
                cookies.take(&trail.url, response.headers());
                trail.follow(response.status(), response.headers())?;
                let host = trail.url.host();
                if let Some(pacer) = request.pacer.filter(|_| host != from) {
                    pacer.turn(&host).await;
                }
                continue;
            }
            let received = read::receive(self, trail, request, response, now);
            return within(left, request, received).await;
        }
        Err(FetchError::RedirectLoop(self.max_redirects))
    }

    /// Sends one request, if its target may be asked.
    ///
    /// # Errors
    ///
    /// [`FetchError::Refused`] by the guard, [`FetchError::Secret`] and [`FetchError::Certificate`]
    /// for credentials that cannot be read, [`FetchError::Connect`] and its like for the network.
    pub(super) async fn send(&self, hop: Hop<'_>) -> Result<Response, FetchError> {
        let Hop {
            method,
            url,
            mut headers,
            body,
            timeout,
            credentials,
        } = hop;
        let target = url.to_url();
        self.guard.judge_url(&target)?;
        if let Some(Host::Domain(name)) = target.host().filter(|_| self.is_proxied) {
            // The proxy connects, but whom is still for us to judge.
            self.judge_name(name).await?;
        }
        if let Some(credentials) = credentials {
            headers.extend(credentials.headers(url)?);
        }
        let files = credentials.and_then(|credentials| credentials.tls(url));
        let mut request = self.pools.get(files)?.request(method, target);
        if !body.is_empty() {
            request = request.body(body);
        }
        let sent = request.headers(headers).send().await;
        sent.map_err(|error| read::explain(url, timeout, &error))
    }

    async fn judge_name(&self, name: &str) -> Result<(), FetchError> {
        match self.resolver.addresses(name).await {
            Ok(_) => Ok(()),
            Err(why) => Err(match resolver::refused(why.as_ref()) {
                Some(refused) => refused.clone().into(),
                None => FetchError::Connect {
                    host: name.to_owned(),
                    why: why.to_string(),
                },
            }),
        }
    }
}

/// Bounds `work` by what is left of the request's time; the error names the whole of it.
async fn within<T>(
    left: Duration,
    request: &Request<'_>,
    work: impl Future<Output = Result<T, FetchError>>,
) -> Result<T, FetchError> {
    tokio::time::timeout(left, work)
        .await
        .unwrap_or(Err(FetchError::Timeout(request.timeout)))
}

/// Builds the headers of a request for a document. Nothing but the address itself tells who reads
/// what: no `Referer`, and no cookies but those of the redirects that led here.
fn headers(request: &Request<'_>, url: &WebUrl) -> HeaderMap {
    let mut headers = usual(request.accept.header(), request.user_agent);
    if !request.keep_alive {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
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

/// Whether a status is worth a look at the body, to name a bot wall; 429 says all there is to know.
pub(super) fn may_be_wall(status: StatusCode) -> bool {
    match status {
        StatusCode::ACCEPTED => true,
        StatusCode::TOO_MANY_REQUESTS => false,
        _ => status.is_client_error() || status.is_server_error(),
    }
}
