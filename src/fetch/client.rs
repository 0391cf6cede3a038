//! The client: one request from start to end.

use std::error::Error;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::dns::{Name, Resolve, Resolving};
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Response, StatusCode, redirect};
use url::Url;

use super::accept::Accept;
use super::addresses::Addresses;
use super::fresh::fresh_for;
use super::{FetchError, Guard, Refused, SetupError, body};
use crate::config::Http;
use crate::model::{Document, Validators, WebUrl};

/// Connecting takes no longer, however long the whole request may.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A longer validator is dropped instead of kept.
const MAX_VALIDATOR: usize = 1024;

/// Asks the web, guarded.
#[derive(Clone, Debug)]
pub struct Client {
    pub(super) http: reqwest::Client,
    pub(super) guard: Guard,
    addresses: Addresses,
    max_body: usize,
    pub(super) max_redirects: usize,
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
    /// For everything from the name to the last byte.
    pub timeout: Duration,
    /// Who asks.
    pub user_agent: &'a str,
    /// Whether more is asked of the same host soon: an idle connection costs
    /// memory on both sides.
    pub keep_alive: bool,
}

/// What came back.
#[derive(Debug)]
pub enum Fetched {
    /// A whole document.
    Document {
        /// The document.
        document: Document,
        /// What to show next time, if the server gave anything.
        validators: Option<Validators>,
        /// How long it is good for, if the server says.
        fresh_for: Option<Duration>,
        /// Its `Link` headers, as they came.
        links: Vec<String>,
    },
    /// We have it already.
    NotModified {
        /// The validators with what the server has renewed of them.
        validators: Validators,
        /// How long what we have is good for, if the server says so anew.
        fresh_for: Option<Duration>,
    },
}

impl Client {
    /// A client with these limits.
    ///
    /// # Errors
    ///
    /// When TLS cannot be set up.
    pub fn new(http: &Http) -> Result<Client, SetupError> {
        // Already installed is as good as installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let guard = Guard::new(http.allow_private.clone());
        let addresses = Addresses::default();
        let client = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .dns_resolver(GuardedResolver(Arc::new(guard.clone()), addresses.clone()))
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_max_idle_per_host(2)
            .pool_idle_timeout(Duration::from_secs(30))
            .build()?;
        Ok(Client {
            http: client,
            guard,
            addresses,
            max_body: http.max_body,
            max_redirects: http.max_redirects,
        })
    }

    /// The address that a host name was last found at, the least if there were
    /// several.
    #[must_use]
    pub fn address(&self, name: &str) -> Option<IpAddr> {
        self.addresses.of(name)
    }

    /// Asks, follows redirects, reads the whole answer.
    ///
    /// # Errors
    ///
    /// When no whole document came back; see [`FetchError`].
    pub async fn get(&self, request: &Request<'_>, now: Timestamp) -> Result<Fetched, FetchError> {
        tokio::time::timeout(request.timeout, self.follow(request, now))
            .await
            .unwrap_or(Err(FetchError::Timeout(request.timeout)))
    }

    async fn follow(&self, request: &Request<'_>, now: Timestamp) -> Result<Fetched, FetchError> {
        let mut url = request.url.clone();
        for _ in 0..=self.max_redirects {
            let response = self.send(&url, request).await?;
            if response.status().is_redirection() && response.status() != StatusCode::NOT_MODIFIED {
                url = redirect_target(&url, &response)?;
                continue;
            }
            return self.receive(url, request, response, now).await;
        }
        Err(FetchError::RedirectLoop(self.max_redirects))
    }

