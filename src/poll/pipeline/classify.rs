//! Third stage: which entries are known, new, edited, or have to wait.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::context::{Poll, Stop};
use super::parse::ParsedSource;
use crate::config::{Config, Source, Undated};
use crate::ingest::anomaly::flood;
use crate::ingest::anomaly::flood::Disposition;
use crate::ingest::anomaly::notice;
use crate::ingest::dedupe::keys::LinkUses;
use crate::ingest::identity;
use crate::ingest::identity::{Flood, Identified, IdentifiedEntry};
use crate::ingest::item::arrival::{self, Arrival, Seen};
use crate::ingest::item::{content_hash, filter, sort_key};
use crate::model::{Article, Draft, ItemId, SeenEntries, SeenEntry, SourceState, StoredItem};
use crate::source::About;
use crate::store::{Store, StoreError};
use crate::text::identifiers::secret;

/// All entries of a document, with what was known of them before.
pub(super) struct ClassifiedEntries {
    /// Document, without its drafts: these are in `entries`.
    pub(super) parsed: ParsedSource,
    /// Entries that are taken; those held back or dropped are only in `summary`.
    pub(super) entries: Vec<ClassifiedEntry>,
    /// Links of all entries of the document, by how many use them.
    pub(super) link_uses: LinkUses,
    pub(super) summary: ClassificationSummary,
}

/// Entry with its id, and with what decides whether it is news.
#[derive(Debug)]
pub(super) struct ClassifiedEntry {
    pub(super) id: ItemId,
    pub(super) draft: Draft,
    /// Item that the store has of this id.
    pub(super) stored: Option<StoredItem>,
    /// Position in the document, from 0.
    pub(super) index: usize,
    /// News, or history that a longer window shows.
    pub(super) arrival: Arrival,
    /// Whether the store lacks it, or has it with other substance.
    pub(super) is_new_or_edited: bool,
    /// Hash of title, text and the like, by which edits are told from churn.
    pub(super) content_hash: u64,
    /// Article page, once the stage `articles` has read it.
    pub(super) article: Option<Article>,
    /// Whether its article page is to be asked for again; the stage `articles` finds out.
    pub(super) is_pending: bool,
}

impl ClassifiedEntry {
    /// Compares an entry that is taken with the `stored` item of its id; returns it with what the seen
    /// set remembers of it.
    fn taken(
        mut entry: IdentifiedEntry,
        stored: Option<StoredItem>,
        arrival: Arrival,
    ) -> (ClassifiedEntry, SeenEntry) {
        let (hash, was) = (entry.fingerprint, entry.was.as_ref());
        let is_new_or_edited = content_hash::is_news(stored.as_ref(), hash, was, &mut entry.known);
        let classified = ClassifiedEntry {
            id: entry.id,
            draft: entry.draft,
            stored,
            index: entry.index,
            arrival,
            is_new_or_edited,
            content_hash: hash,
            article: None,
            is_pending: false,
        };
        (classified, entry.known)
    }
}

/// Summary of a document's entries, to be remembered for the next poll.
#[derive(Debug, Default)]
pub(super) struct ClassificationSummary {
    /// Seen set after the document; `None` if it is as before.
    pub(super) seen: Option<SeenEntries>,
    /// One for each entry of the document, in its order.
    pub(super) dispositions: Vec<Disposition>,
    pub(super) flood: Flood,
    /// Title of a document, or of its first entry, that is no news of the source.
    pub(super) notice: Option<String>,
}

impl ClassificationSummary {
    /// Whether no entry was held back.
    pub(super) fn is_settled(&self) -> bool {
        !self
            .dispositions
            .iter()
            .any(|disposition| disposition.is_waiting())
    }
}

/// Context of one classification.
struct ClassifyContext<'a> {
    store: &'a Store,
    config: &'a Config,
    source: &'a Source,
    before: &'a SourceState,
    /// New items that the source may bring.
    allowed: usize,
    now: Timestamp,
}

impl Poll {
    /// Classifies the entries of a document, on a thread of its own: rewrites them, finds their ids,
    /// looks up what the store has.
    ///
    /// # Errors
    ///
    /// [`Stop::Store`] if the store cannot be read.
    pub(super) async fn classify(&self, parsed: ParsedSource) -> Result<ClassifiedEntries, Stop> {
        let source = Arc::clone(&self.source);
        let store = Arc::clone(&self.context.store);
        let config = Arc::clone(&self.context.config);
        let (before, now) = (self.before.clone(), self.now);
        let allowed = flood::allowed(&source, &before, self.n_pushed(), now);
        let classified = self.context.blocking(move || {
            let _reading = store.begin_reading(&source.id, &source.url);
            let context = ClassifyContext {
                store: &store,
                config: &config,
                source: &source,
                before: &before,
                allowed,
                now,
            };
            context.classify(parsed)
        });
        Ok(classified.await?)
    }
}

