//! First stage: asks for the document of a source, as its site and host allow.

use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::context::{Poll, Stop};
use super::failure;
use crate::config::Config;
use crate::fetch::robots::Purpose;
use crate::fetch::{self, Accept, FetchError, Fetched, Pacer, Request};
use crate::ingest::anomaly::moved;
use crate::ingest::outcome;
use crate::ingest::schedule::faith;
use crate::model::{Document, Validators, WebUrl};
use crate::poll::hosts::registry::HostRegistry;
use crate::poll::hosts::robots::RobotsQuery;
use crate::store::MAX_CRASHES;
use crate::text::fingerprint;

/// Result of asking for the document of a source.
pub(super) enum Fetch {
    /// Nothing new: 304, or the same bytes as at the last poll.
    Unchanged(ResponseMeta),
    /// Document to be parsed.
    Document(Box<FetchedDocument>),
}

/// Document of a source, with what the response said about it.
pub(super) struct FetchedDocument {
    pub(super) document: Document,
    pub(super) meta: ResponseMeta,
    /// Values of the `Link` headers (RFC 8288), in order.
    pub(super) link_headers: Vec<String>,
    /// Fingerprint of the decoded body.
    pub(super) body_hash: u64,
}

/// Metadata of a response, to be remembered with the state of the source.
#[derive(Default)]
pub(super) struct ResponseMeta {
    /// `ETag` and `Last-Modified`, for the next request.
    pub(super) validators: Option<Validators>,
    /// HTTP freshness lifetime (`Cache-Control`, `Expires`).
    pub(super) fresh_for: Option<Duration>,
    /// Permanent target (301, 308) of the address that was asked.
    pub(super) redirect: Option<WebUrl>,
    /// Whether the response was 226: only what has changed (RFC 3229).
    pub(super) is_delta: bool,
}

impl Poll {
    /// Asks for the document, conditionally where we have what the validators stand for.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] if the source is skipped as a crash loop, or no document came back.
    pub(super) async fn fetch(&self) -> Result<Fetch, Stop> {
        let Poll {
            source,
            before,
            now,
            ..
        } = self;
        let crashes = self.context.store.crashes(&source.id, &source.url);
        if crashes >= MAX_CRASHES {
            return Err(failure::crash_loop(crashes).into());
        }
        let held = outcome::validators(source, before, *now);
        let url = moved::address(source, before, *now);
        let answer = self.request(url, Accept::of(&source.reader), held).await;
        match answer {
            Ok(Fetched::NotModified {
                validators,
                fresh_for,
                moved,
            }) => Ok(Fetch::Unchanged(ResponseMeta {
                validators: Some(validators),
                fresh_for: fresh_for.or(before.fresh_for),
                redirect: moved,
                is_delta: false,
            })),
            Ok(Fetched::Document {
                document,
                validators,
                fresh_for,
                links,
                moved,
                is_delta,
            }) => {
                let meta = ResponseMeta {
                    validators,
                    fresh_for,
                    redirect: moved,
                    is_delta,
                };
                Ok(self.compare(document, meta, links))
            }
            Err(error) => Err(self.fetch_failure(&error, &source.url.host()).into()),
        }
    }

    /// Tells a document with the bytes of the last one from one that has to be parsed.
    fn compare(&self, document: Document, meta: ResponseMeta, link_headers: Vec<String>) -> Fetch {
        let body_hash = fingerprint::hash_bytes(&document.body);
        let before = &self.before;
        let is_same = before.body_hash == Some(body_hash)
            && before.asked.as_ref() == Some(&self.source.url)
            && before.unread.is_empty()
            && !meta.is_delta;
        let asked = before.validators.as_ref();
        let asked = asked.filter(|_| before.asked.as_ref() == Some(&self.source.url));
        let meta = ResponseMeta {
            validators: faith::renewed(meta.validators, asked, is_same, self.now),
            ..meta
        };
        match is_same {
            true => Fetch::Unchanged(meta),
            false => Fetch::Document(Box::new(FetchedDocument {
                document,
                meta,
                link_headers,
                body_hash,
            })),
        }
    }

    /// Sends one request for this source, of any stage: robots.txt is heeded, and the host's next slot
    /// waited for.
    ///
    /// # Errors
    ///
    /// [`FetchError`] of the client, or [`FetchError::Robots`] if robots.txt forbids it.
    pub(super) async fn request(
        &self,
        url: &WebUrl,
        accept: Accept,
        validators: Option<&Validators>,
    ) -> Result<Fetched, FetchError> {
        let (source, context) = (&self.source, &self.context);
        let purpose = match accept {
            Accept::Feed => Purpose::Feed,
            Accept::Page | Accept::Json | Accept::Sitemap | Accept::Image => Purpose::Page,
        };
        let delay = context
            .robots
            .admit(&self.robots_query(), url, purpose)
            .await?;
        let host = url.host();
        let spacing = context.config.host(&host).spacing;
        let spacing = spacing.max(delay.unwrap_or_default());
        context.hosts.take_turn(&host, spacing).await;
        let contact = context.config.server.contact.as_deref();
        let user_agent = fetch::user_agent(contact, &source.id);
        let credentials = fetch::Credentials::of(source, &context.config);
        let request = Request {
            url,
            accept,
            validators,
            referer: None,
            timeout: source.timeout,
            user_agent: &user_agent,
            credentials: credentials.as_ref(),
            keep_alive: accept != Accept::Feed || context.hosts.is_shared(&host),
            pacer: Some(&RedirectPacer {
                hosts: &context.hosts,
                config: &context.config,
            }),
        };
        let answer = context.client.get(&request, self.now).await;
        if let Ok(Fetched::Document { document, .. }) = &answer {
            let bytes = u64::try_from(document.body.len()).unwrap_or(u64::MAX);
            self.bytes.fetch_add(bytes, Ordering::Relaxed);
        }
        answer
    }

    /// Makes the query that robots.txt of a site is asked with.
    fn robots_query(&self) -> RobotsQuery<'_> {
        RobotsQuery {
            client: &self.context.client,
            store: &self.context.store,
            config: &self.context.config,
            source: &self.source,
            log: &self.robots_log,
            now: self.now,
        }
    }
}

/// Pacer of the hosts that redirects lead to.
#[derive(Debug)]
struct RedirectPacer<'a> {
    hosts: &'a HostRegistry,
    config: &'a Config,
}

impl Pacer for RedirectPacer<'_> {
    fn turn<'a>(&'a self, host: &'a str) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        let spacing = self.config.host(host).spacing;
        Box::pin(self.hosts.take_near_turn(host, spacing))
    }
}
