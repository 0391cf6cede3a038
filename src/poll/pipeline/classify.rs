//! Which entries of a document are known, news, or have to wait.

use jiff::Timestamp;

use crate::config::Source;
use crate::ingest::anomaly::flood;
use crate::ingest::anomaly::flood::Disposition;
use crate::ingest::identity::{self, Flood, Identified};
use crate::ingest::item::content_hash;
use crate::model::{Draft, ItemId, SeenEntries, SourceState, StoredItem};
use crate::store::{Store, StoreError};

/// A draft with what decides whether it is news.
#[derive(Debug)]
pub(in crate::poll) struct ClassifiedEntry {
    pub(in crate::poll) id: ItemId,
    pub(in crate::poll) draft: Draft,
    pub(in crate::poll) held: Option<StoredItem>,
    pub(in crate::poll) index: usize,
    pub(in crate::poll) is_news: bool,
    pub(in crate::poll) fingerprint: u64,
}

/// What is to be remembered of the entries themselves.
#[derive(Debug, Default)]
pub(in crate::poll) struct ClassificationSummary {
    /// What to know them by at the next poll, if that has changed.
    pub(in crate::poll) roll: Option<SeenEntries>,
    pub(in crate::poll) fates: Vec<Disposition>,
    pub(in crate::poll) flood: Flood,
}

impl ClassificationSummary {
    /// Whether nothing has to be looked at again.
    pub(in crate::poll) fn is_settled(&self) -> bool {
        !self.fates.iter().any(|fate| fate.is_waiting())
    }
}

/// What is known of a source before a document of it is looked at.
pub(in crate::poll) struct ClassifyContext<'a> {
    pub(in crate::poll) store: &'a Store,
    pub(in crate::poll) source: &'a Source,
    pub(in crate::poll) before: &'a SourceState,
    pub(in crate::poll) roll: &'a SeenEntries,
}

/// Looks up what we hold, and tells what is news and what has to wait. `is_part`
/// says that what is not there may still be.
pub(in crate::poll) fn sort(
    shelf: &ClassifyContext<'_>,
    identified: Identified,
    is_part: bool,
    now: Timestamp,
) -> Result<(Vec<ClassifiedEntry>, ClassificationSummary), StoreError> {
    let Identified { entries, guids } = identified;
    let ids: Vec<ItemId> = entries.iter().map(|entry| entry.id).collect();
    let held = shelf.store.held(&ids)?;
    let flood = match is_part {
        // All of a difference is new.
        true => Flood::None,
        false => flood::flood(shelf.source, shelf.before, shelf.roll, &entries, &held, now),
    };
    let fates = flood::classify(shelf.source, &entries, &held, flood, now);
    let mut sorted = Vec::with_capacity(entries.len());
    let mut known = Vec::with_capacity(entries.len());
    let taken = entries.into_iter().zip(held).zip(&fates);
    for ((mut entry, held), _) in taken.filter(|(_, fate)| **fate == Disposition::Taken) {
        let was = entry.was.as_ref();
        let is_news =
            content_hash::is_news(held.as_ref(), entry.fingerprint, was, &mut entry.known);
        known.push(entry.known);
        sorted.push(ClassifiedEntry {
            id: entry.id,
            draft: entry.draft,
            held,
            index: entry.index,
            is_news,
            fingerprint: entry.fingerprint,
        });
    }
    let after = identity::next_roll(shelf.roll, known, &guids, flood, is_part);
    let sifted = ClassificationSummary {
        roll: (after != *shelf.roll).then_some(after),
        fates,
        flood,
    };
    Ok((sorted, sifted))
}
