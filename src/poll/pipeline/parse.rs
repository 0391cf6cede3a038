//! Second stage: bytes become entries; further pages of a list and the sitemaps of an index are read on.
//!
//! A list is read on only while its pages bring something that we have not, so that most polls read one
//! page. No address is asked for twice, whatever a page names as its next.

use std::collections::HashSet;
use std::sync::Arc;

use tracing::{debug, warn};

use super::context::{Poll, Stop};
use super::failure;
use super::fetch::{FetchedDocument, ResponseMeta};
use crate::config::Source;
use crate::fetch::{Accept, Fetched};
use crate::ingest::anomaly::repair;
use crate::ingest::identity::{self, has_seen};
use crate::ingest::outcome::Failure;
use crate::model::{Document, Draft, HubDiscovery, ItemId, SeenEntries, StoredItem, WebUrl};
use crate::source::page::list;
use crate::source::{ParsedDocument, ReadError, gate, hub};
use crate::store::{Store, StoreError};
use crate::sync;

/// Upper limit of pages that are read to find the list behind a page that only leads on.
const MAX_FORWARDS: usize = 4;

/// Everything that the documents of a source say, joined to one.
pub(super) struct ParsedSource {
    pub(super) document: ParsedDocument,
    pub(super) coverage: Coverage,
    /// Hubs that the first document offers (WebSub discovery).
    pub(super) hubs: Option<HubDiscovery>,
    /// Fingerprint of the first document; `None` unless it stands for all of them: an index stays the
    /// same while its sitemaps change.
    pub(super) body_hash: Option<u64>,
}

/// Share of a source's current entries that a document can be believed to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coverage {
    /// All of them.
    Whole,
    /// All but those of further pages that could not be read.
    PagesMissing,
    /// Those of the documents that an index named.
    Index,
    /// A difference (RFC 3229): entries that are absent may still be there.
    Delta,
    /// A push of a hub: likewise.
    Push,
}

impl Coverage {
    /// Whether absent entries may still be there.
    pub(super) fn is_part(self) -> bool {
        matches!(self, Coverage::Delta | Coverage::Push)
    }
}

impl ParsedSource {
    /// Makes a parsed source of a document that a hub pushed.
    pub(super) fn pushed(document: ParsedDocument) -> ParsedSource {
        ParsedSource {
            document,
            coverage: Coverage::Push,
            hubs: None,
            body_hash: None,
        }
    }
}

impl Poll {
    /// Parses what was fetched, and what it leads on to.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] if the document, or every document behind an index, cannot be read.
    pub(super) async fn parse(
        &self,
        fetched: FetchedDocument,
    ) -> Result<(ParsedSource, ResponseMeta), Stop> {
        let FetchedDocument {
            document,
            meta,
            link_headers,
            body_hash,
        } = fetched;
        let first = document.url.clone();
        let parsed = self.parse_document(document).await?;
        let hubs = hub::offer(&link_headers, &parsed.about, &first);
        let (document, coverage) = self.read_on(&first, parsed).await?;
        let parsed = ParsedSource {
            document,
            coverage: match meta.is_delta {
                true => Coverage::Delta,
                false => coverage,
            },
            hubs,
            body_hash: (coverage == Coverage::Whole).then_some(body_hash),
        };
        Ok((parsed, meta))
    }

    /// Parses one document, away from the threads that serve and fetch.
    pub(super) async fn parse_document(
        &self,
        document: Document,
    ) -> Result<ParsedDocument, Failure> {
        let (source, before, now) = (Arc::clone(&self.source), self.before.clone(), self.now);
        let max_body = self.context.config.http.max_body;
        let store = Arc::clone(&self.context.store);
        let crash_gate = &self.context.crash_gate;
        let (_alone, _beside) = match store.crashes(&source.id, &source.url) {
            0 => (None, Some(crash_gate.read().await)),
            _ => (Some(crash_gate.write().await), None),
        };
        let parsed = self.context.blocking(move || {
            let _reading = store.begin_reading(&source.id, &source.url);
            debug!(source.id = %source.id, "{}: reading {} bytes", source.id, document.body.len());
            let setting = source.setting(now, max_body);
            let read = source.reader.read(&document, &setting);
            let failed = repair::failed_rules(&source, &before, &read, now);
            let repair = failed.and_then(|rules| {
                let articles = published(&store, &source);
                list::repair::repair(rules, &document, &setting, &has_seen(&source, &articles))
            });
            (read, repair)
        });
        let (read, repair) = parsed.await;
        if repair.is_some() {
            *sync::lock(&self.repair) = repair;
        }
        read.map_err(|error| failure::parse(&error))
    }

