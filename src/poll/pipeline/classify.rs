//! Third stage: which entries are known, new, edited, or have to wait.

use std::sync::Arc;

use jiff::Timestamp;

use super::context::{Poll, Stop};
use super::parse::ParsedSource;
use crate::config::Source;
use crate::ingest::anomaly::flood;
use crate::ingest::anomaly::flood::{Disposition, Flood};
use crate::ingest::dedupe::keys::Addresses;
use crate::ingest::identity::{self, Identified};
use crate::ingest::item::{content_hash, filter};
use crate::model::{Article, Draft, ItemId, SeenEntries, SourceState, StoredItem};
use crate::store::{Store, StoreError};

/// All entries of a document, with what was known of them before.
pub(super) struct ClassifiedEntries {
    /// Document, without its drafts: these are in `entries`.
    pub(super) parsed: ParsedSource,
    /// Entries that are taken; those held back or dropped are only in `summary`.
    pub(super) entries: Vec<ClassifiedEntry>,
    /// Links of all entries of the document, by how many use them.
    pub(super) link_uses: Addresses,
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
    /// Whether the store lacks it, or has it with other substance.
    pub(super) is_new_or_edited: bool,
    /// Hash of title, text and the like, by which edits are told from churn.
    pub(super) content_hash: u64,
    /// Article page, once the stage `articles` has read it.
    pub(super) article: Option<Article>,
    /// Whether its article page is to be asked for again; the stage `articles` finds out.
    pub(super) is_pending: bool,
}

/// Summary of a document's entries, to be remembered for the next poll.
#[derive(Clone, Debug, Default)]
pub(super) struct ClassificationSummary {
    /// Seen set after the document; `None` if it is as before.
    pub(super) seen: Option<SeenEntries>,
    /// One for each entry of the document, in its order.
    pub(super) dispositions: Vec<Disposition>,
    pub(super) flood: Flood,
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
    source: &'a Source,
    before: &'a SourceState,
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
        let (before, now) = (self.before.clone(), self.now);
        let classified = self.context.blocking(move || {
            let _reading = store.begin_reading(&source.id, &source.url);
            let context = ClassifyContext {
                store: &store,
                source: &source,
                before: &before,
                now,
            };
            context.classify(parsed)
        });
        Ok(classified.await?)
    }
}

impl ClassifyContext<'_> {
    fn classify(&self, mut parsed: ParsedSource) -> Result<ClassifiedEntries, StoreError> {
        let mut drafts = std::mem::take(&mut parsed.document.drafts);
        for draft in &mut drafts {
            filter::rewrite(draft, &self.source.rewrites);
        }
        let link_uses = Addresses::of(drafts.iter());
        let seen = self.store.roll(&self.source.id)?;
        let identified = identity::identify(self.source, &seen, drafts);
        let is_part = parsed.coverage.is_part();
        let (entries, summary) = self.look_up(&seen, identified, is_part)?;
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
        is_part: bool,
    ) -> Result<(Vec<ClassifiedEntry>, ClassificationSummary), StoreError> {
        let Identified { entries, guids } = identified;
        let ids: Vec<ItemId> = entries.iter().map(|entry| entry.id).collect();
        let stored = self.store.held(&ids)?;
        let flood = match is_part {
            // All of a difference is new.
            true => Flood::None,
            false => flood::flood(self.source, self.before, seen, &entries, &stored, self.now),
        };
        let dispositions = flood::classify(self.source, &entries, &stored, flood, self.now);
        let mut classified = Vec::with_capacity(entries.len());
        let mut known = Vec::with_capacity(entries.len());
        let looked_up = entries.into_iter().zip(stored).zip(&dispositions);
        for ((mut entry, stored), _) in looked_up.filter(|(_, fate)| **fate == Disposition::Taken) {
            let (hash, was) = (entry.fingerprint, entry.was.as_ref());
            let is_new_or_edited =
                content_hash::is_news(stored.as_ref(), hash, was, &mut entry.known);
            known.push(entry.known);
            classified.push(ClassifiedEntry {
                id: entry.id,
                draft: entry.draft,
                stored,
                index: entry.index,
                is_new_or_edited,
                content_hash: hash,
                article: None,
                is_pending: false,
            });
        }
        let after = identity::next_roll(seen, known, &guids, flood, is_part);
        let summary = ClassificationSummary {
            seen: (after != *seen).then_some(after),
            dispositions,
            flood,
        };
        Ok((classified, summary))
    }
}
