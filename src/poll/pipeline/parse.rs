//! The further documents of one source: the pages of a list, the sitemaps of an index.
//!
//! A list is read on only while its pages bring something that we have not, so
//! that most polls read one page. No address is asked for twice, whatever a page
//! names as its next.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use tracing::{debug, warn};

use super::PollContext;
use super::failure;
use crate::config::Source;
use crate::fetch::{Accept, Fetched};
use crate::ingest::identity;
use crate::ingest::outcome::Outcome;
use crate::model::{Document, Draft, WebUrl};
use crate::source::{ParsedDocument, ReadError, Reader, Setting, gate};
use crate::store::StoreError;

/// The most pages that are read to find the list behind a page that only leads on.
const MAX_FORWARDS: usize = 4;

/// What came of the further documents.
pub(in crate::poll) struct ParsedSource {
    pub(in crate::poll) reading: ParsedDocument,
    /// Whether all that were wanted could be read.
    pub(in crate::poll) is_whole: bool,
    /// Whether the first document only named them.
    pub(in crate::poll) is_index: bool,
    /// Whether what is missing here may still be there: a difference, a push.
    pub(in crate::poll) is_part: bool,
}

impl ParsedSource {
    /// A document that is all there is.
    pub(in crate::poll) fn alone(reading: ParsedDocument) -> ParsedSource {
        ParsedSource {
            reading,
            is_whole: true,
            is_index: false,
            is_part: false,
        }
    }
}

impl PollContext {
    /// Reads a document, away from the threads that serve and fetch.
    pub(in crate::poll) async fn read(
        &self,
        source: &Arc<Source>,
        document: Document,
        now: Timestamp,
    ) -> Result<ParsedDocument, ReadError> {
        let source = Arc::clone(source);
        let limits = gate::Limits {
            bytes: self.config.http.max_body,
            ..Default::default()
        };
        let store = Arc::clone(&self.store);
        // One that was there when we died is read alone, so that the next crash
        // tells for sure.
        let (_alone, _beside) = match store.crashes(&source.id, &source.url) {
            0 => (None, Some(self.readers.read().await)),
            _ => (Some(self.readers.write().await), None),
        };
        self.blocking(move || {
            let _mark = store.begin_reading(&source.id, &source.url);
            debug!(source.id = %source.id, "{}: reading {} bytes", source.id, document.body.len());
            let setting = Setting {
                now,
                zone: &source.timezone,
                encoding: source.encoding,
                limits,
            };
            source.reader.read(&document, &setting)
        })
        .await
    }

    /// Reads on where `reading` of the document at `first` says.
    pub(in crate::poll) async fn further(
        &self,
        source: &Arc<Source>,
        first: &WebUrl,
        mut reading: ParsedDocument,
        now: Timestamp,
    ) -> Result<Result<ParsedSource, Outcome>, StoreError> {
        let is_index = source.reader.is_index(&reading);
        let max = match reading.leads_on {
            true => MAX_FORWARDS,
            false => source.reader.max_pages(),
        };
        let mut seen = HashSet::from([source.url.clone(), first.clone()]);
        let mut todo: Vec<WebUrl> = reading.next.drain(..).rev().collect();
        let mut n_read = usize::from(!is_index);
        let mut n_known = 0;
        let mut failure = None;
        while n_read < max
            && let Some(url) = todo.pop()
        {
            let fresh = reading.drafts[n_known..].to_vec();
            if !seen.insert(url.clone()) {
                continue;
            }
            if !is_index && !self.has_news(source, fresh).await? {
                break;
            }
            n_known = reading.drafts.len();
            n_read += 1;
            match self.page(source, &url, now).await {
                Ok(page) => {
                    reading.drafts.extend(page.drafts);
                    reading.counts = reading.counts.and(page.counts);
                    reading.replaced = reading.replaced.saturating_add(page.replaced);
                    // Of several frames one is the list.
                    if !is_index || reading.leads_on {
                        todo.extend(page.next.into_iter().rev());
                    }
                    if reading.leads_on && !reading.drafts.is_empty() {
                        todo.clear();
                    }
                    if reading.about.title.is_none() {
                        reading.about = page.about;
                    }
                }
                Err(outcome) => {
                    let why = outcome.message();
                    if reading.leads_on {
                        debug!(source.id = %source.id, url = %url, "{}: {url} is not the list: {why}", source.id);
                    } else {
                        warn!(source.id = %source.id, url = %url, "{}: {url} could not be read: {why}", source.id);
                    }
                    failure = Some(outcome);
                }
            }
        }
        let has_none = is_index && reading.drafts.is_empty();
        if has_none && let Some(failure) = failure {
            return Ok(Err(failure));
        }
        if has_none && reading.leads_on {
            let why = "it only leads on to other pages, and so do they; make the page with the list the source";
            return Ok(Err(failure::reading(&ReadError::NoList(why))));
        }
        if reading.leads_on {
            failure = None;
        }
        reading.drafts = source.reader.joined(std::mem::take(&mut reading.drafts));
        let limit = gate::Limits::default().entries;
        reading.drafts.truncate(limit);
        Ok(Ok(ParsedSource {
            reading,
            is_whole: failure.is_none(),
            is_index,
            is_part: false,
        }))
    }

    async fn page(
        &self,
        source: &Arc<Source>,
        url: &WebUrl,
        now: Timestamp,
    ) -> Result<ParsedDocument, Outcome> {
        let accept = accept(source);
        match self.fetch(source, url, accept, None, now).await {
            Ok(Fetched::Document { document, .. }) => {
                let read = self.read(source, document, now).await;
                read.map_err(|error| failure::reading(&error))
            }
            // Nobody has shown validators.
            Ok(Fetched::NotModified { .. }) => Ok(ParsedDocument::default()),
            Err(error) => Err(failure::fetching(&error, &self.config.host(&url.host()))),
        }
    }

    /// Whether the store lacks any of these.
    async fn has_news(&self, source: &Arc<Source>, drafts: Vec<Draft>) -> Result<bool, StoreError> {
        let source = Arc::clone(source);
        let store = Arc::clone(&self.store);
        self.blocking(move || {
            let roll = store.roll(&source.id)?;
            let entries = identity::identify(&source, &roll, drafts).entries;
            let ids: Vec<_> = entries.into_iter().map(|entry| entry.id).collect();
            Ok(store.held(&ids)?.iter().any(Option::is_none))
        })
        .await
    }
}

/// What to ask a source for.
pub(in crate::poll) fn accept(source: &Source) -> Accept {
    match source.reader {
        Reader::Auto | Reader::Feed => Accept::Feed,
        Reader::Page(_) => Accept::Page,
        Reader::Json(_) => Accept::Json,
        Reader::Sitemap(_) => Accept::Sitemap,
    }
}
