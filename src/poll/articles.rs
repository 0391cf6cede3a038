//! The pages that the entries of a list link to.
//!
//! An item whose page cannot be read is published as the list has it; its page
//! is asked for again at the next polls.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::{Instant, timeout_at};
use tracing::{debug, warn};

use super::once::{ARTICLES_TIMEOUT, Articles, MAX_ARTICLES, Sorted, Tools};
use crate::config::{FullText, Source};
use crate::fetch::{Accept, Fetched};
use crate::ingest::plan;
use crate::model::{Article, Document, SourceState, WebUrl};
use crate::source::{self, Setting, gate};

impl Tools {
    /// Reads the article pages of `wanted`, as far as the source asks for it.
    pub(super) async fn articles(
        &self,
        source: &Arc<Source>,
        before: &SourceState,
        wanted: &[Sorted],
        now: Timestamp,
    ) -> Articles {
        let mut articles: Vec<Option<Article>> = Vec::with_capacity(wanted.len());
        let mut unread = Vec::new();
        if source.reader.article().is_none() || source.full_text == FullText::Never {
            articles.resize_with(wanted.len(), || None);
            return (articles, unread);
        }
        let deadline = Instant::now() + ARTICLES_TIMEOUT;
        for (n, sorted) in wanted.iter().enumerate() {
            let link = sorted.draft.link.as_ref();
            let has_turn = n < MAX_ARTICLES && Instant::now() < deadline;
            let asked = match link.filter(|_| has_turn) {
                Some(link) => {
                    let read = self.article(source, link, now);
                    timeout_at(deadline, read).await.ok().flatten()
                }
                None => None,
            };
            if asked.is_none() && link.is_some() {
                unread.extend(match has_turn {
                    true => plan::retry(&before.unread, sorted.id),
                    false => Some(plan::postpone(&before.unread, sorted.id)),
                });
            }
            articles.push(asked);
        }
        let n_missing = unread.len();
        if n_missing > 0 {
            let n_wanted = wanted.len();
            warn!(
                source.id = %source.id,
                "{}: {n_missing} of {n_wanted} article pages were not read, they are asked for again; \
                 RUST_LOG=gazetted=debug tells why",
                source.id
            );
        }
        (articles, unread)
    }

    async fn article(&self, source: &Arc<Source>, url: &WebUrl, now: Timestamp) -> Option<Article> {
        let document = match self.fetch(source, url, Accept::Page, None, now).await {
            Ok(Fetched::Document { document, .. }) => document,
            Ok(Fetched::NotModified { .. }) => return None,
            Err(why) => {
                debug!(source.id = %source.id, url = %url, "article page not read: {why}");
                return None;
            }
        };
        self.read_article(source, document, now).await
    }

    async fn read_article(
        &self,
        source: &Arc<Source>,
        document: Document,
        now: Timestamp,
    ) -> Option<Article> {
        let source = Arc::clone(source);
        let limits = gate::Limits {
            bytes: self.config.http.max_body,
            ..Default::default()
        };
        self.blocking(move || {
            let rules = source.reader.article()?;
            let setting =
                Setting { now, zone: &source.timezone, encoding: source.encoding, limits };
            match source::read_article(rules, &document, &setting) {
                Ok(article) => Some(article),
                Err(why) => {
                    debug!(source.id = %source.id, url = %document.url, "article page not read: {why}");
                    None
                }
            }
        })
        .await
    }
}
