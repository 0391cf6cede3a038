//! Which entries of a document are known, news, or have to wait.

use jiff::Timestamp;

use crate::config::Source;
use crate::ingest::hold::{self, Fate, Flood};
use crate::ingest::identity::{self, Identified};
use crate::ingest::substance;
use crate::model::{Draft, Held, ItemId, Roll, SourceState};
use crate::store::{Store, StoreError};

/// A draft with what decides whether it is news.
#[derive(Debug)]
pub(super) struct Sorted {
    pub(super) id: ItemId,
    pub(super) draft: Draft,
    pub(super) held: Option<Held>,
    pub(super) index: usize,
    pub(super) is_news: bool,
    pub(super) fingerprint: u64,
}

/// What is to be remembered of the entries themselves.
#[derive(Debug, Default)]
pub(super) struct Sifted {
    /// What to know them by at the next poll, if that has changed.
    pub(super) roll: Option<Roll>,
    pub(super) fates: Vec<Fate>,
    pub(super) flood: Flood,
}

impl Sifted {
    /// Whether nothing has to be looked at again.
    pub(super) fn is_settled(&self) -> bool {
        !self.fates.iter().any(|fate| fate.is_waiting())
    }
}

/// Looks up what we hold, and tells what is news and what has to wait.
pub(super) fn sort(
    store: &Store,
    source: &Source,
    before: &SourceState,
    roll: &Roll,
    identified: Identified,
    now: Timestamp,
) -> Result<(Vec<Sorted>, Sifted), StoreError> {
    let Identified { entries, guids } = identified;
    let ids: Vec<ItemId> = entries.iter().map(|entry| entry.id).collect();
    let held = store.held(&ids)?;
    let (fates, flood) = hold::sift(source, before, roll, &entries, &held, now);
    let mut sorted = Vec::with_capacity(entries.len());
    let mut known = Vec::with_capacity(entries.len());
    let taken = entries.into_iter().zip(held).zip(&fates);
    for ((mut entry, held), _) in taken.filter(|(_, fate)| **fate == Fate::Taken) {
        let was = entry.was.as_ref();
        let is_news = substance::is_news(held.as_ref(), entry.fingerprint, was, &mut entry.known);
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
    let after = identity::next_roll(roll, known, &guids, flood);
    let sifted = Sifted {
        roll: (after != *roll).then_some(after),
        fates,
        flood,
    };
    Ok((sorted, sifted))
}