    async fn send(&self, url: &WebUrl, request: &Request<'_>) -> Result<Response, FetchError> {
        let target = url.to_url();
        self.guard.judge_url(&target)?;
        let mut headers = HeaderMap::new();
        headers.insert(
            header::ACCEPT,
            HeaderValue::from_static(request.accept.header()),
        );
        headers.insert(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static(body::ACCEPTED),
        );
        if let Ok(agent) = HeaderValue::from_str(request.user_agent) {
            headers.insert(header::USER_AGENT, agent);
        }
        if !request.keep_alive {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        // Validators belong to the address that was configured: a redirect may
        // lead elsewhere today.
        if let Some(held) = request.validators.filter(|held| held.url == *url) {
            let pairs = [
                (header::IF_NONE_MATCH, &held.etag),
                (header::IF_MODIFIED_SINCE, &held.last_modified),
            ];
            for (name, value) in pairs {
                if let Some(value) = value
                    .as_deref()
                    .and_then(|v| HeaderValue::from_bytes(v).ok())
                {
                    headers.insert(name, value);
                }
            }
        }
        let sent = self.http.get(target).headers(headers).send().await;
        sent.map_err(|error| explain(url, request.timeout, &error))
    }

    async fn receive(
        &self,
        url: WebUrl,
        request: &Request<'_>,
        response: Response,
        now: Timestamp,
    ) -> Result<Fetched, FetchError> {
        let status = response.status();
        let fresh = validators(&url, response.headers(), now);
        if status == StatusCode::NOT_MODIFIED {
            // To a request without validators this is no answer (it promises nothing).
            return match request.validators.filter(|held| held.url == url) {
                Some(held) => Ok(Fetched::NotModified {
                    validators: renewed(held, fresh),
                    fresh_for: fresh_for(response.headers(), now),
                }),
                None => Err(FetchError::Status {
                    status: 304,
                    retry_after: None,
                }),
            };
        }
        if status != StatusCode::OK {
            let retry_after = retry_after(response.headers(), now);
            return Err(FetchError::Status {
                status: status.as_u16(),
                retry_after,
            });
        }
        let headers = response.headers().clone();
        let raw = self.read(&url, request.timeout, response).await?;
        let encodings: Vec<&str> = headers
            .get_all(header::CONTENT_ENCODING)
            .iter()
            .filter_map(|v| v.to_str().ok())
            .collect();
        let encodings = encodings.join(",");
        let cap = self.max_body;
        let body = match encodings.as_str() {
            "" => raw,
            _ => tokio::task::spawn_blocking(move || body::decode(raw, &encodings, cap))
                .await
                .map_err(|_| FetchError::Encoding("the decoder gave up".to_owned()))??,
        };
        let text = |name| {
            headers
                .get(name)
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let document = Document {
            url,
            content_type: text(header::CONTENT_TYPE),
            content_language: text(header::CONTENT_LANGUAGE),
            body,
        };
        let links = headers.get_all(header::LINK).iter();
        let links = links.filter_map(|value| Some(value.to_str().ok()?.to_owned()));
        Ok(Fetched::Document {
            document,
            validators: fresh,
            links: links.collect(),
            fresh_for: fresh_for(&headers, now),
        })
    }

    /// The body as sent, at most `max_body` bytes.
    async fn read(
        &self,
        url: &WebUrl,
        timeout: Duration,
        mut response: Response,
    ) -> Result<Bytes, FetchError> {
        let mut bytes = BytesMut::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| explain(url, timeout, &error))?
        {
            if bytes.len() + chunk.len() > self.max_body {
                return Err(FetchError::TooLarge(self.max_body));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes.freeze())
    }
}

/// Resolves names by the system, and hands on only what the guard lets pass:
/// the connector sees no other address.
#[derive(Debug)]
struct GuardedResolver(Arc<Guard>, Addresses);

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = Arc::clone(&self.0);
        let addresses = self.1.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let passed = guard.filter(name.as_str(), found)?;
            addresses.found(name.as_str(), &passed);
            Ok(Box::new(passed.into_iter()) as reqwest::dns::Addrs)
        })
    }
}

pub(super) fn redirect_target(from: &WebUrl, response: &Response) -> Result<WebUrl, FetchError> {
    let location = response
        .headers()
        .get(header::LOCATION)
        .map(HeaderValue::as_bytes);
    let location = String::from_utf8_lossy(location.unwrap_or_default()).into_owned();
    let bad = || FetchError::BadRedirect(location.chars().take(200).collect());
    if location.is_empty() {
        return Err(bad());
    }
    let mut target: Url = from.to_url().join(&location).map_err(|_| bad())?;
    let is_downgrade = from.as_str().starts_with("https:") && target.scheme() == "http";
    let is_same_site = target.host_str() == Some(from.host().as_str());
    // A page that moved from https to http on its own host nearly always
    // answers under https as well; nothing is sent in the clear for it.
    if is_downgrade && is_same_site && target.port().is_none() {
        let _ = target.set_scheme("https");
    }
    let _ = target.set_username("");
    let _ = target.set_password(None);
    target.set_fragment(None);
    WebUrl::of(&target).ok_or_else(bad)
}

/// What the server gave to recognise this document by, if it can be sent back.
fn validators(url: &WebUrl, headers: &HeaderMap, now: Timestamp) -> Option<Validators> {
    let take = |name| {
        let value = headers.get(name).map(HeaderValue::as_bytes)?;
        (!value.is_empty() && value.len() <= MAX_VALIDATOR).then(|| value.to_vec())
    };
    let etag = take(header::ETAG);
    let last_modified = take(header::LAST_MODIFIED);
    let has_any = etag.is_some() || last_modified.is_some();
    has_any.then(|| Validators {
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

/// RFC 9110, 10.2.3: seconds, or a date; the date counts from the server's own
/// `Date`, so that a clock that is wrong does no harm.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
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

/// Says what went wrong by looking through the chain of causes.
pub(super) fn explain(url: &WebUrl, timeout: Duration, error: &reqwest::Error) -> FetchError {
    let host = url.host();
    if let Some(refused) = causes(error).find_map(|cause| cause.downcast_ref::<Refused>()) {
        return FetchError::Refused(refused.clone());
    }
    if error.is_timeout() && !error.is_connect() {
        return FetchError::Timeout(timeout);
    }
    let why = causes(error)
        .last()
        .map_or_else(String::new, ToString::to_string);
    let is_tls = causes(error).any(|cause| {
        cause.downcast_ref::<rustls::Error>().is_some()
            || cause.downcast_ref::<std::io::Error>().is_some_and(|io| {
                io.get_ref()
                    .is_some_and(|inner| inner.is::<rustls::Error>())
            })
    });
    if is_tls {
        FetchError::Tls { host, why }
    } else if error.is_connect() {
        FetchError::Connect { host, why }
    } else {
        FetchError::Broken { host, why }
    }
}

/// The error and what caused it, outermost first.
fn causes<'a>(error: &'a reqwest::Error) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let first: &'a (dyn Error + 'static) = error;
    std::iter::successors(Some(first), |cause: &&'a (dyn Error + 'static)| {
        (**cause).source()
    })
}