impl ClassifyContext<'_> {
    /// Classifies the entries of a document; reads the store, writes nothing.
    fn classify(&self, mut parsed: ParsedSource) -> Result<ClassifiedEntries, StoreError> {
        let mut drafts = std::mem::take(&mut parsed.document.drafts);
        let secrets = secret::of_feed(&self.source.url);
        for draft in &mut drafts {
            filter::withhold(draft, &secrets);
            filter::rewrite(draft, &self.source.rewrites);
        }
        let link_uses = LinkUses::of(drafts.iter());
        let seen = self.store.roll(&self.source.id)?;
        let identified = identity::identify(self.source, &seen, drafts);
        let is_part = parsed.coverage.is_part();
        let about = &parsed.document.about;
        let (entries, summary) = self.look_up(&seen, identified, about, is_part)?;
        Ok(ClassifiedEntries {
            parsed,
            entries,
            link_uses,
            summary,
        })
    }

    /// Looks up identified entries, and decides which are taken. What a part of a document lacks may
    /// still be there.
    fn look_up(
        &self,
        seen: &SeenEntries,
        identified: Identified,
        about: &About,
        is_part: bool,
    ) -> Result<(Vec<ClassifiedEntry>, ClassificationSummary), StoreError> {
        let Identified { mut entries, guids } = identified;
        let stored = self.stored(&mut entries)?;
        let flood = match is_part {
            // All of a difference is new.
            true => Flood::None,
            false => flood::flood(self.source, self.before, seen, &entries, &stored, self.now),
        };
        let stranger = match is_part || !notice::is_fresh(self.before, self.now) {
            true => None,
            false => notice::stranger(about, self.before, seen, &entries, &stored),
        };
        let has_page = |draft: &Draft| {
            let link = draft.link.as_ref();
            link.is_some_and(|link| self.config.article_rules(self.source, link).is_some())
        };
        let mut dispositions =
            flood::classify(self.source, &entries, &stored, &flood, self.now, has_page);
        flood::cap(&mut dispositions, &entries, &stored, self.allowed);
        if stranger.is_some() {
            dispositions.fill(Disposition::Notice);
        }
        let first = dispositions
            .iter()
            .position(|one| *one == Disposition::Notice);
        let said = first.and_then(|at| entries[at].draft.title.clone());
        let arrivals = self.arrivals(&entries, &stored, is_part);
        let mut classified = Vec::with_capacity(entries.len());
        let mut known = Vec::with_capacity(entries.len());
        let looked_up = entries
            .into_iter()
            .zip(stored)
            .zip(arrivals)
            .zip(&dispositions);
        for (((entry, stored), arrival), _) in
            looked_up.filter(|(_, fate)| **fate == Disposition::Taken)
        {
            let was_dropped = self.was_dropped(&entry, stored.as_ref());
            let (mut entry, seen) = ClassifiedEntry::taken(entry, stored, arrival);
            entry.is_new_or_edited &= !was_dropped;
            classified.push(entry);
            known.push(seen);
        }
        let after = identity::next_roll(seen, known, &guids, &flood, is_part);
        let summary = ClassificationSummary {
            seen: (after != *seen).then_some(after),
            dispositions,
            flood,
            notice: stranger.or(said),
        };
        Ok((classified, summary))
    }

    /// Whether an entry was dropped at an earlier poll because its page had no date either, so that
    /// the page is not read again and again.
    fn was_dropped(&self, entry: &IdentifiedEntry, stored: Option<&StoredItem>) -> bool {
        let is_dated = entry.draft.date().and_then(sort_key::believable).is_some();
        self.source.undated == Undated::Drop && !is_dated && stored.is_none() && entry.was.is_some()
    }

    /// Gives entries that came before the source got its name the ids that they had then.
    fn recall(&self, entries: &mut [IdentifiedEntry]) -> Result<(), StoreError> {
        let mut taken: HashSet<ItemId> = entries.iter().map(|entry| entry.id).collect();
        for entry in entries.iter_mut().filter(|entry| !entry.former.is_empty()) {
            let held = self.store.held(&entry.former)?;
            let mut known = entry
                .former
                .iter()
                .zip(held)
                .filter(|(_, held)| held.is_some());
            let known = known.find(|(id, _)| !taken.contains(*id));
            if let Some((id, _)) = known {
                (entry.id, entry.known.item) = (*id, *id);
                taken.insert(entry.id);
            }
        }
        Ok(())
    }

    /// Looks up what the store has of `entries`. One that is news under the id of an old one gets an id
    /// of its own.
    fn stored(
        &self,
        entries: &mut [IdentifiedEntry],
    ) -> Result<Vec<Option<StoredItem>>, StoreError> {
        self.recall(entries)?;
        let ids: Vec<ItemId> = entries.iter().map(|entry| entry.id).collect();
        let mut stored = self.store.held(&ids)?;
        let taken: HashSet<ItemId> = ids.iter().copied().collect();
        for (entry, stored) in entries.iter_mut().zip(&mut stored) {
            let is_again = |stored: &StoredItem| flood::is_again(entry, stored, self.before);
            let again = entry
                .again
                .filter(|_| stored.as_ref().is_some_and(is_again));
            if let Some(id) = again.filter(|id| !taken.contains(id)) {
                (entry.id, entry.known.item) = (id, id);
                *stored = self.store.held(&[id])?.pop().flatten();
            }
        }
        Ok(stored)
    }

    /// Tells news from history among `entries`, one answer for each.
    fn arrivals(
        &self,
        entries: &[IdentifiedEntry],
        stored: &[Option<StoredItem>],
        is_part: bool,
    ) -> Vec<Arrival> {
        let seen = entries.iter().zip(stored).map(|(entry, stored)| Seen {
            index: entry.index,
            date: entry.draft.date().and_then(sort_key::believable),
            held: *stored,
        });
        let seen: Vec<Seen> = seen.collect();
        arrival::arrivals(&seen, self.source, self.before, is_part, self.now)
    }
}
