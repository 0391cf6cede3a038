//! Making tables of what the journal holds, so that both stay small.
//!
//! Each time the journal has grown, what it says of a volume goes to a new table,
//! together with the tables that are no larger than what that makes: so there are few
//! of them, and what is in them is written anew a few times at most.
//!
//! ```text
//!   writer's lock: journal -> journal.old, the memtables of its volumes are frozen
//!                  tables are made of these          commits go on
//!                  tombstones, ledger flushed
//!                  journal.old removed
//! ```

use std::sync::{MutexGuard, TryLockError};

use super::rewrite::{CompactionInput, compact};
use crate::store::Store;
use crate::store::codec::period::Period;
use crate::store::error::StoreError;
use crate::store::journal::SEGMENT_BYTES;
use crate::store::volume::Volume;
use crate::store::volume::set::Volumes;
use crate::sync;

/// Size of a table, in bytes, from which on no commit waits for it to be written anew: the thread that folds
/// merges it once the journal has gone.
const MAX_FOLDED_BYTES: u64 = 2 * SEGMENT_BYTES;

impl Store {
    /// Returns whether there is enough in the journal for [`Store::fold_large`].
    #[must_use]
    pub fn has_large(&self) -> bool {
        self.journal.length() > SEGMENT_BYTES || self.journal.has_old()
    }

    /// Makes tables of what the journal holds, if that is much, while commits go on. Errors are logged:
    /// nothing is lost by them, as the journal keeps what it has.
    pub fn fold_large(&self) {
        let writer = self.writer();
        if writer.has_failed || self.journal.has_just_failed() {
            return;
        }
        // While a volume is packed commits go on, and who makes the next one looks again.
        let rewriting = match self.rewriting.try_lock() {
            Ok(rewriting) => rewriting,
            Err(TryLockError::Poisoned(rewriting)) => rewriting.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        let begun = match self.journal.has_old() || self.journal.length() <= SEGMENT_BYTES {
            true => Ok(()),
            false => self.begin_segment(),
        };
        drop(writer);
        let folded = begun.and_then(|()| self.fold_old(&rewriting));
        let merged = folded.and_then(|periods| {
            let mut periods = periods.into_iter();
            periods.try_for_each(|period| self.merge_tables(period))
        });
        match merged {
            Ok(()) | Err(StoreError::Stopping) => self.journal.note_folded(),
            Err(why) => self.journal.tell_not_folded(&why),
        }
    }

    /// Makes all that was written durable without the journal, and empties that; does nothing if it is
    /// empty.
    ///
    /// Has to come before anything is written that is not in the journal. The caller holds the writer's
    /// lock.
    ///
    /// # Errors
    ///
    /// Those of the disk; the journal keeps what it has then.
    pub(in crate::store) fn checkpoint(&self) -> Result<(), StoreError> {
        let rewriting = sync::lock(&self.rewriting);
        self.fold_old(&rewriting)?;
        if !self.journal.is_empty() {
            self.begin_segment()?;
            self.fold_old(&rewriting)?;
        }
        Ok(())
    }

    /// Makes tables of what the former segment of the journal holds, and removes it; returns the volumes
    /// that they belong to. `_rewriting` is the lock of whoever changes tables.
    fn fold_old(&self, _rewriting: &MutexGuard<'_, ()>) -> Result<Vec<Period>, StoreError> {
        let Some(old) = self.journal.old_segment() else {
            return Ok(Vec::new());
        };
        // Newest first: a story may show a copy that stands in a newer volume.
        for period in old.periods.iter().rev() {
            self.fold(*period)?;
        }
        if old
            .periods
            .iter()
            .any(|period| self.volumes.is_frozen(*period))
        {
            return Err(StoreError::Closed);
        }
        for period in &old.periods {
            // Once more: an error of it is told once only, perhaps to whoever tried before.
            self.volumes.sync_folder(*period)?;
        }
        self.finish_segment(&old)?;
        Ok(old.periods)
    }

    /// Makes a table of the frozen memtable of a volume, if it has one.
    fn fold(&self, period: Period) -> Result<(), StoreError> {
        match fold_one(&self.volumes, period) {
            // Tables that stay as they are need not be read.
            Err(StoreError::Damaged { .. }) => fold_with(&self.volumes, period, |_| 0),
            folded => folded,
        }
    }

    /// Merges the newest tables of a volume, where they are no smaller than those below them.
    fn merge_tables(&self, period: Period) -> Result<(), StoreError> {
        let Some(volume) = self.volumes.find(period)? else {
            return Ok(());
        };
        let mut sizes = volume.tables.iter().map(|table| table.size());
        let newest = sizes.next().unwrap_or_default();
        let n_below = n_merged(newest, sizes);
        if n_below == 0 {
            return Ok(());
        }
        let how = CompactionInput {
            n_merged: 1 + n_below,
            packing: None,
            is_salvage: false,
            is_stopping: Some(&self.is_stopping),
        };
        compact(&self.volumes, &volume, how).map(drop)
    }
}

/// Makes a table of the frozen memtable of a volume, and of tables that are no larger and not large.
pub(in crate::store) fn fold_one(volumes: &Volumes, period: Period) -> Result<(), StoreError> {
    fold_with(volumes, period, |volume| {
        let frozen = volume
            .frozen
            .as_ref()
            .filter(|frozen| !frozen.has_only_meta());
        let sizes = volume.tables.iter().map(|table| table.size());
        let small = sizes.take_while(|size| *size <= MAX_FOLDED_BYTES);
        frozen.map_or(0, |frozen| n_merged(frozen.bytes(), small))
    })
}

/// Makes a table of the frozen memtable of a volume, and of so many of its newest tables.
fn fold_with(
    volumes: &Volumes,
    period: Period,
    n_merged: impl FnOnce(&Volume) -> usize,
) -> Result<(), StoreError> {
    let Some(volume) = volumes
        .find(period)?
        .filter(|volume| volume.frozen.is_some())
    else {
        return Ok(());
    };
    let how = CompactionInput {
        n_merged: n_merged(&volume),
        packing: None,
        is_salvage: false,
        is_stopping: None,
    };
    if let Some(stats) = compact(volumes, &volume, how)? {
        tracing::debug!(items = stats.items, "made a table of volume {period}");
    }
    Ok(())
}

/// Returns how many of the newest tables to merge with this many bytes: those no larger than what that makes.
fn n_merged(bytes: u64, tables: impl Iterator<Item = u64>) -> usize {
    let mut merged = bytes;
    let is_small = |size: &u64| {
        let is_small = *size <= merged;
        merged += size;
        is_small
    };
    tables.take_while(is_small).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_stay_few_and_are_seldom_written_anew() {
        let mut tables: Vec<u64> = Vec::new();
        let (mut written, mut most) = (0, 0);
        for _ in 0..1000 {
            let n_merged = n_merged(10, tables.iter().copied());
            let merged = 10 + tables.drain(..n_merged).sum::<u64>();
            tables.insert(0, merged);
            written += merged;
            most = most.max(tables.len());
        }
        assert_eq!(tables.iter().sum::<u64>(), 10_000);
        assert!(most <= 10, "{most}");
        assert!(written <= 60_000, "{written}");
    }
}
