//! Fifth stage: the article pages that selected entries link to.
//!
//! An item whose page cannot be read is published as the list has it; its page is asked for again at
//! the next polls.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use tracing::{debug, warn};

use super::classify::ClassifiedEntry;
use super::context::Poll;
use crate::fetch::{Accept, FetchError, Fetched};
use crate::ingest::item::article as pages;
use crate::ingest::item::listed;
use crate::model::{Article, Draft, PendingArticle, WebUrl};
use crate::source::page::ArticleRules;
use crate::source::{self, ReadError};

/// Upper limit of article pages in one poll; the rest are read at the next one.
const MAX_ARTICLES: usize = 40;

/// Time limit of all article pages of one poll together.
const ARTICLES_TIMEOUT: Duration = Duration::from_secs(180);

/// Article, and whether all of its pages could be read.
type Read = (Article, bool);

/// Reason why an article page was not read.
enum Missed {
    /// A passing one: the page is asked for again.
    ForNow,
    /// robots.txt forbids it.
    ForGood,
}

impl Poll {
    /// Reads the article pages of `entries` as far as the source asks for them, and sets `article` and
    /// `is_pending` of each. Returns the pages that are to be asked for again.
    ///
    /// At most [`MAX_ARTICLES`] in [`ARTICLES_TIMEOUT`]; entries without a turn stay pending.
    pub(super) async fn fetch_articles(
        &self,
        entries: &mut [ClassifiedEntry],
    ) -> Vec<PendingArticle> {
        let deadline = Instant::now() + ARTICLES_TIMEOUT;
        let mut n_asked = 0;
        let mut pending = Vec::new();
        for entry in entries.iter_mut() {
            let link = entry.draft.link.clone();
            let rules = link.as_ref().and_then(|link| self.article_rules(link));
            let (Some(link), Some(rules)) = (link, rules) else {
                continue;
            };
            let has_turn = n_asked < MAX_ARTICLES && Instant::now() < deadline;
            n_asked += usize::from(has_turn);
            let read = match has_turn {
                true => {
                    timeout_at(deadline, self.listed_article(&entry.draft, &rules, &link)).await
                }
                false => Ok(Err(Missed::ForNow)),
            };
            let read = read.unwrap_or(Err(Missed::ForNow));
            if matches!(read, Err(Missed::ForNow) | Ok((_, false))) {
                let before = &self.before.unread;
                let again = match has_turn {
                    true => pages::retry(before, entry.id),
                    false => Some(pages::postpone(before, entry.id)),
                };
                entry.is_pending = again.is_some();
                pending.extend(again);
            }
            let article = read.ok().map(|(article, _)| article);
            entry.article = article.map(|one| pages::republished(&self.source, &rules, one));
        }
        if !pending.is_empty() {
            self.warn_pending(pending.len(), entries.len());
        }
        pending
    }

    /// Logs how many of the article pages were not read.
    fn warn_pending(&self, n_missing: usize, n_wanted: usize) {
        warn!(
            source.id = %self.source.id,
            "{}: {n_missing} of {n_wanted} article pages were not read, they are asked for again; \
             RUST_LOG=gazetted=debug tells why",
            self.source.id
        );
    }

    /// Returns the rules for an article page; `None` if the source does not ask for it.
    fn article_rules(&self, link: &WebUrl) -> Option<ArticleRules> {
        let rules = self.context.config.article_rules(&self.source, link);
        rules.map(Cow::into_owned)
    }

    /// Reads an article that a list names. A page that shares nothing with the headline of the list
    /// is not its article.
    async fn listed_article(
        &self,
        draft: &Draft,
        rules: &ArticleRules,
        url: &WebUrl,
    ) -> Result<Read, Missed> {
        let (article, is_whole) = self.article(rules, url).await?;
        if listed::is_of(draft, &article) {
            return Ok((article, is_whole));
        }
        let (id, shown) = (&self.source.id, article.title.unwrap_or_default());
        warn!(
            source.id = %id, url = %url,
            "{id}: {url} shows `{shown}`, which is not the article that the list names; \
             what the list says is kept, and the page is asked for again"
        );
        Err(Missed::ForNow)
    }

    /// Reads an article: all of its pages, or the one that has everything.
    async fn article(&self, rules: &ArticleRules, url: &WebUrl) -> Result<Read, Missed> {
        let mut asked = HashSet::from([url.clone()]);
        let mut article = self.article_page(rules, url).await?;
        if let Some(single) = article.single_page.take() {
            let whole = self.article_page(rules, &single).await;
            return Ok(match whole {
                Ok(whole) => (whole, true),
                Err(_) => (article, false),
            });
        }
        while asked.len() < rules.max_pages
            && let Some(next) = article.next_page.take()
        {
            if !asked.insert(next.clone()) {
                break;
            }
            match self.article_page(rules, &next).await {
                Ok(page) => article = source::join_articles(article, page),
                Err(_) => return Ok((article, false)),
            }
        }
        Ok((article, true))
    }

    /// Fetches and parses one page of an article.
    async fn article_page(&self, rules: &ArticleRules, url: &WebUrl) -> Result<Article, Missed> {
        let document = match self.request(url, Accept::Page, None).await {
            Ok(Fetched::Document { document, .. }) => document,
            Ok(Fetched::NotModified { .. }) => return Err(Missed::ForNow),
            Err(why) => {
                debug!(source.id = %self.source.id, url = %url, "article page not read: {why}");
                return Err(match why {
                    FetchError::Robots { rule: Some(_), .. } => Missed::ForGood,
                    _ => Missed::ForNow,
                });
            }
        };
        let (source, rules, now) = (Arc::clone(&self.source), rules.clone(), self.now);
        let max_body = self.context.config.http.max_body;
        let read = self.context.blocking(move || {
            match source::read_article(&rules, &document, &source.setting(now, max_body)) {
                Ok(article) => Ok(article),
                Err(why @ ReadError::Costly(_)) => {
                    warn!(source.id = %source.id, url = %document.url, "article page not read: {why}");
                    Err(Missed::ForGood)
                }
                Err(why) => {
                    debug!(source.id = %source.id, url = %document.url, "article page not read: {why}");
                    Err(Missed::ForNow)
                }
            }
        });
        read.await
    }
}
