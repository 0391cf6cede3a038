//! Article pages that entries link to: when to ask again, and what of them is shown.

use crate::config::{FullText, Source};
use crate::model::{Article, Draft, ExtractionCounts, Health, ItemId, PendingArticle, SourceState};
use crate::source::Reader;
use crate::source::json::JsonSelector;
use crate::source::page::{ArticleRules, ListRules, Selector};

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

/// Returns the selectors that matched nothing on any article, nor on any item of the list;
/// what to say of them. One page alone speaks against a selector only of a source of which
/// nothing was read before, or that has such trouble already: a page may lack something.
#[must_use]
pub fn unmatched(
    source: &Source,
    counts: &ExtractionCounts,
    read: &[&Article],
    before: &SourceState,
) -> Option<String> {
    let typed = typed(source);
    let mut keys: Vec<String> = Vec::new();
    if counts.items > 0 {
        let has = |key: &str| typed.iter().any(|(known, _)| *known == key);
        keys.extend((has("list.title") && counts.titles == 0).then(|| "list.title".to_owned()));
        keys.extend((has("list.date") && counts.dates == 0).then(|| "list.date".to_owned()));
    }
    let is_enough = read.len() > 1 || before.succeeded.is_none() || is_flagged(before);
    if let Some(first) = read.first().filter(|_| is_enough) {
        let is_always = |key: &&&str| read.iter().all(|article| article.unmatched.contains(key));
        let always = first.unmatched.iter().filter(is_always);
        keys.extend(always.map(|key| format!("article.{key}")));
    }
    let is_missed = |(key, _): &&(&str, String)| keys.iter().any(|missed| missed == key);
    let as_typed = typed.iter().filter(is_missed).map(rule);
    let as_typed: Vec<String> = as_typed.collect();
    let is_told = !as_typed.is_empty();
    (!keys.is_empty()).then(|| {
        format!(
            "the selector of {} matched nothing on any of {} items and {} article pages{}: look at the \
             pages and adjust it; items are published without",
            keys.join(", "),
            counts.items,
            read.len(),
            if is_told { format!(" ({})", as_typed.join(", ")) } else { String::new() },
        )
    })
}

/// Writes a rule as it stands in a message.
fn rule((key, typed): &(&'static str, String)) -> String {
    format!("{key} = `{typed}`")
}

/// Code of a source of whose rules some match nothing.
pub const UNMATCHED: &str = "unmatched";

/// Returns what the last poll said of selectors that match nothing, while they are still the
/// rules of the source.
#[must_use]
pub fn still_unmatched(source: &Source, before: &SourceState) -> Option<String> {
    let Health::Failing { message, .. } = &before.health else {
        return None;
    };
    let typed = typed(source);
    let is_there = |own: &(&'static str, String)| message.contains(&rule(own));
    let names_rule = message.contains('`');
    let is_same = is_flagged(before) && (!names_rule || typed.iter().any(is_there));
    is_same.then(|| message.clone())
}

fn is_flagged(before: &SourceState) -> bool {
    matches!(&before.health, Health::Failing { code, .. } if code == UNMATCHED)
}

/// Lists the selectors of a source that may match nothing, as typed.
fn typed(source: &Source) -> Vec<(&'static str, String)> {
    fn of_list<S>(rules: &ListRules<S>, text: fn(&S) -> &str) -> Vec<(&'static str, String)> {
        let keys = [("list.title", &rules.title), ("list.date", &rules.date)];
        let typed = keys.into_iter();
        let typed = typed.filter_map(|(key, rule)| Some((key, text(rule.as_ref()?).to_owned())));
        typed.collect()
    }
    let mut typed = match &source.reader {
        Reader::Page(rules) => {
            let list = rules.list.as_ref();
            list.map_or_else(Vec::new, |list| of_list(list, Selector::as_typed))
        }
        Reader::Json(rules) => of_list(&rules.list, JsonSelector::as_typed),
        Reader::Feed | Reader::Sitemap(_) => Vec::new(),
    };
    if let Some(rules) = &source.article {
        let keys = [
            ("article.content", &rules.content),
            ("article.title", &rules.title),
            ("article.date", &rules.date),
            ("article.origin", &rules.origin),
        ];
        let own = keys.into_iter();
        typed.extend(
            own.filter_map(|(key, rule)| Some((key, rule.as_ref()?.as_typed().to_owned()))),
        );
    }
    typed
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
