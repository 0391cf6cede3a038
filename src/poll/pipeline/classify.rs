//! Which entries of a document are known, news, or have to wait.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::config::Source;
use crate::ingest::anomaly::flood;
use crate::ingest::anomaly::flood::{Disposition, Flood};
use crate::ingest::arrival::{self, Arrival, Seen};
use crate::ingest::identity::{self, Entry, Identified};
use crate::ingest::item::content_hash;
use crate::ingest::item::sort_key;
use crate::ingest::notice;
use crate::model::{Draft, ItemId, SeenEntries, SourceState, StoredItem};
use crate::source::About;
use crate::store::{Store, StoreError};

/// A draft with what decides whether it is news.
#[derive(Debug)]
pub(in crate::poll) struct ClassifiedEntry {
    pub(in crate::poll) id: ItemId,
    pub(in crate::poll) draft: Draft,
    pub(in crate::poll) held: Option<StoredItem>,
    pub(in crate::poll) index: usize,
    pub(in crate::poll) arrival: Arrival,
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
    /// Title of a document that is no news of the source.
    pub(in crate::poll) notice: Option<String>,
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
    pub(in crate::poll) about: &'a About,
}

/// What we hold of entries; one that is news under the id of an old one gets its own.
fn held(
    shelf: &ClassifyContext<'_>,
    entries: &mut [Entry],
) -> Result<Vec<Option<StoredItem>>, StoreError> {
    let ids: Vec<ItemId> = entries.iter().map(|entry| entry.id).collect();
    let mut held = shelf.store.held(&ids)?;
    let taken: HashSet<ItemId> = ids.iter().copied().collect();
    for (entry, held) in entries.iter_mut().zip(&mut held) {
        let is_again = |held: &StoredItem| flood::is_again(entry, held, shelf.before);
        let again = entry.again.filter(|_| held.as_ref().is_some_and(is_again));
        if let Some(id) = again.filter(|id| !taken.contains(id)) {
            (entry.id, entry.known.item) = (id, id);
            *held = shelf.store.held(&[id])?.pop().flatten();
        }
    }
    Ok(held)
}

/// Looks up what we hold, and tells what is news and what has to wait. `is_part`
/// says that what is not there may still be.
pub(in crate::poll) fn sort(
    shelf: &ClassifyContext<'_>,
    identified: Identified,
    is_part: bool,
    now: Timestamp,
) -> Result<(Vec<ClassifiedEntry>, ClassificationSummary), StoreError> {
    let Identified { mut entries, guids } = identified;
    let held = held(shelf, &mut entries)?;
    let flood = match is_part {
        // All of a difference is new.
        true => Flood::None,
        false => flood::flood(shelf.source, shelf.before, shelf.roll, &entries, &held, now),
    };
    let stranger = match is_part || !notice::is_fresh(shelf.before, now) {
        true => None,
        false => notice::stranger(shelf.about, shelf.before, shelf.roll, &entries, &held),
    };
    let mut fates = flood::classify(shelf.source, &entries, &held, flood, now);
    if stranger.is_some() {
        fates.fill(Disposition::Notice);
    }
    let first = fates.iter().position(|fate| *fate == Disposition::Notice);
    let said = first.and_then(|at| entries[at].draft.title.clone());
    let seen = entries.iter().zip(&held).map(|(entry, held)| Seen {
        index: entry.index,
        date: entry.draft.date().and_then(sort_key::believable),
        held: *held,
    });
    let seen: Vec<Seen> = seen.collect();
    let arrivals = arrival::arrivals(&seen, shelf.source, shelf.before, is_part, now);
    let mut sorted = Vec::with_capacity(entries.len());
    let mut known = Vec::with_capacity(entries.len());
    let taken = entries.into_iter().zip(held).zip(arrivals).zip(&fates);
    for (((mut entry, held), arrival), _) in taken.filter(|(_, fate)| **fate == Disposition::Taken)
    {
        let was = entry.was.as_ref();
        let is_news =
            content_hash::is_news(held.as_ref(), entry.fingerprint, was, &mut entry.known);
        known.push(entry.known);
        sorted.push(ClassifiedEntry {
            id: entry.id,
            draft: entry.draft,
            held,
            index: entry.index,
            arrival,
            is_news,
            fingerprint: entry.fingerprint,
        });
    }
    let after = identity::next_roll(shelf.roll, known, &guids, flood, is_part);
    let sifted = ClassificationSummary {
        roll: (after != *shelf.roll).then_some(after),
        fates,
        flood,
        notice: stranger.or(said),
    };
    Ok((sorted, sifted))
}
