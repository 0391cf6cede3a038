//! Article pages that entries link to: when to ask again, and what of them is shown.

use crate::config::{FullText, Source};
use crate::model::{Article, Draft, ExtractionCounts, ItemId, PendingArticle};
use crate::source::Reader;
use crate::source::page::{ArticleRules, ListRules};

/// Attempts to read an article page before we keep what the list says.
const MAX_ATTEMPTS: u8 = 4;

/// Counts a failed attempt to read an article page. `None` after the fourth: no further
/// attempt is made; else the page is asked for again at the next poll.
#[must_use]
pub fn retry(before: &[PendingArticle], item: ItemId) -> Option<PendingArticle> {
    let earlier = before.iter().find(|unread| unread.item == item);
    let attempts = earlier.map_or(0, |unread| unread.attempts) + 1;
    (attempts < MAX_ATTEMPTS).then_some(PendingArticle { item, attempts })
}

/// Keeps an article page pending that had no turn in this poll; that is no attempt.
#[must_use]
pub fn postpone(before: &[PendingArticle], item: ItemId) -> PendingArticle {
    let earlier = before.iter().find(|unread| unread.item == item);
    earlier
        .copied()
        .unwrap_or(PendingArticle { item, attempts: 0 })
}

/// Removes from an article what may not be published: its text and teaser where the page asks
/// that they are not shown elsewhere, its text also where nobody has asked for it
/// (`full_text = "always"`, or rules with `content`).
#[must_use]
pub fn republished(source: &Source, rules: &ArticleRules, article: Article) -> Article {
    let is_asked = source.full_text == FullText::Always || rules.content.is_some();
    let is_free = !article.is_reserved;
    Article {
        content: article.content.filter(|_| is_free && is_asked),
        summary: article.summary.filter(|_| is_free),
        ..article
    }
}

/// Returns the selectors that matched nothing on any of several articles, nor on any item
/// of the list; what to say of them.
#[must_use]
pub fn unmatched(source: &Source, counts: &ExtractionCounts, read: &[&Article]) -> Option<String> {
    let (has_title, has_date) = match &source.reader {
        Reader::Page(rules) => rules.list.as_ref().map_or((false, false), of_list),
        Reader::Json(rules) => of_list(&rules.list),
        Reader::Feed | Reader::Sitemap(_) => (false, false),
    };
    let mut keys: Vec<String> = Vec::new();
    if counts.items > 0 {
        keys.extend((has_title && counts.titles == 0).then(|| "list.title".to_owned()));
        keys.extend((has_date && counts.dates == 0).then(|| "list.date".to_owned()));
    }
    if let [first, _, ..] = read {
        let is_always = |key: &&&str| read.iter().all(|article| article.unmatched.contains(key));
        let always = first.unmatched.iter().filter(is_always);
        keys.extend(always.map(|key| format!("article.{key}")));
    }
    (!keys.is_empty()).then(|| {
        format!(
            "the selector of {} matched nothing on any of {} items and {} article pages: look at the \
             pages and adjust it; items are published without",
            keys.join(", "),
            counts.items,
            read.len()
        )
    })
}

/// Whether rules for a list name titles and dates.
fn of_list<S>(rules: &ListRules<S>) -> (bool, bool) {
    (rules.title.is_some(), rules.date.is_some())
}

/// Whether an item has a headline, or will not get one later. Where the list has none, an
/// item waits until its page has been read.
#[must_use]
pub fn has_title(source: &Source, draft: &Draft, article: Option<&Article>) -> bool {
    let is_told = draft.title.is_some() || article.is_some_and(|article| article.title.is_some());
    let may_come = source.reader.needs_articles() && source.full_text != FullText::Never;
    is_told || !may_come
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_turn_counts_as_an_attempt() {
        let item = ItemId::from_bytes([1; 16]);
        let mut unread = vec![postpone(&[], item)];
        assert_eq!(unread[0].attempts, 0);
        for attempts in 1..MAX_ATTEMPTS {
            unread = vec![retry(&unread, item).unwrap()];
            assert_eq!(postpone(&unread, item).attempts, attempts);
        }
        assert_eq!(retry(&unread, item), None);
    }
}
