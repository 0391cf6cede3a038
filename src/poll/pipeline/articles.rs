//! The pages that the entries of a list link to.
//!
//! An item whose page cannot be read is published as the list has it; its page
//! is asked for again at the next polls.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, timeout_at};
use tracing::{debug, warn};

use super::PollContext;
use super::classify::ClassifiedEntry;
use crate::config::Source;
use crate::fetch::{Accept, FetchError, Fetched};
use crate::ingest::item::article as pages;
use crate::ingest::listed;
use crate::model::{Article, PendingArticle, SourceState, WebUrl};
use crate::source::page::ArticleRules;
use crate::source::{self, Setting, gate};

/// Article pages of one poll; the rest are read at the next one.
const MAX_ARTICLES: usize = 40;

/// All article pages of one poll together.
const ARTICLES_TIMEOUT: Duration = Duration::from_secs(180);

/// What came of the article pages: one place for each wanted draft, and what is
/// to be asked for again.
pub(in crate::poll) type Articles = (Vec<Option<Article>>, Vec<PendingArticle>);

/// An article, and whether all of its pages could be read.
type Read = (Article, bool);

/// Why an article page was not read.
enum Missed {
    /// It is asked for again.
    ForNow,
    /// Its site does not let us.
    ForGood,
}

impl PollContext {
    /// Reads the article pages of `wanted`, as far as the source asks for it.
    pub(in crate::poll) async fn articles(
        &self,
        source: &Arc<Source>,
        before: &SourceState,
        wanted: &[ClassifiedEntry],
        now: Timestamp,
    ) -> Articles {
        let mut articles: Vec<Option<Article>> = Vec::with_capacity(wanted.len());
        let mut unread = Vec::new();
        let deadline = Instant::now() + ARTICLES_TIMEOUT;
        let mut n_asked = 0;
        for sorted in wanted {
            let link = sorted.draft.link.as_ref();
            let rules = link.and_then(|link| self.config.article_rules(source, link));
            let (Some(link), Some(rules)) = (link, rules) else {
                articles.push(None);
                continue;
            };
            let has_turn = n_asked < MAX_ARTICLES && Instant::now() < deadline;
            let read = if has_turn {
                n_asked += 1;
                let read = self.article(source, &rules, link, now);
                timeout_at(deadline, read)
                    .await
                    .unwrap_or(Err(Missed::ForNow))
            } else {
                Err(Missed::ForNow)
            };
            let read = read.and_then(|(article, is_whole)| {
                if listed::is_of(&sorted.draft, &article) {
                    return Ok((article, is_whole));
                }
                let shown = article.title.unwrap_or_default();
                warn!(
                    source.id = %source.id, url = %link,
                    "{}: {link} shows `{shown}`, which is not the article that the list names; \
                     what the list says is kept, and the page is asked for again",
                    source.id
                );
                Err(Missed::ForNow)
            });
            if matches!(read, Err(Missed::ForNow) | Ok((_, false))) {
                unread.extend(match has_turn {
                    true => pages::retry(&before.unread, sorted.id),
                    false => Some(pages::postpone(&before.unread, sorted.id)),
                });
            }
            let article = read.ok().map(|(article, _)| article);
            articles.push(article.map(|article| pages::republished(source, &rules, article)));
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

    /// Reads an article: all of its pages, or the one that has everything.
    async fn article(
        &self,
        source: &Arc<Source>,
        rules: &ArticleRules,
        url: &WebUrl,
        now: Timestamp,
    ) -> Result<Read, Missed> {
        let mut seen = HashSet::from([url.clone()]);
        let mut article = self.article_page(source, rules, url, now).await?;
        if let Some(single) = article.single_page.take() {
            let whole = self.article_page(source, rules, &single, now).await;
            return Ok(match whole {
                Ok(whole) => (whole, true),
                Err(_) => (article, false),
            });
        }
        while seen.len() < rules.max_pages
            && let Some(next) = article.next_page.take()
        {
            if !seen.insert(next.clone()) {
                break;
            }
            match self.article_page(source, rules, &next, now).await {
                Ok(page) => article = source::join_articles(article, page),
                Err(_) => return Ok((article, false)),
            }
        }
        Ok((article, true))
    }

    async fn article_page(
        &self,
        source: &Arc<Source>,
        rules: &ArticleRules,
        url: &WebUrl,
        now: Timestamp,
    ) -> Result<Article, Missed> {
        let document = match self.fetch(source, url, Accept::Page, None, now).await {
            Ok(Fetched::Document { document, .. }) => document,
            Ok(Fetched::NotModified { .. }) => return Err(Missed::ForNow),
            Err(why) => {
                debug!(source.id = %source.id, url = %url, "article page not read: {why}");
                return Err(match why {
                    FetchError::Robots { rule: Some(_), .. } => Missed::ForGood,
                    _ => Missed::ForNow,
                });
            }
        };
        let (source, rules) = (Arc::clone(source), rules.clone());
        let limits = gate::Limits {
            bytes: self.config.http.max_body,
            ..Default::default()
        };
        let read = self.blocking(move || {
            let setting =
                Setting { now, zone: &source.timezone, encoding: source.encoding, limits };
            match source::read_article(&rules, &document, &setting) {
                Ok(article) => Some(article),
                Err(why) => {
                    debug!(source.id = %source.id, url = %document.url, "article page not read: {why}");
                    None
                }
            }
        });
        read.await.ok_or(Missed::ForNow)
    }
}
