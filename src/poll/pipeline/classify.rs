//! Which entries of a document are known, news, or have to wait.

use jiff::Timestamp;

use crate::config::Source;
use crate::ingest::anomaly::flood;
use crate::ingest::anomaly::flood::{Fate, Flood};
use crate::ingest::identity::{self, Identified};
use crate::ingest::item::content_hash;
use crate::model::{Draft, Held, ItemId, Roll, SourceState};
use crate::store::{Store, StoreError};

/// A draft with what decides whether it is news.
#[derive(Debug)]
pub(in crate::poll) struct Sorted {
    pub(in crate::poll) id: ItemId,
    pub(in crate::poll) draft: Draft,
    pub(in crate::poll) held: Option<Held>,
    pub(in crate::poll) index: usize,
    pub(in crate::poll) is_news: bool,
    pub(in crate::poll) fingerprint: u64,
}

/// What is to be remembered of the entries themselves.
#[derive(Debug, Default)]
pub(in crate::poll) struct Sifted {
    /// What to know them by at the next poll, if that has changed.
    pub(in crate::poll) roll: Option<Roll>,
    pub(in crate::poll) fates: Vec<Fate>,
    pub(in crate::poll) flood: Flood,
}

impl Sifted {
    /// Whether nothing has to be looked at again.
    pub(in crate::poll) fn is_settled(&self) -> bool {
        !self.fates.iter().any(|fate| fate.is_waiting())
    }
}

/// What is known of a source before a document of it is looked at.
pub(in crate::poll) struct Shelf<'a> {
    pub(in crate::poll) store: &'a Store,
    pub(in crate::poll) source: &'a Source,
    pub(in crate::poll) before: &'a SourceState,
    pub(in crate::poll) roll: &'a Roll,
}

/// Looks up what we hold, and tells what is news and what has to wait. `is_part`
/// says that what is not there may still be.
pub(in crate::poll) fn sort(
    shelf: &Shelf<'_>,
    identified: Identified,
    is_part: bool,
    now: Timestamp,
) -> Result<(Vec<Sorted>, Sifted), StoreError> {
    let Identified { entries, guids } = identified;
    let ids: Vec<ItemId> = entries.iter().map(|entry| entry.id).collect();
    let held = shelf.store.held(&ids)?;
    let flood = match is_part {
        // All of a difference is new.
        true => Flood::None,
        false => flood::flood(shelf.source, shelf.before, shelf.roll, &entries, &held, now),
    };
    let fates = flood::sift(shelf.source, &entries, &held, flood, now);
    let mut sorted = Vec::with_capacity(entries.len());
    let mut known = Vec::with_capacity(entries.len());
    let taken = entries.into_iter().zip(held).zip(&fates);
    for ((mut entry, held), _) in taken.filter(|(_, fate)| **fate == Fate::Taken) {
        let was = entry.was.as_ref();
        let is_news =
            content_hash::is_news(held.as_ref(), entry.fingerprint, was, &mut entry.known);
        known.push(entry.known);
        sorted.push(Sorted {
            id: entry.id,
            draft: entry.draft,
            held,
            index: entry.index,
            is_news,
            fingerprint: entry.fingerprint,
        });
    }
    let after = identity::next_roll(shelf.roll, known, &guids, flood, is_part);
    let sifted = Sifted {
        roll: (after != *shelf.roll).then_some(after),
        fates,
        flood,
    };
    Ok((sorted, sifted))
}
