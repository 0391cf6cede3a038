//! The client: one request from start to end.

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
use super::cookies::Cookies;
use super::redirect::{self, Trail};
use super::resolver::{self, Resolver};
use super::tls::Pools;
use super::{Credentials, FetchError, Guard, SetupError, answer, body};
use crate::config::Http;
use crate::model::{Document, Validators, WebUrl};

/// RFC 3229: we can apply an answer that is only what has changed.
const A_IM: HeaderName = HeaderName::from_static("a-im");

/// Asks the web, guarded.
#[derive(Clone, Debug)]
pub struct Client {
    pools: Pools,
    guard: Arc<Guard>,
    resolver: Resolver,
    is_proxied: bool,
    pub(super) max_body: usize,
    pub(super) max_redirects: usize,
    /// Bodies that are decoded at the same time.
    pub(super) decoders: Arc<Semaphore>,
}

/// What to ask.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Where.
    pub url: &'a WebUrl,
    /// What we would like to get.
    pub accept: Accept,
    /// What we have already.
    pub validators: Option<&'a Validators>,
    /// For everything from the name to the last byte, but not for waiting for a turn.
    pub timeout: Duration,
    /// Who asks.
    pub user_agent: &'a str,
    /// What it may show, and to whom.
    pub credentials: Option<&'a Credentials>,
    /// Whether more is asked of the same host soon: an idle connection costs
    /// memory on both sides.
    pub keep_alive: bool,
    /// Lets a redirect to another host wait for its turn.
    pub pacer: Option<&'a dyn Pacer>,
}

/// Knows when a host may be asked.
pub trait Pacer: Debug + Sync {
    /// Waits until then, and takes that turn.
    fn turn<'a>(&'a self, host: &'a str) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;
}

/// What came back.
#[derive(Debug)]
pub enum Fetched {
    /// A document.
    Document {
        /// The document.
        document: Document,
        /// What to show next time, if the server gave anything.
        validators: Option<Validators>,
        /// How long it is good for, if the server says.
        fresh_for: Option<Duration>,
        /// Its `Link` headers, as they came.
        links: Vec<String>,
        /// Where the address has moved for good, as the server says.
        moved: Option<WebUrl>,
        /// Whether it holds only what has changed (226, RFC 3229): an entry
        /// that is not in it may still be in the feed.
        is_delta: bool,
    },
    /// We have it already.
    NotModified {
        /// The validators with what the server has renewed of them.
        validators: Validators,
        /// How long what we have is good for, if the server says so anew.
        fresh_for: Option<Duration>,
        /// Where the address has moved for good, as the server says.
        moved: Option<WebUrl>,
    },
}

/// What one hop sends.
pub(super) struct Hop<'a> {
    pub(super) method: Method,
    pub(super) url: &'a WebUrl,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    pub(super) timeout: Duration,
    pub(super) credentials: Option<&'a Credentials>,
}

impl Client {
    /// A client with these limits.
    ///
    /// # Errors
    ///
    /// When TLS, the proxy or the name servers cannot be set up.
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

    /// The address that a host name was last found at, the least if there were
    /// several.
    #[must_use]
    pub fn address(&self, name: &str) -> Option<IpAddr> {
        self.resolver.known(name)
    }

    /// Asks, follows redirects, reads the whole answer.
    ///
    /// # Errors
    ///
    /// When no whole document came back; see [`FetchError`].
    pub async fn get(&self, request: &Request<'_>, now: Timestamp) -> Result<Fetched, FetchError> {
        let mut left = request.timeout;
        let mut trail = Trail::new(request.url.clone());
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
            let received = answer::receive(self, trail, request, response, now);
            return within(left, request, received).await;
        }
        Err(FetchError::RedirectLoop(self.max_redirects))
    }

    /// Sends one request, if its target may be asked.
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
        sent.map_err(|error| answer::explain(url, timeout, &error))
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

/// What is left of the time that a request has.
async fn within<T>(
    left: Duration,
    request: &Request<'_>,
    work: impl Future<Output = Result<T, FetchError>>,
) -> Result<T, FetchError> {
    tokio::time::timeout(left, work)
        .await
        .unwrap_or(Err(FetchError::Timeout(request.timeout)))
}

/// What a request for a document says; nothing but the address itself tells who
/// reads what: no `Referer`, and no cookies but those of the redirects that led here.
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

/// What every request says.
pub(super) fn usual(accept: &'static str, user_agent: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
    let encodings = HeaderValue::from_static(body::ACCEPTED);
    headers.insert(header::ACCEPT_ENCODING, encodings);
    if let Ok(agent) = HeaderValue::from_str(user_agent) {
        headers.insert(header::USER_AGENT, agent);
    }
    headers
}

/// Whether we asked for a difference, so that a 226 is an answer.
pub(super) fn wants_delta(request: &Request<'_>, url: &WebUrl) -> bool {
    headers(request, url).contains_key(A_IM)
}

/// Whether a status is worth a look at the body for whose wall it is; 429 says
/// all there is to know.
pub(super) fn may_be_wall(status: StatusCode) -> bool {
    match status {
        StatusCode::ACCEPTED => true,
        StatusCode::TOO_MANY_REQUESTS => false,
        _ => status.is_client_error() || status.is_server_error(),
    }
}
