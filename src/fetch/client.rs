//! HTTP client: one request from start to end.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Uri};
use http_body_util::Full;
use jiff::Timestamp;
use tokio::time::Instant;
use url::Host;

use super::connect::credentials::{self, Credentials};
use super::connect::pools::{Pool, Pools};
use super::connect::resolver;
use super::connect::resolver::Resolver;
use super::cookies::Cookies;
use super::request::{Hop, Request, headers};
use super::response::exchange::{Response, exchange, explain};
use super::response::read::{self, BodyLimits, Fetched};
use super::response::redirect;
use super::response::redirect::RedirectChain;
use super::{FetchError, Guard, SetupError};
use crate::config::Http;
use crate::model::WebUrl;

/// Time for reading the secrets and certificates of one request.
const SECRET_READ_TIMEOUT: Duration = Duration::from_secs(5);

/// HTTP client, guarded: each hop's address is judged before it is asked.
///
/// Cheap to clone; clones share connections, name cache and decoders. Made once from `[http]`, used
/// by `poll`.
#[derive(Clone, Debug)]
pub struct Client {
    pools: Pools,
    pub(super) guard: Arc<Guard>,
    resolver: Resolver,
    is_proxied: bool,
    pub(super) max_redirects: usize,
    pub(super) body_limits: BodyLimits,
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
        Ok(Client {
            pools: Pools::new(resolver.clone(), http.proxy.as_ref())?,
            guard,
            resolver,
            is_proxied: http.proxy.is_some(),
            max_redirects: http.max_redirects,
            body_limits: BodyLimits::new(http.max_body),
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
                body: Bytes::new(),
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
            let received = read::receive(&self.body_limits, trail, request, response, now);
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
            credentials,
        } = hop;
        let mut target = url.to_url();
        self.guard.judge_url(&target)?;
        if let Some(Host::Domain(name)) = target.host().filter(|_| self.is_proxied) {
            // The proxy connects, but whom is still for us to judge.
            self.judge_name(name).await?;
        }
        let pool = match credentials {
            None => self.pools.get(None)?,
            Some(credentials) => {
                let (shown, pool) = self.reveal(credentials, url).await?;
                headers.extend(shown);
                pool
            }
        };
        if let Some(login) = credentials::take_login(&mut target) {
            headers.entry(header::AUTHORIZATION).or_insert(login);
        }
        let anything = HeaderValue::from_static("*/*");
        headers.entry(header::ACCEPT).or_insert(anything);
        let uri = target.as_str().parse::<Uri>();
        let mut request = http::Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = uri.map_err(|why| FetchError::Broken {
            host: url.host(),
            why: why.to_string(),
        })?;
        *request.headers_mut() = headers;
        let answer = exchange(&pool, request).await;
        answer.map_err(|failure| explain(url, &failure))
    }

    /// Reads secrets and certificates, on a thread that may wait: their file system may not answer.
    async fn reveal(
        &self,
        credentials: &Credentials,
        url: &WebUrl,
    ) -> Result<(HeaderMap, Pool), FetchError> {
        let (pools, credentials, url) = (self.pools.clone(), credentials.clone(), url.clone());
        let read = tokio::task::spawn_blocking(move || {
            let headers = credentials.headers(&url)?;
            Ok((headers, pools.get(credentials.tls(&url))?))
        });
        match tokio::time::timeout(SECRET_READ_TIMEOUT, read).await {
            Ok(Ok(revealed)) => revealed,
            Ok(Err(_)) | Err(_) => Err(FetchError::SecretTimeout(SECRET_READ_TIMEOUT)),
        }
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
