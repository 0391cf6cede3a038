//! Article pages that entries link to: when to ask again, and what of them is shown.

use crate::config::{FullText, Source};
use crate::model::{Article, Draft, ItemId, Unread};
use crate::source::page::ArticleRules;

/// Attempts to read an article page before we keep what the list says.
const MAX_ATTEMPTS: u8 = 4;

/// Counts a failed attempt to read an article page. `None` after the fourth: no further
/// attempt is made; else the page is asked for again at the next poll.
#[must_use]
pub fn retry(before: &[Unread], item: ItemId) -> Option<Unread> {
    let earlier = before.iter().find(|unread| unread.item == item);
    let attempts = earlier.map_or(0, |unread| unread.attempts) + 1;
    (attempts < MAX_ATTEMPTS).then_some(Unread { item, attempts })
}

/// Keeps an article page pending that had no turn in this poll; that is no attempt.
#[must_use]
pub fn postpone(before: &[Unread], item: ItemId) -> Unread {
    let earlier = before.iter().find(|unread| unread.item == item);
    earlier.copied().unwrap_or(Unread { item, attempts: 0 })
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
