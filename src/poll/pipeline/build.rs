//! Sixth stage: selected entries become items, ready to be stored.

use std::sync::Arc;

use jiff::Timestamp;

use super::classify::ClassifiedEntry;
use super::context::Poll;
use super::select::Selection;
use crate::config::{Config, FullText, Source, Undated};
use crate::ingest::dedupe::keys;
use crate::ingest::dedupe::keys::LinkUses;
use crate::ingest::item;
use crate::ingest::item::Origin;
use crate::ingest::item::sort_key::{self, Observation};
use crate::ingest::item::{article, filter, headline, notes};
use crate::ingest::outcome;
use crate::model::{DedupeKeys, FeedNote, Item, Upsert};
use crate::source::About;

/// Context of building the items of one document.
struct BuildContext {
    config: Arc<Config>,
    source: Arc<Source>,
    about: About,
    /// Rights and credits of the feed as a whole.
    feed: FeedNote,
    /// Names of the paper that a headline may end with, folded.
    names: Vec<String>,
    link_uses: LinkUses,
    now: Timestamp,
}

impl Poll {
    /// Builds upserts, oldest first, on a thread of its own.
    ///
    /// Left out are entries that have no headline yet, those that a filter drops, and stored ones whose
    /// article page is pending: an item with its text is not replaced by a list's line without.
    pub(super) async fn build(&self, selection: Selection) -> Vec<Upsert> {
        let entries = selection.entries;
        let about = selection.parsed.document.about;
        let titles = [self.source.title.as_deref(), about.title.as_deref()];
        let context = BuildContext {
            config: Arc::clone(&self.context.config),
            source: Arc::clone(&self.source),
            feed: notes::feed(&about, &self.source.url),
            names: headline::names(titles.into_iter().flatten()),
            about,
            link_uses: selection.link_uses,
            now: self.now,
        };
        let work = move || {
            let entries = entries.iter().filter(|entry| context.is_ready(entry));
            let mut upserts: Vec<Upsert> =
                entries.filter_map(|entry| context.upsert(entry)).collect();
            upserts.sort_by_key(|upsert| (upsert.item.sort_key, upsert.item.id));
            upserts
        };
        self.context.blocking(work).await
    }
}

impl BuildContext {
    /// Whether an entry is to be written: new or edited, or with its article at last, and with a headline.
    fn is_ready(&self, entry: &ClassifiedEntry) -> bool {
        let article = entry.article.as_ref();
        let is_news = entry.is_new_or_edited && (entry.stored.is_none() || !entry.is_pending);
        (is_news || article.is_some()) && article::has_title(&self.source, &entry.draft, article)
    }

    /// Whether an entry is new and has no date although its page was read, where such are not
    /// wanted.
    fn is_undated(&self, entry: &ClassifiedEntry) -> bool {
        let dates = [entry.draft.date()].into_iter();
        let dates = dates.chain([entry.article.as_ref().and_then(|article| article.published)]);
        self.source.undated == Undated::Drop
            && entry.stored.is_none()
            && !dates
                .flatten()
                .any(|date| sort_key::believable(date).is_some())
    }

    /// Builds one item with its keys; `None` if a filter or the lack of a date drops it.
    fn upsert(&self, entry: &ClassifiedEntry) -> Option<Upsert> {
        let source = &self.source;
        if self.is_undated(entry) {
            return None;
        }
        let mut item = self.item(entry);
        // A feed says it of all its episodes.
        if !item.enclosures.is_empty() {
            let explicit = &mut item.notes.is_explicit;
            *explicit = explicit.or(self.about.podcast.explicit);
        }
        if source.full_text == FullText::Never {
            item::keep_teaser(&mut item);
        }
        let mut routes = filter::by_place(&item, source, &self.config);
        if !filter::settle(&mut item, &source.filters, &mut routes) {
            return None;
        }
        Some(Upsert {
            rank: outcome::rank(source, &item),
            join: self.dedupe_keys(entry, &item),
            routes,
            item,
        })
    }

    /// Builds the item of an entry and its article.
    fn item(&self, entry: &ClassifiedEntry) -> Item {
        let source = &self.source;
        let seen = Observation {
            now: self.now,
            zone: &source.timezone,
            index: entry.index,
            arrival: entry.arrival,
        };
        let origin = Origin {
            source: &source.id,
            language: source
                .language
                .as_deref()
                .or(self.about.language.as_deref()),
            base: &source.url,
            feed: &self.feed,
            names: &self.names,
            fingerprint: entry.content_hash,
        };
        let (article, stored) = (entry.article.as_ref(), entry.stored.as_ref());
        item::item(entry.id, &entry.draft, article, stored, &origin, &seen)
    }

    /// Computes the keys by which copies are found; none outside a configured channel.
    fn dedupe_keys(&self, entry: &ClassifiedEntry, item: &Item) -> DedupeKeys {
        let Some(channel) = self.config.channels.get(&self.source.id.channel()) else {
            return DedupeKeys::default();
        };
        let article = entry.article.as_ref();
        let canonical = article.and_then(|article| article.canonical.as_ref());
        keys::joining(item, &self.link_uses, canonical, &self.source, channel)
    }
}