    /// Reads on where the document at `first` says, and joins everything to one document.
    async fn read_on(
        &self,
        first: &WebUrl,
        mut document: ParsedDocument,
    ) -> Result<(ParsedDocument, Coverage), Stop> {
        let reader = &self.source.reader;
        let is_index = reader.is_index(&document);
        let max_pages = match document.leads_on {
            true => MAX_FORWARDS,
            false => reader.max_pages(),
        };
        let mut asked = HashSet::from([self.source.url.clone(), first.clone()]);
        let mut todo: Vec<WebUrl> = document.next.drain(..).rev().collect();
        let (mut n_read, mut n_known) = (usize::from(!is_index), 0);
        let mut failed = None;
        while n_read < max_pages
            && let Some(url) = todo.pop()
        {
            if !asked.insert(url.clone()) {
                continue;
            }
            if !is_index && !self.has_news(document.drafts[n_known..].to_vec()).await? {
                break;
            }
            n_known = document.drafts.len();
            n_read += 1;
            match self.page(&url).await {
                Ok(page) => todo = join(&mut document, page, is_index, todo),
                Err(failure) => failed = Some(self.note_missing(&url, document.leads_on, failure)),
            }
        }
        let has_none = is_index && document.drafts.is_empty();
        if has_none && let Some(failure) = failed {
            return Err(failure.into());
        }
        if has_none && document.leads_on {
            let why = "it only leads on to other pages, and so do they; make the page with the list the source";
            return Err(failure::parse(&ReadError::NoList(why)).into());
        }
        document.drafts = reader.joined(std::mem::take(&mut document.drafts));
        document.drafts.truncate(gate::Limits::default().entries);
        let coverage = match failed {
            // Of several frames one is the list.
            Some(_) if !document.leads_on => Coverage::PagesMissing,
            _ if is_index => Coverage::Index,
            _ => Coverage::Whole,
        };
        Ok((document, coverage))
    }

    /// Fetches and parses a further page.
    async fn page(&self, url: &WebUrl) -> Result<ParsedDocument, Failure> {
        let accept = Accept::of(&self.source.reader);
        match self.request(url, accept, None).await {
            Ok(Fetched::Document { document, .. }) => self.parse_document(document).await,
            // No validators were sent.
            Ok(Fetched::NotModified { .. }) => Ok(ParsedDocument::default()),
            Err(error) => Err(self.fetch_failure(&error, &url.host())),
        }
    }

    /// Logs a further page that could not be read. That one of the pages a forward leads to is not the
    /// list is no trouble.
    fn note_missing(&self, url: &WebUrl, leads_on: bool, failure: Failure) -> Failure {
        let (id, why) = (&self.source.id, &failure.message);
        match leads_on {
            true => debug!(source.id = %id, url = %url, "{id}: {url} is not the list: {why}"),
            false => warn!(source.id = %id, url = %url, "{id}: {url} could not be read: {why}"),
        }
        failure
    }

    /// Whether there is more to read behind `drafts`: the store lacks some of them or, in a feed that was
    /// read before, all.
    async fn has_news(&self, drafts: Vec<Draft>) -> Result<bool, StoreError> {
        let source = Arc::clone(&self.source);
        let store = Arc::clone(&self.context.store);
        let work = move || {
            let seen = store.roll(&source.id)?;
            let is_caught_up = source.reader.is_caught_up();
            if is_caught_up && seen.known.is_empty() {
                return Ok(false);
            }
            let entries = identity::identify(&source, &seen, drafts).entries;
            let ids: Vec<_> = entries.into_iter().map(|entry| entry.id).collect();
            let stored = store.held(&ids)?;
            Ok(match is_caught_up {
                true => !stored.is_empty() && stored.iter().all(Option::is_none),
                false => stored.iter().any(Option::is_none),
            })
        };
        self.context.blocking(work).await
    }
}

/// Returns the seen set of a source without what was held back or removed; empty if the store cannot tell.
fn published(store: &Store, source: &Source) -> SeenEntries {
    let Ok(mut seen) = store.roll(&source.id) else {
        return SeenEntries::default();
    };
    let ids: Vec<ItemId> = seen.known.iter().map(|known| known.item).collect();
    let held = store.held(&ids).unwrap_or_default();
    let is_there = |stored: Option<StoredItem>| stored.is_some_and(|item| !item.is_removed);
    let mut held = held.into_iter().chain(std::iter::repeat(None));
    seen.known.retain(|_| held.next().is_some_and(is_there));
    seen
}

/// Appends a further page to `document`; returns the addresses that are still to be asked for, the next
/// one last.
fn join(
    document: &mut ParsedDocument,
    page: ParsedDocument,
    is_index: bool,
    mut todo: Vec<WebUrl>,
) -> Vec<WebUrl> {
    document.drafts.extend(page.drafts);
    document.counts = document.counts.and(page.counts);
    document.replaced = document.replaced.saturating_add(page.replaced);
    if document.about.title.is_none() {
        document.about = page.about;
    }
    if !is_index || document.leads_on {
        todo.extend(page.next.into_iter().rev());
    }
    if document.leads_on && !document.drafts.is_empty() {
        todo.clear();
    }
    todo
}
